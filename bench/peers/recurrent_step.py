"""A training step of one recurrent layer in PyTorch: recurrent_step.py gru|lstm BATCH STEPS INPUTS UNITS THREADS SECONDS
Forward, backward by input and weights. Prints "op,batch,steps,inputs,units,threads,ms", the least time."""
import sys
import time

import torch

op = sys.argv[1]
batch, steps, inputs, units, threads = (int(x) for x in sys.argv[2:7])
torch.set_num_threads(threads)
layer = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[op](inputs, units)
x = torch.randn(steps, batch, inputs, requires_grad=True)
gradient = torch.randn(steps, batch, units)
begun, least = time.monotonic(), 1e9
while time.monotonic() - begun < float(sys.argv[7]):
    at = time.monotonic()
    layer.zero_grad()
    x.grad = None
    layer(x)[0].backward(gradient)
    least = min(least, time.monotonic() - at)
print("%s,%d,%d,%d,%d,%d,%.3f" % (op, batch, steps, inputs, units, threads, least * 1e3))
