"""Writes golden.txt: Frechet distances by scipy's matrix square root, as pytorch-fid and the TTUR code compute them
(Heusel et al. 2017): mean over rows, numpy.cov, scipy.linalg.sqrtm of the product. The last pair has fewer rows than
features, and so covariances without an inverse, which sqrtm cannot take: roots of the product's eigenvalues.

Written with Python 3.11, numpy 1.24.2, scipy 1.10.1:  python3 write.py
Layout, numbers by white space: how many pairs of samples; for each n, m, width, rows of x, rows of y, the distance. 
"""
import os
import numpy as np
from scipy.linalg import sqrtm

random = np.random.default_rng(5)
lines = ["4"]
for n, m, width, apart in ((12, 17, 5, 0.0), (20, 30, 8, 1.5), (3, 2, 1, 4.0), (6, 5, 9, 0.5)):
    mix = random.normal(size=(width, width))
    x = random.normal(size=(n, width)).astype(np.float32)
    y = (random.normal(size=(m, width)) @ mix + apart).astype(np.float32)
    a, b = x.astype(np.float64), y.astype(np.float64)
    c1, c2 = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    if min(n, m) > width:
        root = np.trace(sqrtm(c1 @ c2)).real
    else:
        root = np.sqrt(np.linalg.eigvals(c1 @ c2).real.clip(0)).sum()
    value = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2 * root
    lines.append(f"{n} {m} {width}")
    lines += [" ".join("%.9g" % v for v in row) for row in np.concatenate([x, y])]
    lines.append("%.12g" % value)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
