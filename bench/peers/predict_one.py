"""One photograph labelled by a PyTorch process that begins cold: predict_one.py MODEL.pt PHOTOGRAPH
MODEL.pt is main_job.py's --save, the network and its head as frozen TorchScript; Pillow decodes. Prints "class
probability"."""
import sys

import numpy
import torch
from PIL import Image, ImageOps

with torch.inference_mode():
    model = torch.jit.load(sys.argv[1])
    with Image.open(sys.argv[2]) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        pixels = numpy.array(upright.resize((224, 224), Image.Resampling.BILINEAR))
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float().div_(127.5).sub_(1)
    probability, label = model(x.contiguous(memory_format=torch.channels_last))[0].max(0)
print(label.item(), "%.4f" % probability.item())
