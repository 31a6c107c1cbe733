#!/usr/bin/python3
"""Writes resize.bin: noisy pictures and what Pillow's Image.resize makes of them.

Layout, little-endian: i32 pictures; for each i32 width, height and its RGB bytes; i32 cases; for each i32 picture,
filter (0 nearest, 1 bilinear, 2 bicubic, 3 lanczos), 4 x f32 box, i32 width, height and the resized RGB bytes.
"""
import os
import struct

import numpy as np
import PIL
from PIL import Image

FILTERS = [Image.NEAREST, Image.BILINEAR, Image.BICUBIC, Image.LANCZOS]
SIZES = [(37, 29), (1, 17), (17, 1), (97, 61), (5, 3), (1, 1), (130, 2), (24, 37)]
TARGETS = [(9, 11), (37, 5), (20, 13), (1, 1), (7, 1), (1, 9), (19, 21)]

rng = np.random.default_rng(20)
pictures, cases = [], []
for i, (width, height) in enumerate(SIZES):
    pixels = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    if i % 3 == 1:  # black and white: overshoot of the cubic filters has to be clipped
        pixels = (pixels > 127).astype(np.uint8) * 255
    pictures.append(Image.fromarray(pixels))
for i, picture in enumerate(pictures):
    width, height = picture.size
    boxes = [(0, 0, width, height)]
    if min(width, height) > 2:
        boxes += [(1.25, 0.5, width - 0.75, height - 1.125), (0, 1, width / 2, height), (0.1, 0.2, 1.3, 1.7)]
    for box in boxes:
        for target in TARGETS[: 7 if box == boxes[0] else 3]:
            for name, method in enumerate(FILTERS):
                cases.append((i, name, box, target, picture.resize(target, method, box=box)))

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "resize.bin"), "wb") as out:
    out.write(struct.pack("<i", len(pictures)))
    for picture in pictures:
        out.write(struct.pack("<2i", *picture.size) + picture.tobytes())
    out.write(struct.pack("<i", len(cases)))
    for i, name, box, target, result in cases:
        out.write(struct.pack("<2i4f2i", i, name, *box, *target) + result.tobytes())
with open(os.path.join(here, "VERSION"), "w") as out:
    out.write(f"Pillow {PIL.__version__}, numpy {np.__version__}\n")
