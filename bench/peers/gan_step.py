"""A training step of PyTorch's DCGAN example: gan_step.py SIZE CHANNELS WIDTH BATCH THREADS SECONDS [channels_last]
The discriminator on real and on generated pictures and its update, the generator through it and its update, both by
Adam, as in pytorch/examples/dcgan. Prints "size,channels,width,batch,threads,ms,images_per_second", the least time."""
import sys
import time

import torch
from torch import nn

size, channels, width, batch, threads = (int(x) for x in sys.argv[1:6])
layout = torch.channels_last if "channels_last" in sys.argv else torch.contiguous_format
if threads > 0:
    torch.set_num_threads(threads)
layers = size.bit_length() - 3

parts, at = [], 100
for i in range(layers):
    filters = width << (layers - 1 - i)
    parts += [nn.ConvTranspose2d(at, filters, 4, 2 if i else 1, 1 if i else 0, bias=False), nn.BatchNorm2d(filters), nn.ReLU(True)]
    at = filters
generator = nn.Sequential(*parts, nn.ConvTranspose2d(at, channels, 4, 2, 1, bias=False), nn.Tanh())
parts, at = [], channels
for i in range(layers):
    filters = width << i
    parts += [nn.Conv2d(at, filters, 4, 2, 1, bias=False)] + [nn.BatchNorm2d(filters)] * (i > 0) + [nn.LeakyReLU(0.2, True)]
    at = filters
discriminator = nn.Sequential(*parts, nn.Conv2d(at, 1, 4, 1, 0, bias=False))
generator.to(memory_format=layout)
discriminator.to(memory_format=layout)
optimizers = [torch.optim.Adam(n.parameters(), 2e-4, (0.5, 0.999)) for n in (generator, discriminator)]
criterion = nn.BCEWithLogitsLoss()
real = (torch.rand(batch, channels, size, size) * 2 - 1).to(memory_format=layout)
ones, zeros = torch.ones(batch), torch.zeros(batch)


def step():
    discriminator.zero_grad()
    criterion(discriminator(real).view(-1), ones).backward()
    fake = generator(torch.randn(batch, 100, 1, 1))
    criterion(discriminator(fake.detach()).view(-1), zeros).backward()
    optimizers[1].step()
    generator.zero_grad()
    criterion(discriminator(fake).view(-1), ones).backward()
    optimizers[0].step()


step()
begun, least = time.monotonic(), 1e9
while time.monotonic() - begun < float(sys.argv[6]):
    at = time.monotonic()
    step()
    least = min(least, time.monotonic() - at)
print("%d,%d,%d,%d,%d,%.1f,%.1f" % (size, channels, width, batch, threads, least * 1e3, batch / least))
