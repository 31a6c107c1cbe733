#!/usr/bin/python3
"""Writes grey pictures of 28x28 as IDX files, and what a network of 128 and 96 px gets of them by Pillow and numpy:
grey to three equal channels, enlarged bilinearly.

images-idx3-ubyte, labels-idx1-ubyte: the pictures (IDX), labels 0 and 1 in turn.
inputs.bin, little-endian: i32 sides; for each i32 side; for each picture side x side bytes, of each of the channels.
The network sees byte / 127.5 - 1.
"""
import os
import struct

import numpy as np
import PIL
from PIL import Image

SIDE, SIDES = 28, (128, 96)

rng = np.random.default_rng(28)
y, x = np.mgrid[0:SIDE, 0:SIDE]
pictures = [
    # A shirt, soft at its borders; a boot with hard ones; noise; a ramp that tells up from down and left from right.
    255 * np.clip(8 - np.abs(x - 13.5) + (y < 9) * 5, 0, 4) / 4 * (y > 3) * (y < 25),
    230 * (((x > 8) & (x < 15) & (y > 4)) | ((y > 17) & (x > 8) & (x < 24))),
    rng.integers(0, 256, (SIDE, SIDE)),
    4 * x + 5 * y,
]
pictures = [np.asarray(p).astype(np.uint8) for p in pictures]

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "images-idx3-ubyte"), "wb") as out:
    out.write(struct.pack(">4i", 0x803, len(pictures), SIDE, SIDE) + b"".join(p.tobytes() for p in pictures))
with open(os.path.join(here, "labels-idx1-ubyte"), "wb") as out:
    out.write(struct.pack(">2i", 0x801, len(pictures)) + bytes(i % 2 for i in range(len(pictures))))
with open(os.path.join(here, "inputs.bin"), "wb") as out:
    out.write(struct.pack("<i", len(SIDES)))
    for side in SIDES:
        out.write(struct.pack("<i", side))
        for p in pictures:
            rgb = np.asarray(Image.fromarray(p).convert("RGB").resize((side, side), Image.BILINEAR))
            assert (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 0] == rgb[..., 2]).all()
            out.write(rgb[..., 0].tobytes())
with open(os.path.join(here, "VERSION"), "w") as out:
    out.write(f"Pillow {PIL.__version__}, numpy {np.__version__}\n")
