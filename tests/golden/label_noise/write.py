"""Writes golden.txt: labels as a mixture of what a model expects and of labels that say nothing, by maximum likelihood.

Written with Python 3.11, numpy 1.24.2, scipy 1.10.1:  python3 write.py
Layout, numbers by white space: how many cases; for each rows, classes, the rows' labels and probabilities, then rate,
temperature, the probability that each row's label is wrong. Found by scipy's Nelder-Mead from several beginnings.
"""
import os
import numpy as np
from scipy.optimize import minimize

random = np.random.default_rng(11)
lines = ["2"]
for rows, classes, rate, sharpness in ((120, 4, 0.08, 3.0), (80, 3, 0.15, 1.5)):
    z = sharpness * random.normal(size=(rows, classes))
    truth = np.exp(1.3 * z) / np.exp(1.3 * z).sum(1, keepdims=True)
    label = np.array([random.choice(classes, p=t) for t in truth])
    swapped = random.random(rows) < rate
    label[swapped] = (label[swapped] + random.integers(1, classes, swapped.sum())) % classes
    p = (np.exp(z) / np.exp(z).sum(1, keepdims=True)).astype(np.float32)

    def parts(theta):
        e, t = 1 / (1 + np.exp(-theta[0])), np.exp(theta[1])
        q = p.astype(np.float64) ** (1 / t)
        given = (q / q.sum(1, keepdims=True))[np.arange(rows), label]
        return e * (1 - given) / (classes - 1), (1 - e) * given, e, t

    def loss(theta):
        wrong, right, _, _ = parts(theta)
        return -np.log(wrong + right).sum()

    found = min((minimize(loss, (a, b), method="Nelder-Mead", options=dict(xatol=1e-9, fatol=1e-12, maxiter=10000))
                 for a in (-4, -2) for b in (-1, 0, 1)), key=lambda r: r.fun)
    wrong, right, e, t = parts(found.x)
    lines.append(f"{rows} {classes}")
    lines.append(" ".join(map(str, label)))
    lines += [" ".join("%.9g" % v for v in row) for row in p]
    lines.append("%.12g %.12g" % (e, t))
    lines.append(" ".join("%.9g" % v for v in wrong / (wrong + right)))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
