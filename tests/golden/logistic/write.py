"""Writes golden.txt: multinomial logistic regression by scikit-learn on standardized features.

Written with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1:  python3 write.py
Layout, numbers by white space: rows columns classes held; the rows' features; their labels; the held rows' features;
their labels; then for each C: C, coefficients (classes x columns, on standardized features), biases, the held rows'
probabilities (held x classes), their accuracy, their log-loss.
"""
import os
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.preprocessing import StandardScaler

rows, columns, classes, held = 90, 7, 4, 40
random = np.random.default_rng(7)
label = random.integers(0, classes, rows + held)
mixing = random.normal(size=(columns, columns))
x = (random.normal(size=(rows + held, columns)) + 0.8 * random.normal(size=(classes, columns))[label]) @ mixing
x = x * np.array([1, 100, 0.01, 1, 1, 1, 1]) + np.array([0, 5000, 0, -3, 0, 0, 2])
x[:, 4] = 1.5  # a constant feature
x = x.astype(np.float32)
train, test = x[:rows], x[rows:]
scaler = StandardScaler().fit(train.astype(np.float64))
lines = [f"{rows} {columns} {classes} {held}"]


def add(values, form="%.9g"):
    for row in np.atleast_2d(values):
        lines.append(" ".join(form % v for v in row))


add(train)
add(label[:rows], "%d")
add(test)
add(label[rows:], "%d")
for c in (0.01, 1.0, 30.0):
    model = LogisticRegression(C=c, tol=1e-10, max_iter=100000, multi_class="multinomial")
    model.fit(scaler.transform(train.astype(np.float64)), label[:rows])
    probability = model.predict_proba(scaler.transform(test.astype(np.float64)))
    lines.append("%g" % c)
    add(model.coef_)
    add(model.intercept_)
    add(probability)
    lines.append("%.12g %.12g" % (accuracy_score(label[rows:], probability.argmax(1)), log_loss(label[rows:], probability)))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
