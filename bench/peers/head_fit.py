"""A logistic head on wide features in scikit-learn: head_fit.py FILE ROWS WIDTH CLASSES [C]
FILE is bench-head-fit's: raw float32, row i of class i mod CLASSES. float32 throughout, standardized in place, L-BFGS.
Prints "seconds,peak_mib,objective,iterations"; the objective (C * sum of cross-entropies + |W|^2 / 2) in double."""
import resource
import sys
import time

import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

path, rows, width, classes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
c = float(sys.argv[5]) if len(sys.argv) > 5 else 0.01
begun = time.monotonic()
x = numpy.fromfile(path, numpy.float32, rows * width).reshape(rows, width)
y = numpy.arange(rows) % classes
x = StandardScaler(copy=False).fit_transform(x)
model = LogisticRegression(C=c, multi_class="multinomial", max_iter=1000).fit(x, y)
seconds = time.monotonic() - begun
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
weight, loss = model.coef_.astype(numpy.float64), 0.0
bias = model.intercept_.astype(numpy.float64)
if classes == 2:  # one row stands for both
    weight, bias = numpy.concatenate([-weight, weight]), numpy.concatenate([-bias, bias])
for at in range(0, rows, 256):
    logits = x[at:at + 256].astype(numpy.float64) @ weight.T + bias
    largest = logits.max(axis=1, keepdims=True)
    total = numpy.log(numpy.exp(logits - largest).sum(axis=1)) + largest[:, 0]
    loss += (total - logits[numpy.arange(len(logits)), y[at:at + 256]]).sum()
print("%.3f,%.1f,%.8g,%d" % (seconds, peak, c * loss + (weight**2).sum() / 2, model.n_iter_[0]))
