#!/usr/bin/env python3
"""GRU and LSTM in both directions over series of several lengths, by PyTorch's packed sequences; forward and gradients.
Writes recurrent.txt: lines of a name, a count and the numbers. Written with PyTorch 1.13."""
import os
import torch

CHANNELS, STEPS, UNITS = 3, 7, 5
LENGTHS = [7, 4, 1]


def write(out, name, tensor):
    numbers = tensor.detach().double().flatten().tolist()
    out.write("%s %d %s\n" % (name, len(numbers), " ".join("%.9g" % x for x in numbers)))


def one(out, kind, layer):
    torch.manual_seed(3)
    for parameter in layer.parameters():
        parameter.data.uniform_(-0.8, 0.8)
    x = torch.randn(len(LENGTHS), STEPS, CHANNELS)
    for i, length in enumerate(LENGTHS):
        x[i, length:] = 0
    weight = torch.randn(len(LENGTHS), 2 * UNITS)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    states, last = layer(packed)
    last = last[0] if kind == "lstm" else last
    last = torch.cat([last[0], last[1]], 1)
    (last * weight).sum().backward()
    states, _ = torch.nn.utils.rnn.pad_packed_sequence(states, batch_first=True, total_length=STEPS)
    write(out, kind + "/x", x)
    write(out, kind + "/weight", weight)
    write(out, kind + "/last", last)
    write(out, kind + "/states", states)
    for direction, suffix in (("there", ""), ("back", "_reverse")):
        p = dict(layer.named_parameters())
        for name, mine in (("weight_ih_l0", "kernel"), ("weight_hh_l0", "recurrent")):
            write(out, "%s/%s/%s" % (kind, direction, mine), p[name + suffix])
            write(out, "%s/%s/%s_gradient" % (kind, direction, mine), p[name + suffix].grad)
        b, c = p["bias_ih_l0" + suffix], p["bias_hh_l0" + suffix]
        write(out, "%s/%s/bias" % (kind, direction), b if kind == "gru" else b + c)
        write(out, "%s/%s/bias_gradient" % (kind, direction), b.grad)
        if kind == "gru":
            write(out, "%s/%s/recurrent_bias" % (kind, direction), c)
            write(out, "%s/%s/recurrent_bias_gradient" % (kind, direction), c.grad)


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "recurrent.txt"), "w") as out:
    one(out, "gru", torch.nn.GRU(CHANNELS, UNITS, batch_first=True, bidirectional=True))
    one(out, "lstm", torch.nn.LSTM(CHANNELS, UNITS, batch_first=True, bidirectional=True))
