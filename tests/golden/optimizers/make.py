"""Writes traces.txt: ten steps of every optimizer on 7 numbers, from PyTorch (Lion and LAMB, which PyTorch lacks,
and NAdam, where PyTorch 1.13 multiplies by the momentum of step t twice, from their papers' formulas in NumPy, in double). Written with torch 1.13.0, numpy 1.24.2: python3 make.py > traces.txt"""
import numpy as np
import torch

N, STEPS, RATE = 7, 10, 0.05
rng = np.random.RandomState(5)
start = rng.randn(N).astype(np.float32)
gradients = (rng.randn(STEPS, N) * [1e-3, 0.1, 1, 10, 1, 0.5, 2]).astype(np.float32)


def by_torch(make):
    p = torch.nn.Parameter(torch.tensor(start.copy()))
    o = make([p])
    for g in gradients:
        p.grad = torch.tensor(g)
        o.step()
    return p.detach().numpy()


def lion(decay=0.0):
    p, m = start.astype(np.float64), np.zeros(N)
    for g in gradients.astype(np.float64):
        step = np.sign(0.9 * m + 0.1 * g) + decay * p
        p = p - RATE * step
        m = 0.99 * m + 0.01 * g
    return p


def lamb(decay=0.0):
    p, m, v = start.astype(np.float64), np.zeros(N), np.zeros(N)
    for t, g in enumerate(gradients.astype(np.float64), 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        step = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-6) + decay * p
        p = p - RATE * np.linalg.norm(p) / np.linalg.norm(step) * step
    return p


def nadam():
    p, m, v, product = start.astype(np.float64), np.zeros(N), np.zeros(N), 1.0
    mu = lambda t: 0.9 * (1 - 0.5 * 0.96 ** (t * 0.004))
    for t, g in enumerate(gradients.astype(np.float64), 1):
        product *= mu(t)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        mean = (1 - mu(t)) * g / (1 - product) + mu(t + 1) * m / (1 - product * mu(t + 1))
        p = p - RATE * mean / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return p


T = torch.optim
cases = [
    ("sgd", "momentum=0", 0, by_torch(lambda p: T.SGD(p, RATE))),
    ("sgd", "momentum=0.9", 0, by_torch(lambda p: T.SGD(p, RATE, momentum=0.9))),
    ("sgd", "nesterov=true", 0, by_torch(lambda p: T.SGD(p, RATE, momentum=0.9, nesterov=True))),
    ("adam", "", 0, by_torch(lambda p: T.Adam(p, RATE))),
    ("adamw", "", 0.01, by_torch(lambda p: T.AdamW(p, RATE, weight_decay=0.01))),
    ("rmsprop", "", 0, by_torch(lambda p: T.RMSprop(p, RATE))),
    ("rmsprop", "momentum=0.5", 0, by_torch(lambda p: T.RMSprop(p, RATE, momentum=0.5))),
    ("nadam", "", 0, nadam()),
    ("adamax", "", 0, by_torch(lambda p: T.Adamax(p, RATE))),
    ("lion", "", 0.1, lion(0.1)),
    ("lamb", "", 0.01, lamb(0.01)),
]
line = lambda values: " ".join("%.9g" % v for v in values)
print("start", line(start))
for g in gradients:
    print("gradient", line(g))
for name, options, decay, end in cases:
    print("end", name, options or "-", decay, line(end))
