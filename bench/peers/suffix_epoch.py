"""An epoch of fine-tuning MobileNetV2 from block 13 on, in PyTorch, over boundary maps that are already computed:
suffix_epoch.py SAMPLES BATCH. BatchNorm frozen, Adam, maps (96x14x14) kept as float16. Prints the seconds of the
second epoch and the peak memory in MiB."""
import resource
import sys
import time

import torch
import torchvision

samples, batch = int(sys.argv[1]), int(sys.argv[2])
torch.manual_seed(0)
whole = torchvision.models.mobilenet_v2(num_classes=10)
model = torch.nn.Sequential(whole.features[14:], torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), whole.classifier)
model.train()
for module in model.modules():
    if isinstance(module, torch.nn.BatchNorm2d):
        module.eval()
        module.requires_grad_(False)
maps = torch.randn(samples, 96, 14, 14).half()
labels = torch.randint(10, (samples,))
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 1e-4)
for epoch in range(2):
    begun = time.monotonic()
    for at in torch.randperm(samples).split(batch):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(maps[at].float()), labels[at]).backward()
        optimizer.step()
print("%.3f,%.0f" % (time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
