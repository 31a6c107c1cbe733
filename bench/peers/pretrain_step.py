"""A step of pretraining graft-s in PyTorch: pretrain_step.py BATCH PIXELS SECONDS eager|channels_last
Prints "images_per_second,peak_mib". Forward, cross-entropy, backward, AdamW; random weights, 10 classes."""
import sys

import torch
from torch import nn

import timing

batch, pixels, seconds, layout = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
torch.manual_seed(0)


def conv(inputs, outputs, kernel, stride=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]


class Block(nn.Module):
    def __init__(self, way, inputs, outputs, stride):
        super().__init__()
        self.way = nn.Sequential(*way)
        self.short = nn.Sequential(*conv(inputs, outputs, 1, stride)) if stride > 1 or inputs != outputs else nn.Identity()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.way(x) + self.short(x))


def plain(inputs, f, stride):
    return Block(conv(inputs, f, 3, stride) + [nn.ReLU(inplace=True)] + conv(f, f, 3), inputs, f, stride)


def narrow(inputs, f, o, stride):
    way = conv(inputs, f, 1) + [nn.ReLU(inplace=True)] + conv(f, f, 3, stride) + [nn.ReLU(inplace=True)] + conv(f, o, 1)
    return Block(way, inputs, o, stride)


layers = conv(3, 24, 3, 2) + [nn.ReLU(inplace=True)] + conv(24, 48, 3, 2) + [nn.ReLU(inplace=True)]
layers += [plain(48, 48, 1), plain(48, 96, 2), plain(96, 96, 1)]
layers += [narrow(96, 96, 320, 2)] + [narrow(320, 96, 320, 1) for _ in range(3)]
layers += [narrow(320, 160, 640, 2)] + [narrow(640, 160, 640, 1) for _ in range(2)]
layers += conv(640, 1024, 1) + [nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
features = nn.Sequential(*layers)
# graft summary graft-s counts moving statistics too
assert sum(p.numel() for p in features.parameters()) == 3063832
model = nn.Sequential(features, nn.Linear(1024, 10)).train()
x = torch.randn(batch, 3, pixels, pixels)
if layout == "channels_last":
    model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
y = torch.randint(10, (batch,))
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)


def step():
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()


timing.report(step, batch, seconds)
