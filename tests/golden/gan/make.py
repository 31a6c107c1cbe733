"""Writes initial.npy and traces.npy: three steps of a small DCGAN by PyTorch in double precision, as test_gan.c takes
them. A row a case: batch normalisation with sigmoid cross-entropy, real pictures' target 0.9; spectral normalisation
with the hinge loss. A row of initial.npy: the generator's first values, then the discriminator's, layer by layer (kernels
O,I,H,W; biases; of a BatchNorm gamma, beta, mean, variance), and under spectral normalisation the first u of each layer.
A row of traces.npy: the losses of both at every step (the discriminator's of real and generated pictures added up), then
all values in the same order, kernels under spectral normalisation as the network computes with them. Rows are filled up
with zeros. Pictures and vectors follow from formulas that the test has too.
Spectral normalisation makes one round of power iteration after each update of the discriminator (Miyato et al. 2018,
algorithm 1), not one each time the network runs as PyTorch's hook does in training: the hook is switched by train() and
eval().
Written with torch 1.13.0, numpy 1.24.2: /usr/bin/python3 make.py"""
import os

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.manual_seed(1)
BATCH, STEPS, SIZE, LATENT, WIDTH, CHANNELS = 4, 3, 16, 6, 4, 1
FOLDER = os.path.dirname(os.path.abspath(__file__))


def generator():
    up = nn.ConvTranspose2d
    return nn.Sequential(
        up(LATENT, 2 * WIDTH, 4, 1, 0, bias=False), nn.BatchNorm2d(2 * WIDTH), nn.ReLU(),
        up(2 * WIDTH, WIDTH, 4, 2, 1, bias=False), nn.BatchNorm2d(WIDTH), nn.ReLU(),
        up(WIDTH, CHANNELS, 4, 2, 1, bias=False), nn.Tanh())


def discriminator(spectral):
    wrap = nn.utils.spectral_norm if spectral else lambda layer: layer
    conv = lambda i, o, s, p: wrap(nn.Conv2d(i, o, 4, s, p, bias=spectral))
    layers = [conv(CHANNELS, WIDTH, 2, 1), nn.LeakyReLU(0.2), conv(WIDTH, 2 * WIDTH, 2, 1)]
    if not spectral:
        layers.append(nn.BatchNorm2d(2 * WIDTH))
    return nn.Sequential(*layers, nn.LeakyReLU(0.2), conv(2 * WIDTH, 1, 1, 0))


def values(network, first):
    out = []
    for layer in network:
        if isinstance(layer, nn.ConvTranspose2d):
            out.append(layer.weight.permute(1, 0, 2, 3))
        elif isinstance(layer, nn.Conv2d):
            out.append(layer.weight_orig if first and hasattr(layer, "weight_orig") else layer.weight)
            if layer.bias is not None:
                out.append(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            out += [layer.weight, layer.bias, layer.running_mean, layer.running_var]
    return [o.detach().numpy().ravel().copy() for o in out]


def numbers(first, shape, factor, modulus):
    place = first + np.arange(int(np.prod(shape)))
    return torch.from_numpy((place * factor % modulus / (modulus / 2) - 1).reshape(shape))


def draw(network):
    for name, value in network.named_parameters():
        with torch.no_grad():
            if value.ndim == 4:
                value.normal_(0, 0.15)
            else:
                value.normal_(1 if name.endswith("weight") else 0, 0.1)


def run(spectral):
    g, d = generator(), discriminator(spectral)
    draw(g)
    draw(d)
    # Values that float holds exactly: graft begins with the same ones.
    for network in (g, d):
        for value in network.parameters():
            value.data = value.data.float().double()
    initial = values(g, True) + values(d, True)
    if spectral:
        for layer in d:
            if isinstance(layer, nn.Conv2d):
                layer.weight_u.copy_(layer.weight_u.float().double())
                initial.append(layer.weight_u.numpy().ravel().copy())
    adam = [torch.optim.Adam(n.parameters(), 2e-3, (0.5, 0.999)) for n in (g, d)]
    cross_entropy = nn.BCEWithLogitsLoss()
    if spectral:
        loss_real, loss_fake, loss_made = lambda x: (1 - x).relu().mean(), lambda x: (1 + x).relu().mean(), lambda x: -x.mean()
    else:
        to = lambda target: lambda x: cross_entropy(x, torch.full_like(x, target))
        loss_real, loss_fake, loss_made = to(0.9), to(0.0), to(1.0)
    trace = []
    for step in range(STEPS):
        real = numbers(step * BATCH * CHANNELS * SIZE * SIZE, (BATCH, CHANNELS, SIZE, SIZE), 7919, 10007)
        z = 1.5 * numbers(step * BATCH * LATENT, (BATCH, LATENT, 1, 1), 104729, 10009)
        d.zero_grad()
        d.train(not spectral or step == 0)
        error = loss_real(d(real))
        error.backward()
        d.train(not spectral)
        fake = g(z)
        error_fake = loss_fake(d(fake.detach()))
        error_fake.backward()
        adam[1].step()
        g.zero_grad()
        d.train(True)
        error_made = loss_made(d(fake))
        error_made.backward()
        adam[0].step()
        trace += [[error.item() + error_fake.item()], [error_made.item()]]
    return np.concatenate(initial), np.concatenate(trace + values(g, False) + values(d, False))


def save(name, rows):
    width = max(len(r) for r in rows)
    np.save(os.path.join(FOLDER, name), np.stack([np.pad(r, (0, width - len(r))) for r in rows]).astype(np.float32))


rows = [run(False), run(True)]
save("initial.npy", [r[0] for r in rows])
save("traces.npy", [r[1] for r in rows])
