"""Writes golden.txt: what the order of probabilities says, by scikit-learn, and McNemar's p, by scipy.

Written with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1, scipy 1.10.1:  python3 write.py
Probabilities have two digits, so that many are equal. Layout, numbers by white space: n classes; probabilities; labels;
for each class ROC AUC and average precision (-1: undefined); ten times threshold, coverage, accuracy; how many pairs;
for each both counts, whether exact, p; the temperature of least cross-entropy (Guo et al. 2017), and that.
"""
import os
import numpy as np
from scipy import optimize, stats
from sklearn.metrics import average_precision_score, roc_auc_score

n, classes = 73, 4
random = np.random.default_rng(8)
label = random.integers(0, classes - 1, n)  # the last class has no samples
logits = random.normal(size=(n, classes))
logits[np.arange(n), label] += 1.2
p = np.exp(logits)
p = np.round(p / p.sum(1, keepdims=True), 2).astype(np.float32)
lines = [f"{n} {classes}"] + [" ".join("%.9g" % v for v in row) for row in p]
lines.append(" ".join("%d" % v for v in label))
for k in range(classes):
    if (label == k).any():
        lines.append("%.15g %.15g" % (roc_auc_score(label == k, p[:, k]), average_precision_score(label == k, p[:, k])))
    else:
        lines.append("-1 -1")
confidence, right = p.max(1), p.argmax(1) == label
for tenths in range(10, 0, -1):
    threshold = np.sort(confidence)[::-1][int(np.ceil(n * tenths / 10 - 1e-9)) - 1]
    answered = confidence >= threshold
    lines.append("%.9g %.15g %.15g" % (threshold, answered.mean(), right[answered].mean()))
pairs = [(0, 0), (1, 0), (3, 9), (12, 12), (0, 24), (10, 15), (12, 13), (30, 60), (500, 420), (5, 400)]
lines.append(f"{len(pairs)}")
for a, b in pairs:
    exact = a + b < 25
    if exact:
        value = stats.binomtest(min(a, b), a + b).pvalue if a + b else 1
    else:
        value = stats.chi2.sf(max(abs(a - b) - 1, 0) ** 2 / (a + b), 1)
    lines.append("%d %d %d %.15g" % (a, b, exact, value))
logit = np.log(np.maximum(p.astype(np.float64), 1e-30))


def loss(log_s):
    z = np.exp(log_s) * logit
    return (np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[np.arange(n), label]).mean()


best = optimize.minimize_scalar(loss, bounds=(-6, 6), method="bounded", options={"xatol": 1e-12})
lines.append("%.9g %.15g" % (np.exp(-best.x), best.fun))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
