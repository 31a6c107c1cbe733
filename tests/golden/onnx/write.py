#!/usr/bin/python3
"""Networks of torchvision as ONNX files, with inputs and PyTorch's own outputs; written with torch 1.13.1 and
torchvision 0.14.1.

    write.py small FOLDER   few channels and small pictures: what is committed here
    write.py full FOLDER    the networks themselves: hundreds of MB, for test_onnx_networks where torch is installed

Each NAME.onnx has NAME-input.npy (N,C,H,W) and NAME-output.npy (N,F) beside it. Weights are drawn by seed, statistics
of BatchNorm too, so that nothing is the identity."""
import os
import sys

import numpy
import torch
import torchvision
from torch import nn
from torchvision.models import densenet, inception, mobilenetv2, resnet, vgg



def stir(network, seed):
    torch.manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
        elif isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.1)
    return network.eval()


def write(folder, name, network, shape, opset=13, dynamic=True, **more):
    network = stir(network, 7)
    torch.manual_seed(11)
    x = torch.randn(2, *shape)
    with torch.no_grad():
        y = network(x)
    axes = {"x": {0: "n"}, "y": {0: "n"}} if dynamic else None
    torch.onnx.export(network, x, os.path.join(folder, name + ".onnx"), input_names=["x"], output_names=["y"],
                      opset_version=opset, dynamic_axes=axes, **more)
    numpy.save(os.path.join(folder, name + "-input.npy"), x.numpy())
    numpy.save(os.path.join(folder, name + "-output.npy"), y.numpy())


class Inception(nn.Module):
    """InceptionV3's transform_input, stem and the first of its blocks, narrow."""

    def __init__(self):
        super().__init__()
        self.stem = inception.BasicConv2d(3, 8, kernel_size=3, stride=2)
        self.a = inception.InceptionA(8, pool_features=4, conv_block=self.narrow)
        self.last = nn.Linear(self.width(self.a, 8), 5)

    @staticmethod
    def narrow(ins, outs, **options):
        return inception.BasicConv2d(ins if ins < 48 else ins // 8, max(4, outs // 8), **options)

    @staticmethod
    def width(block, channels):
        with torch.no_grad():
            return block.eval()(torch.zeros(1, channels, 17, 17)).shape[1]

    def forward(self, x):
        channels = [torch.unsqueeze(x[:, i], 1) * (s / 0.5) + (m - 0.5) / 0.5
                    for i, (m, s) in enumerate([(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)])]
        x = self.a(self.stem(torch.cat(channels, 1)))
        x = torch.flatten(nn.functional.adaptive_avg_pool2d(x, (1, 1)), 1)
        return self.last(nn.functional.dropout(x, training=self.training))


class Mixed(nn.Module):
    """What exporters write in many nodes: GELU, swish, hard swish, PReLU, ceil_mode, sizes computed for view."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(i, 8, 3, padding=1, bias=b)
                                   for i, b in ((3, True), (8, False), (8, True), (8, True)))
        self.prelu = nn.PReLU(8, 0.1)
        with torch.no_grad():
            self.prelu.weight.uniform_(0.05, 0.4)
        self.up = nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.last = nn.Linear(6 * 8 * 8, 5)

    def forward(self, x):
        x = nn.functional.gelu(self.convs[0](x))
        x = nn.functional.silu(self.convs[1](x))
        x = nn.functional.max_pool2d(x, 3, 2, ceil_mode=True)
        x = nn.functional.hardswish(self.convs[2](x)) - 0.5 * x
        x = self.prelu(self.convs[3](x))
        x = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
        x = torch.clamp(nn.functional.avg_pool2d(x, 2), -1.5, 2.5)
        x = nn.functional.adaptive_avg_pool2d(torch.tanh(self.up(x)), 1) * self.up(x)
        x = nn.functional.avg_pool2d(x, 2)
        x = x.view(x.size(0), x.size(1) * x.size(2) * x.size(3))
        return nn.functional.softmax(self.last(x), dim=1)


def small(folder):
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    write(folder, "vgg", nn.Sequential(vgg.make_layers([4, "M", 8, 8, "M"]), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
                                       nn.Linear(32, 16), nn.ReLU(True), nn.Dropout(), nn.Linear(16, 5)),
          (3, 16, 16), opset=9)
    down = nn.Sequential(resnet.conv1x1(16, 32, 2), nn.BatchNorm2d(32))
    write(folder, "resnet", nn.Sequential(nn.Conv2d(3, 16, 7, 2, 3, bias=False), nn.BatchNorm2d(16), nn.ReLU(True),
                                          nn.MaxPool2d(3, 2, 1), resnet.Bottleneck(16, 4),
                                          resnet.Bottleneck(16, 8, 2, down), *head, nn.Linear(32, 5)),
          (3, 32, 32), opset=11)
    write(folder, "mobilenet_v2", nn.Sequential(mobilenetv2.Conv2dNormActivation(3, 8, stride=2,
                                                                               activation_layer=nn.ReLU6),
                                                mobilenetv2.InvertedResidual(8, 8, 1, 2),
                                                mobilenetv2.InvertedResidual(8, 12, 2, 6), *head, nn.Linear(12, 5)),
          (3, 24, 24), opset=13, dynamic=False)
    write(folder, "densenet", densenet.DenseNet(growth_rate=4, block_config=(2, 2), num_init_features=8, bn_size=2,
                                                num_classes=5), (3, 32, 32), opset=12)
    write(folder, "inception", Inception(), (3, 23, 23), opset=10)
    write(folder, "mixed", Mixed(), (3, 16, 16), opset=13)
    write(folder, "mixed15", Mixed(), (3, 16, 16), opset=15, dynamic=False)


def full(folder):
    models = torchvision.models
    write(folder, "vgg16", models.vgg16(), (3, 224, 224))
    write(folder, "resnet50", models.resnet50(), (3, 224, 224), opset=17)
    write(folder, "inception_v3", models.inception_v3(transform_input=True, init_weights=False), (3, 299, 299))
    write(folder, "mobilenet_v2", models.mobilenet_v2(), (3, 224, 224), opset=9)
    write(folder, "densenet121", models.densenet121(), (3, 224, 224), opset=11)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("small", "full"):
        sys.exit(__doc__)
    os.makedirs(sys.argv[2], exist_ok=True)
    {"small": small, "full": full}[sys.argv[1]](sys.argv[2])
