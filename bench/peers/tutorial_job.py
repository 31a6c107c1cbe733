"""Transfer learning as the tutorials teach it, in PyTorch: tutorial_job.py DATA BASE.h5 [--epochs N] [--limit N]
The frozen base runs again over every photograph in each epoch, training and validation, and a dense layer on top learns by
Adam; no augmentation. Decoding in worker processes, no gradients in the base, channels last. Prints
"accuracy,peak_mib,detail": of the last epoch; the peak of the main process alone."""
import argparse
import time

import torch

import keras_mobilenet
from photographs import Photographs, frozen, loader, normalize, peaks

parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("base")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--limit", type=int, default=0)
options = parser.parse_args()
torch.set_num_threads(torch.multiprocessing.cpu_count())
torch.manual_seed(0)
module, width = keras_mobilenet.features(options.base)
base = frozen(module, options.batch)
train = Photographs(options.data + "/train", options.limit)
validation = Photographs(options.data + "/validation", options.limit)
head = torch.nn.Linear(width, len(train.classes))
optimizer = torch.optim.Adam(head.parameters(), 1e-3)


def features(pixels):
    with torch.no_grad():
        return base(normalize(pixels))


seconds = []
for epoch in range(options.epochs):
    begun = time.monotonic()
    for pixels, labels in loader(train, options.batch, options.workers, True):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(head(features(pixels)), labels).backward()
        optimizer.step()
    right = 0
    with torch.no_grad():
        for pixels, labels in loader(validation, options.batch, options.workers):
            right += (head(features(pixels)).argmax(1) == labels).sum().item()
    seconds.append(time.monotonic() - begun)
own, worker = peaks()
print("%.4f,%.0f,epochs %s; worker %.0f MiB" % (right / len(validation), own, " ".join("%.2f" % s for s in seconds),
                                              worker))
