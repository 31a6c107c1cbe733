"""Writes golden.txt: linear CKA (Kornblith et al. 2019, section 3: HSIC of linear kernels, normalised) of two samples'
features as examples.

Written with Python 3.11, numpy 1.24.2:  python3 write.py
Layout, numbers by white space: how many pairs of samples; for each n, m, width, rows of x, rows of y, CKA.
HSIC is taken from its definition, tr(K H L H) with the centring matrix H, on width x width kernels.
"""
import os
import numpy as np

random = np.random.default_rng(5)
lines = ["4"]
for n, m, width, shared, offset in ((12, 17, 5, 1.0, 0.0), (20, 9, 8, 0.3, 2.5), (15, 15, 6, 0.0, -1.0), (3, 4, 2, 1.0, 9.0)):
    mix = random.normal(size=(width, width))
    x = (random.normal(size=(n, width)) @ mix).astype(np.float32)
    other = shared * mix + (1 - shared) * random.normal(size=(width, width))
    y = (random.normal(size=(m, width)) @ other + offset * random.normal(size=width)).astype(np.float32)

    def kernel(rows):
        rows = rows.astype(np.float64)
        rows = rows - rows.mean(0)
        return rows.T @ rows

    h = np.eye(width) - np.ones((width, width)) / width
    k, l = kernel(x), kernel(y)

    def hsic(a, b):
        return np.trace(a @ h @ b @ h)

    value = hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))
    lines.append(f"{n} {m} {width}")
    lines += [" ".join("%.9g" % v for v in row) for row in np.concatenate([x, y])]
    lines.append("%.12g" % value)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
