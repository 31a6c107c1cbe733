"""Writes golden.txt: the figures of a classifier from its probabilities, by numpy and scikit-learn.

Written with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1:  python3 write.py
The Wilson interval follows statsmodels' proportion_confint(method="wilson"), the calibration error Guo et al. (2017).
Layout, numbers by white space: n classes; probabilities; labels; accuracy, interval low, high, top5, loss, ece,
majority share, macro F1, predicted classes; confusion (rows true); for each class precision, recall, F1, support.
"""
import os
import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support, top_k_accuracy_score

n, classes = 60, 7
random = np.random.default_rng(3)
label = random.integers(0, classes - 1, n)  # the last class has no samples
logits = random.normal(size=(n, classes)) * 1.5
logits[np.arange(n), label] += 2
logits[:, 2] -= 9  # never predicted
p = np.exp(logits)
p = (p / p.sum(1, keepdims=True)).astype(np.float32)
predicted, confidence = p.argmax(1), p.max(1).astype(np.float64)
every = np.arange(classes)
accuracy = accuracy_score(label, predicted)

z = 1.959963984540054
centre = (accuracy + z * z / (2 * n)) / (1 + z * z / n)
half = z / (1 + z * z / n) * np.sqrt(accuracy * (1 - accuracy) / n + z * z / (4 * n * n))

ece, edges = 0.0, np.linspace(0, 1, 16)
for low, high in zip(edges[:-1], edges[1:]):
    inside = (confidence > low) & (confidence <= high)
    if inside.any():
        ece += inside.mean() * abs((predicted[inside] == label[inside]).mean() - confidence[inside].mean())

precision, recall, f1, support = precision_recall_fscore_support(label, predicted, labels=every, zero_division=0)
loss = -np.log(np.clip(p[np.arange(n), label].astype(np.float64), 1e-15, 1)).mean()
figures = [accuracy, centre - half, centre + half, top_k_accuracy_score(label, p, k=5, labels=every), loss, ece,
           np.bincount(label).max() / n, f1.mean(), len(set(predicted))]
lines = [f"{n} {classes}"] + [" ".join("%.9g" % v for v in row) for row in p]
lines.append(" ".join("%d" % v for v in label))
lines.append(" ".join("%.15g" % v for v in figures))
lines += [" ".join("%d" % v for v in row) for row in confusion_matrix(label, predicted, labels=every)]
lines += ["%.15g %.15g %.15g %d" % row for row in zip(precision, recall, f1, support)]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
