"""Writes golden.txt: transferability scores from their papers' definitions, dense and slow, and rank correlations.

Written with Python 3.11, numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1:  python3 write.py
  logme      the evidence N(y; 0, I/b + FF'/a) itself, its log maximised over log a and log b by Nelder-Mead and BFGS
  hscore     tr(inverse(shrunk covariance) (1 - l) covariance of the classes' means), l by sklearn.covariance.LedoitWolf
  transrate  differences of log det(I + Z'Z / (n eps)) by slogdet, Z centred, mean squared length 1
  leep, nce  loops over P(y, z)
  knn        5 most similar by cosine of standardized features, votes weighted by similarity; rows of a fold held out
  logistic   sklearn.linear_model.LogisticRegression at C = 0.01 on features standardized inside each fold
Beside each score its standard error by the infinitesimal jackknife's definition: the deviation over rows of the change
that a little more weight of that row brings (by numbers: weights 1 +- 0.02), over the root of n; the shrinkage l is held.
Layout, numbers by white space: how many sets; for each n, width, classes, source classes, folds; rows; labels; source
probabilities; the scores in the order above, each with its standard error (-1: not computed); then n of two lists, both
lists, Spearman's and Kendall's correlation.
"""
import os
import numpy as np
from scipy import optimize, stats
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression


