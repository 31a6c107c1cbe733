"""Writes golden.txt: accuracies of each fold of given folds, and intervals, by scikit-learn and scipy.

Written with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1, scipy 1.10.1:  python3 write.py
The data are the first 360 digits of scikit-learn's 8x8 set, whose constant pixels vary within some folds alone.
Layout, numbers by white space: n width classes folds; rows; labels; fold of each row; how many settings; for each its
C (0: 5 nearest neighbours by cosine similarity) and the folds' counts of right answers; mean, deviation and the
corrected interval (Nadeau & Bengio 2003) of the last; how many quantiles; for each degrees of freedom, level, quantile.
"""
import os
import numpy as np
from scipy import stats
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

n, folds = 360, 6
x, label = load_digits(return_X_y=True)
x, label = x[:n], label[:n]
fold = np.zeros(n, int)
parts = list(StratifiedKFold(folds, shuffle=True, random_state=4).split(x, label))
for f, (_, held) in enumerate(parts):
    fold[held] = f


def model(c):
    if c == 0:
        return KNeighborsClassifier(5, metric="cosine", algorithm="brute", weights=lambda d: np.maximum(1 - d, 0))
    return LogisticRegression(C=c, tol=1e-9, max_iter=20000)


lines = [f"{n} {x.shape[1]} 10 {folds}"] + [" ".join("%d" % v for v in row) for row in x]
lines += [" ".join("%d" % v for v in label), " ".join("%d" % v for v in fold)]
settings = [0, 0.001, 0.03, 1]
lines.append(f"{len(settings)}")
for c in settings:
    right = []
    for train, held in parts:
        pipeline = make_pipeline(StandardScaler(), model(c)).fit(x[train], label[train])
        right.append((pipeline.predict(x[held]) == label[held]).sum())
    lines.append("%g " % c + " ".join("%d" % v for v in right))
accuracy = np.array(right) / np.bincount(fold)
mean, deviation = accuracy.mean(), accuracy.std(ddof=1)
half = stats.t.ppf(0.975, folds - 1) * deviation * np.sqrt(1 / folds + 1 / (folds - 1))
lines.append("%.15g %.15g %.15g %.15g" % (mean, deviation, max(mean - half, 0), min(mean + half, 1)))
quantiles = [(d, level) for d in (1, 2, 3, 4, 9, 19, 998, 999) for level in (0.5, 0.95, 0.999)]
lines.append(f"{len(quantiles)}")
lines += ["%d %g %.15g" % (d, level, stats.t.ppf((1 + level) / 2, d)) for d, level in quantiles]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
