"""Kernel ridge regression without each row's group, fitted anew for every group: write.py > golden.txt. Written with numpy 1.24.2.

A case: rows, classes, blocks, the blocks' widths, labels, groups (-1: alone), the scores, a row a line."""
import numpy as np


def number(tensor, count):
    """The same in C: ((i * 7919 + tensor * 104729 + 12345) % 10007) / 10007 - 0.5, as float."""
    i = np.arange(count, dtype=np.int64)
    return (((i * 7919 + tensor * 104729 + 12345) % 10007) / 10007 - 0.5).astype(np.float32)


def kernel(blocks):
    distance = 0
    for x in blocks:
        x = np.sign(x) * np.sqrt(np.abs(x))
        deviation = x.std(0)
        z = (x - x.mean(0)) / np.where(deviation > 1e-6, deviation, np.inf)
        distance = distance + ((z[:, None] - z[None]) ** 2).mean(2)
    return np.exp(-distance / (2 * distance.mean()))


for classes, widths, groups in ((3, (5,), False), (4, (6, 11), True)):
    rows = 37
    blocks = [number(b, rows * w).astype(np.float64).reshape(rows, w) for b, w in enumerate(widths)]
    label = np.arange(rows) % classes
    for x in blocks:
        x[:, 0] = np.float32(0.25) * label  # something to learn
        x[:, 1] = 1  # and a constant
    group = np.full(rows, -1)
    if groups:
        group[[2, 9, 30]] = 7
        group[[4, 5]] = 0
    k, y = kernel(blocks), np.eye(classes)[label] - 1 / classes
    print(rows, classes, len(widths), *widths)
    print(*label)
    print(*group)
    for i in range(rows):
        out = np.array([j == i or (group[i] >= 0 and group[j] == group[i]) for j in range(rows)])
        weights = np.linalg.solve(k[~out][:, ~out] + 0.2 * np.eye((~out).sum()), y[~out])
        print(*("%.9g" % v for v in k[i, ~out] @ weights + 1 / classes))