def logme(F, y, classes, w):
    """Rows weighted by w: as if row i stood w_i times; the evidence of Gaussian noise then has log b w_i/2 terms."""
    n, total = len(F), 0.0
    present = [k for k in range(classes) if (y == k).any()]
    s = np.sqrt(w)[:, None]
    for k in present:
        t = (y == k).astype(float)
        G, Ft = (F * s).T @ (F * s), (F * s).T @ (t * s[:, 0])
        yy = (w * t).sum()

        def negative(logs):
            a, b = np.exp(logs)
            A = a * np.eye(F.shape[1]) + b * G
            m = b * np.linalg.solve(A, Ft)
            rest = (w * (F @ m - t) ** 2).sum()
            return -(w.sum() / 2 * np.log(b) + F.shape[1] / 2 * np.log(a) - w.sum() / 2 * np.log(2 * np.pi)
                     - b / 2 * rest - a / 2 * m @ m - np.linalg.slogdet(A)[1] / 2)

        def gaussian(logs):
            a, b = np.exp(logs)
            cov = np.eye(n) / b + F @ F.T / a
            return -stats.multivariate_normal(np.zeros(n), cov, allow_singular=False).logpdf(t)

        best = None
        for start in ([0, 0], [2, 2], [-2, 3]):
            one = optimize.minimize(negative, start, method="Nelder-Mead",
                                    options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
            if best is None or one.fun < best.fun:
                best = one
        if (w == 1).all():
            assert abs(gaussian(best.x) - best.fun) < 1e-6, (gaussian(best.x), best.fun)
        total += -best.fun / w.sum()
    return total / len(present)


def hscore(F, y, classes, w, shrink):
    p = w / w.sum()
    Z = F - p @ F
    S = (Z * p[:, None]).T @ Z
    D = F.shape[1]
    Sz = np.zeros((D, D))
    for k in range(classes):
        q = p[y == k]
        if q.sum() > 0:
            m = q @ Z[y == k] / q.sum()
            Sz += q.sum() * np.outer(m, m)
    Sl = (1 - shrink) * S + shrink * np.trace(S) / D * np.eye(D)
    return np.trace(np.linalg.inv(Sl) @ ((1 - shrink) * Sz))


def transrate(F, y, classes, w):
    p = w / w.sum()
    Z = F - p @ F
    Z = Z / np.sqrt(p @ (Z ** 2).sum(1))
    eps, D = 1e-4, F.shape[1]

    def rate(rows, weights):
        q = weights / weights.sum()
        return np.linalg.slogdet(np.eye(D) + (rows * q[:, None]).T @ rows / eps)[1] / 2

    out = rate(Z, w)
    for k in range(classes):
        if (y == k).any():
            out -= p[y == k].sum() * rate(Z[y == k], w[y == k])
    return out


def leep(T, y, classes, w):
    p = w / w.sum()
    joint = np.zeros((classes, T.shape[1]))
    for i in range(len(T)):
        joint[y[i]] += p[i] * T[i]
    given = joint / joint.sum(0, keepdims=True)
    return sum(p[i] * np.log(given[y[i]] @ T[i]) for i in range(len(T)))


def nce(T, y, classes, w):
    p, z = w / w.sum(), T.argmax(1)
    out = 0.0
    for s in set(z):
        for k in range(classes):
            both = p[(z == s) & (y == k)].sum()
            if both > 0:
                out += both * np.log(both / p[z == s].sum())
    return out


def standardized(F, inside):
    mean, scale = F[inside].mean(0), F[inside].std(0)
    scale[scale == 0] = np.inf
    return (F - mean) / scale


def knn(F, y, classes, fold):
    right = np.zeros(len(F))
    for f in range(fold.max() + 1):
        inside = np.flatnonzero(fold != f)
        Z = standardized(F, inside)
        Z = Z / np.linalg.norm(Z, axis=1, keepdims=True)
        for i in np.flatnonzero(fold == f):
            similar = Z[inside] @ Z[i]
            near = np.argsort(-similar)[:5]
            votes = np.zeros(classes)
            for j in near:
                votes[y[inside[j]]] += max(similar[j], 0)
            right[i] = votes.argmax() == y[i]
    return right.mean()


def logistic(F, y, fold):
    right = np.zeros(len(F))
    for f in range(fold.max() + 1):
        inside = fold != f
        Z = standardized(F, inside)
        model = LogisticRegression(C=0.01, tol=1e-8, max_iter=10000).fit(Z[inside], y[inside])
        right[~inside] = model.predict(Z[~inside]) == y[~inside]
    return right.mean()


def error(of, n):
    change = np.zeros(n)
    h = 0.02
    for i in range(n):
        up, down = np.ones(n), np.ones(n)
        up[i] += h
        down[i] -= h
        change[i] = n * (of(up) - of(down)) / (2 * h)
    return change.std() / np.sqrt(n)


def sets():
    random = np.random.default_rng(11)
    for n, width, classes, present, source, scale in ((90, 14, 4, 4, 6, 1.0), (36, 50, 3, 2, 5, 0.2), (80, 9, 2, 2, 3, 30.0)):
        y = np.arange(n) % present if present < classes else random.integers(0, classes, n)
        hidden = random.normal(size=(n, 6)) + 1.1 * random.normal(size=(classes, 6))[y]
        F = np.maximum(hidden @ random.normal(size=(6, width)) + 0.7 * random.normal(size=(n, width)), 0) * scale
        F[:, 3] = 0  # dead
        logits = random.normal(size=(n, source)) + 1.5 * random.normal(size=(classes, source))[y]
        T = np.exp(logits)
        yield n, width, classes, source, F.astype(np.float32), y, (T / T.sum(1, keepdims=True)).astype(np.float32)


lines = ["3"]
for n, width, classes, source, F, y, T in sets():
    folds = 4
    fold = np.arange(n) // 3 % folds
    lines.append(f"{n} {width} {classes} {source} {folds}")
    lines += [" ".join("%.9g" % v for v in row) for row in F]
    lines.append(" ".join("%d" % v for v in y))
    lines += [" ".join("%.9g" % v for v in row) for row in T]
    F, T, one = F.astype(np.float64), T.astype(np.float64), np.ones(n)
    shrink = LedoitWolf().fit(F).shrinkage_
    few = n * width < 1000
    lines.append("%.10g %.6g" % (logme(F, y, classes, one), error(lambda w: logme(F, y, classes, w), n) if few else -1))
    lines.append("%.10g %.6g" % (hscore(F, y, classes, one, shrink), error(lambda w: hscore(F, y, classes, w, shrink), n)))
    lines.append("%.10g %.6g" % (transrate(F, y, classes, one), error(lambda w: transrate(F, y, classes, w), n)))
    lines.append("%.10g %.6g" % (leep(T, y, classes, one), error(lambda w: leep(T, y, classes, w), n)))
    lines.append("%.10g %.6g" % (nce(T, y, classes, one), error(lambda w: nce(T, y, classes, w), n)))
    for accuracy in (knn(F, y, classes, fold), logistic(F, y, fold)):
        lines.append("%.10g %.6g" % (accuracy, np.sqrt(accuracy * (1 - accuracy) / n)))
x = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3], float)
z = np.array([2, 7, 1, 8, 2, 8, 1, 8, 2, 8], float)
lines.append(str(len(x)))
lines += [" ".join("%g" % v for v in row) for row in (x, z)]
lines.append("%.12g %.12g" % (stats.spearmanr(x, z)[0], stats.kendalltau(x, z)[0]))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
