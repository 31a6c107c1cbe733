"""Writes golden.txt: maximum mean discrepancy by its definition (Gretton et al. 2012, equation 3), sums over pairs.

Written with Python 3.11, numpy 1.24.2, scipy 1.10.1:  python3 write.py
Layout, numbers by white space: how many pairs of samples; for each n, m, width, rows of x, rows of y, the unbiased
estimate of MMD^2 with a Gaussian kernel as wide as the median distance of all rows.
"""
import os
import numpy as np
from scipy.spatial.distance import pdist

random = np.random.default_rng(3)
lines = ["3"]
for n, m, width, apart in ((12, 17, 5, 0.0), (20, 9, 8, 1.5), (2, 3, 1, 4.0)):
    x = random.normal(size=(n, width)).astype(np.float32)
    y = (random.normal(size=(m, width)) + apart).astype(np.float32)
    s = np.median(pdist(np.concatenate([x, y]).astype(np.float64)))

    def k(a, b):
        return np.exp(-((a.astype(np.float64) - b) ** 2).sum() / (2 * s * s))

    value = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    value += sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    value -= 2 * sum(k(a, b) for a in x for b in y) / (n * m)
    lines.append(f"{n} {m} {width}")
    lines += [" ".join("%.9g" % v for v in row) for row in np.concatenate([x, y])]
    lines.append("%.12g" % value)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
