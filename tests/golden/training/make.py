"""Writes initial.npy and traces.npy: ten steps of every optimizer on a small residual network, by PyTorch in double
precision. BatchNorm runs on batch statistics ("train") or is frozen. A row of traces.npy: ten losses, then all
parameters in the network's order (moving statistics after each BatchNorm's gamma and beta). The rows' order is that of
CASES x MODES, as in test_training.c. Pictures and labels follow from formulas that the test has too.
NAdam, Lion and LAMB are steps written here from their papers (PyTorch 1.13 has no Lion and LAMB, and its NAdam
multiplies by the momentum of step t twice).
Written with torch 1.13.0, numpy 1.24.2: /usr/bin/python3 make.py"""
import os

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
BATCH, STEPS, CLASSES, SIZE = 8, 10, 4, 12
FOLDER = os.path.dirname(os.path.abspath(__file__))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        conv = lambda i, o, k, g=1: nn.Conv2d(i, o, k, padding=k // 2, groups=g, bias=False)
        bn = lambda c: nn.BatchNorm2d(c, eps=1e-3, momentum=0.1)
        self.conv1, self.bn1 = conv(3, 8, 3), bn(8)
        self.conv2, self.bn2 = conv(8, 8, 3), bn(8)
        self.depthwise, self.bn3 = conv(8, 8, 3, 8), bn(8)
        self.conv4, self.bn4 = conv(8, 12, 1), bn(12)
        self.dense = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(x + self.bn2(self.conv2(x)))
        x = nn.functional.max_pool2d(x, 3, 2, 1)
        x = torch.clamp(self.bn3(self.depthwise(x)), 0, 6)
        x = nn.functional.silu(self.bn4(self.conv4(x)))
        return self.dense(x.mean((2, 3)))


def everything(net):
    tensors = []
    for layer in net.children():
        tensors += [layer.weight] + ([layer.bias] if layer.bias is not None else [])
        if isinstance(layer, nn.BatchNorm2d):
            tensors += [layer.running_mean, layer.running_var]
    return tensors


def flat(tensors):
    return np.concatenate([t.detach().numpy().ravel() for t in tensors])


def start(net):
    rng = np.random.RandomState(11)
    for layer in net.children():
        for name, tensor in list(layer.named_parameters()) + list(layer.named_buffers()):
            if tensor.dim() == 0:
                continue
            values = rng.randn(*tensor.shape)
            if tensor.dim() > 1:
                values *= (2.0 / np.prod(tensor.shape[1:])) ** 0.5
            else:
                values = 0.2 * values + (name in ("weight", "running_var"))
                values = np.abs(values) if name == "running_var" else values
            tensor.data = torch.tensor(values.astype(np.float32).astype(np.float64))


def batch(step):
    i = np.arange(step * BATCH * 3 * SIZE * SIZE, (step + 1) * BATCH * 3 * SIZE * SIZE, dtype=np.int64)
    pictures = ((i * 7919 % 10007).astype(np.float64) / 5003.5 - 1).astype(np.float32)
    labels = np.arange(step * BATCH, (step + 1) * BATCH) * 5 // 3 % CLASSES
    x = torch.tensor(pictures.astype(np.float64).reshape(BATCH, 3, SIZE, SIZE))
    labels = torch.tensor(labels)
    return x + 0.5 * labels.reshape(-1, 1, 1, 1) / CLASSES, labels


class Lion(torch.optim.Optimizer):
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                direction = torch.sign(0.9 * m + 0.1 * p.grad)
                p.data = p.data * (1 - group["lr"] * group["weight_decay"]) - group["lr"] * direction
                m.mul_(0.99).add_(p.grad, alpha=0.01)


class Moments(torch.optim.Optimizer):
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                s = self.state[p]
                m, v = s.setdefault("m", torch.zeros_like(p)), s.setdefault("v", torch.zeros_like(p))
                s["t"] = s.get("t", 0) + 1
                m.mul_(0.9).add_(p.grad, alpha=0.1)
                v.mul_(0.999).add_(p.grad**2, alpha=0.001)
                self.change(group, p, s, m, v / (1 - 0.999 ** s["t"]))


class Lamb(Moments):
    def change(self, group, p, s, m, v):
        step = m / (1 - 0.9 ** s["t"]) / (v.sqrt() + 1e-6) + group["weight_decay"] * p.data
        p.data = p.data - group["lr"] * p.data.norm() / step.norm() * step


class Nadam(Moments):
    def change(self, group, p, s, m, v):
        momentum = lambda t: 0.9 * (1 - 0.5 * 0.96 ** (t * 0.004))
        s["product"] = s.get("product", 1.0) * momentum(s["t"])
        following = momentum(s["t"] + 1)
        mean = following * m / (1 - s["product"] * following) + (1 - momentum(s["t"])) * p.grad / (1 - s["product"])
        p.data = p.data - group["lr"] * mean / (v.sqrt() + 1e-8)


O = torch.optim
CASES = [  # rate, decay of kernels, optimizer
    (0.02, 0, lambda g: O.SGD(g, 0.02, momentum=0.9)),
    (0.02, 0, lambda g: O.SGD(g, 0.02, momentum=0.9, nesterov=True)),
    (2e-3, 0, lambda g: O.Adam(g, 2e-3)),
    (2e-3, 0.1, lambda g: O.AdamW(g, 2e-3)),
    (1e-3, 0, lambda g: O.RMSprop(g, 1e-3, momentum=0.9)),
    (2e-3, 0, lambda g: O.Adamax(g, 2e-3)),
    (2e-3, 0, lambda g: Nadam(g, dict(lr=2e-3))),
    (1e-3, 0.1, lambda g: Lion(g, dict(lr=1e-3))),
    (0.01, 0.01, lambda g: Lamb(g, dict(lr=0.01))),
]
MODES = ["train", "frozen"]


def trace(case, mode):
    net = Net()
    start(net)
    rate, decay, make = case
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms if mode == "frozen" else []:
        norm.eval().requires_grad_(False)
    learning = [p for p in net.parameters() if p.requires_grad]
    optimizer = make([{"params": [p for p in learning if p.dim() > 1], "weight_decay": decay},
                      {"params": [p for p in learning if p.dim() == 1], "weight_decay": 0}])
    losses = []
    for step in range(STEPS):
        x, labels = batch(step)
        loss = nn.functional.cross_entropy(net(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.concatenate([losses, flat(everything(net))])


net = Net()
start(net)
np.save(os.path.join(FOLDER, "initial.npy"), flat(everything(net)).astype(np.float32))
rows = np.stack([trace(case, mode) for case in CASES for mode in MODES])
np.save(os.path.join(FOLDER, "traces.npy"), rows.astype(np.float32))
print(rows[:, [0, STEPS - 1]])
