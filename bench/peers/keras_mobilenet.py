"""MobileNetV2 as Keras builds it, in PyTorch, with the weights of a Keras file (whole model or weights, .h5).
Keras pads strided convolutions below and to the right alone and uses epsilon 0.001 in BatchNorm; torchvision's network
does neither, so its modules would compute something else with these weights."""
import h5py
import numpy
import torch
from torch import nn

# expansion, channels, repeats, first stride: Sandler et al. 2018, table 2
STAGES = (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)


def unit(name, cin, cout, size, stride=1, groups=1, relu=True):
    """Padding where there is some, convolution, BatchNorm, ReLU6; named by the Keras layer."""
    layers = []
    if stride == 2:
        layers.append(nn.ZeroPad2d((0, 1, 0, 1)))  # for sides that 2 divides
    conv = nn.Conv2d(cin, cout, size, stride, size // 2 if stride == 1 else 0, groups=groups, bias=False)
    conv.keras = name
    norm = nn.BatchNorm2d(cout, eps=1e-3)
    norm.keras = {"Conv1": "bn_Conv1", "Conv_1": "Conv_1_bn"}.get(name, name + "_BN")
    layers += [conv, norm]
    if relu:
        layers.append(nn.ReLU6())
    return nn.Sequential(*layers)


class Block(nn.Module):
    def __init__(self, name, cin, cout, expansion, stride):
        super().__init__()
        inside = cin * expansion
        self.expand = unit(name + "_expand", cin, inside, 1) if expansion > 1 else nn.Identity()
        self.depthwise = unit(name + "_depthwise", inside, inside, 3, stride, groups=inside)
        self.project = unit(name + "_project", inside, cout, 1, relu=False)
        self.residual = stride == 1 and cin == cout

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


def features(path, layer="global_average_pooling2d"):
    """N,3,224,224 in -1..1 -> pooled maps (N, channels) of `layer`: global_average_pooling2d (the last) or
    block_K_expand_relu, K 1..16. What comes after the layer is left out. Gives (module, width)."""
    blocks, channels, number = [unit("Conv1", 3, 32, 3, 2)], 32, 0
    until = int(layer.split("_")[1]) if layer.startswith("block_") and layer.endswith("_expand_relu") else None
    if until is None and layer != "global_average_pooling2d":
        raise SystemExit("layer %s: expected global_average_pooling2d or block_K_expand_relu" % layer)
    for expansion, width, repeats, stride in STAGES:
        for i in range(repeats):
            block = Block("block_%d" % number if number else "expanded_conv", channels, width, expansion,
                          stride if i == 0 else 1)
            if until == number:
                blocks.append(block.expand)
                channels *= expansion
                return load(nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten()), path), channels
            blocks.append(block)
            channels, number = width, number + 1
    blocks.append(unit("Conv_1", channels, 1280, 1))
    return load(nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten()), path), 1280


def load(module, path):
    with h5py.File(path, "r") as file:
        root = file["model_weights"] if "model_weights" in file else file

        def read(layer, name):
            return torch.from_numpy(numpy.asarray(root[layer][layer][name + ":0"], numpy.float32))

        for part in module.modules():
            if isinstance(part, nn.Conv2d):
                kernel = read(part.keras, "depthwise_kernel" if part.groups > 1 else "kernel")
                part.weight.data = kernel.permute((2, 3, 0, 1) if part.groups > 1 else (3, 2, 0, 1)).contiguous()
            elif isinstance(part, nn.BatchNorm2d):
                part.weight.data, part.bias.data = read(part.keras, "gamma"), read(part.keras, "beta")
                part.running_mean.data = read(part.keras, "moving_mean")
                part.running_var.data = read(part.keras, "moving_variance")
    return module.eval().requires_grad_(False)
