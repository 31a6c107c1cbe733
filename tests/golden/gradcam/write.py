"""Grad-CAM (Selvaraju et al. 2017) by PyTorch's autograd: write.py > golden.txt. Written with torch 1.13.1.

The network of tests/unit/transfer/test_gradcam.c: 3x12x10 -> conv 5 (3x3, padding 1) -> batchnorm (epsilon 1e-3) -> relu
-> maxpool 2 -> conv 6 (3x3, padding 1) -> relu -> global average -> dense 4 -> softmax. Every value follows from its
tensor's number and its index: see number()."""
import numpy as np
import torch
import torch.nn.functional as F


def number(tensor, count):
    """The same in C: ((i * 7919 + tensor * 104729 + 12345) % 10007) / 10007 - 0.5."""
    i = np.arange(count, dtype=np.int64)
    return (((i * 7919 + tensor * 104729 + 12345) % 10007) / 10007 - 0.5).astype(np.float32)


def tensor(which, *shape):
    return torch.from_numpy(number(which, int(np.prod(shape))).reshape(shape))


x = tensor(0, 1, 3, 12, 10) * 2
first = F.conv2d(x, tensor(1, 5, 3, 3, 3), tensor(2, 5), padding=1)
scaled = F.batch_norm(first, tensor(3, 5), tensor(4, 5) + 1, tensor(5, 5) + 1, tensor(6, 5), False, 0.0, 1e-3)
one = F.relu(scaled)
two = F.relu(F.conv2d(F.max_pool2d(one, 2), tensor(7, 6, 5, 3, 3), tensor(8, 6), padding=1))
for name, layer in (("relu1", one), ("relu2", two)):
    maps = layer.detach().clone().requires_grad_(True)
    rest = maps if name == "relu2" else F.relu(F.conv2d(F.max_pool2d(maps, 2), tensor(7, 6, 5, 3, 3), tensor(8, 6), padding=1))
    logits = rest.mean((2, 3)) @ tensor(9, 4, 6).T + tensor(10, 4)
    for output in (0, 3):
        gradient, = torch.autograd.grad(logits[0, output], maps, retain_graph=True)
        cam = F.relu((gradient.mean((2, 3), keepdim=True) * maps).sum(1))[0]
        print(name, output, *("%.8g" % v for v in cam.detach().numpy().ravel()))
print("probabilities", 0, *("%.8g" % v for v in logits.softmax(1)[0].detach().numpy()))
