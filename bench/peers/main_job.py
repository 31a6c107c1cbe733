"""The main job in PyTorch and scikit-learn, by their best practice:
  main_job.py DATA BASE.h5 [--layer NAME] [--c C] [--workers N] [--limit N] [--save MODEL.pt]
DATA has train/ and validation/. Worker processes decode while the frozen network (TorchScript, channels last, no
gradients) computes each picture's features once; then StandardScaler and LogisticRegression, with 5-fold
LogisticRegressionCV over graft's grid where --c is 0. --save writes network and head as one TorchScript file, for
predict_one.py. Prints "accuracy,peak_mib,detail": the peak of the main process alone, the detail naming the seconds of
each phase and the peak of a worker."""
import time

begun = time.monotonic()
import argparse

import torch
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.preprocessing import StandardScaler

import keras_mobilenet
from photographs import Photographs, frozen, loader, normalize, peaks

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("base")
parser.add_argument("--layer", default="global_average_pooling2d")
parser.add_argument("--c", type=float, default=0.0)
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--limit", type=int, default=0)
parser.add_argument("--save")
options = parser.parse_args()
torch.set_num_threads(torch.multiprocessing.cpu_count())
phases = [("imports", time.monotonic() - begun)]


def phase(name):
    phases.append((name, time.monotonic() - begun - sum(seconds for _, seconds in phases)))


module, width = keras_mobilenet.features(options.base, options.layer)
network = frozen(module, options.batch)
phase("network")


def compute(part):
    photographs = Photographs("%s/%s" % (options.data, part), options.limit)
    out, labels = torch.empty(len(photographs), width), []
    with torch.inference_mode():
        for pixels, label in loader(photographs, options.batch, options.workers):
            out[len(labels):len(labels) + len(label)] = network(normalize(pixels))
            labels += label.tolist()
    return out.numpy(), labels, photographs.classes


train, train_labels, classes = compute("train")
validation, validation_labels, _ = compute("validation")
phase("features")
scaler = StandardScaler(copy=False)
train = scaler.fit_transform(train)
if options.c > 0:
    head = LogisticRegression(C=options.c, max_iter=1000)
else:
    head = LogisticRegressionCV(Cs=[1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 1], cv=5, max_iter=1000, n_jobs=options.workers or None)
head.fit(train, train_labels)
phase("head")
accuracy = head.score(scaler.transform(validation), validation_labels)
phase("evaluation")
if options.save:
    scale = torch.from_numpy(scaler.scale_).double()
    weight = torch.from_numpy(head.coef_).double() / scale
    bias = torch.from_numpy(head.intercept_).double() - weight @ torch.from_numpy(scaler.mean_).double()
    dense = torch.nn.Linear(width, len(head.classes_)).requires_grad_(False)
    dense.weight.data, dense.bias.data = weight.float(), bias.float()
    torch.jit.save(frozen(torch.nn.Sequential(module, dense, torch.nn.Softmax(1)).eval(), 1), options.save)
    phase("saving")
own, worker = peaks()
print("%.4f,%.0f,%s; C %g; worker %.0f MiB" % (accuracy, own, "; ".join("%s %.2f" % p for p in phases),
                                             options.c or head.C_[0], worker))
