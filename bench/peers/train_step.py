"""A step of full fine-tuning in PyTorch: train_step.py NETWORK BATCH SECONDS eager|channels_last
Prints "images_per_second,peak_mib". Forward, cross-entropy, backward, Adam; random weights, 224 pixels, 10 classes."""
import sys

import torch
import torchvision

import timing

network, batch, seconds, layout = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
torch.manual_seed(0)
model = getattr(torchvision.models, network)(num_classes=10).train()
x = torch.randn(batch, 3, 224, 224)
if layout == "channels_last":
    model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
y = torch.randint(10, (batch,))
optimizer = torch.optim.Adam(model.parameters(), 1e-4)


def step():
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()


timing.report(step, batch, seconds)
