"""Photographs in class folders, decoded by worker processes and squashed to 224x224 as graft does it (Pillow, bilinear)."""
import os
import resource

import numpy
import torch
from PIL import Image, ImageOps


class Photographs(torch.utils.data.Dataset):
    """(3,224,224 bytes, class); classes are the folders in order of their names."""

    def __init__(self, folder, limit=0):
        self.classes = sorted(name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name)))
        self.samples = [(os.path.join(folder, name, file), k) for k, name in enumerate(self.classes)
                        for file in sorted(os.listdir(os.path.join(folder, name)))]
        if 0 < limit < len(self.samples):  # spread over the classes
            self.samples = [self.samples[i * len(self.samples) // limit] for i in range(limit)]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        path, label = self.samples[index]
        return torch.from_numpy(decode(path)).permute(2, 0, 1), label


def decode(path):
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        return numpy.asarray(upright.resize((224, 224), Image.Resampling.BILINEAR)).copy()


def loader(photographs, batch, workers, shuffle=False):
    return torch.utils.data.DataLoader(photographs, batch, shuffle, num_workers=workers,
                                       persistent_workers=workers > 0 and shuffle)


def normalize(pixels):
    """Bytes to -1..1, channels last."""
    return pixels.to(torch.float32).div_(127.5).sub_(1).contiguous(memory_format=torch.channels_last)


def frozen(module, batch):
    """The module as frozen TorchScript for inference, warmed up."""
    example = torch.zeros(batch, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        script = torch.jit.freeze(torch.jit.trace(module.to(memory_format=torch.channels_last), example))
        script(example), script(example)
    return script


def peaks():
    """Peak resident MiB of this process and of the largest of its workers that have ended."""
    return tuple(resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
