#!/usr/bin/python3
"""Writes augment.bin: a small picture, and what Pillow and torchvision make of it.

i32 width, height; the picture; i32 count; then for each: 16 bytes of name, f64 parameter, the result. Little-endian.
Spatial results are made by torchvision from the Pillow picture, bilinear, outside black."""
import os
import struct

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, ImageEnhance, ImageOps
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(11)
WIDTH, HEIGHT = 40, 29

# Structure, noise, pure and grey pixels.
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
pixels = np.stack([x * 6, y * 8, (x * 5 + y * 3) % 256], axis=2) + rng.integers(-20, 20, (HEIGHT, WIDTH, 3))
pixels[:6] = rng.integers(0, 256, (6, WIDTH, 3))
pixels[6:8] = rng.integers(0, 256, (2, WIDTH, 1))
pixels[8, :6] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 255, 255], [255, 0, 255], [255, 255, 0]]
pixels = np.clip(pixels, 0, 255).astype(np.uint8)
pixels[:, :, 1] = pixels[:, :, 1] // 2 + 40  # so that autocontrast has something to do
picture = Image.fromarray(pixels)
tensor = torch.from_numpy(pixels.transpose(2, 0, 1).copy())
results = []


def add(name, parameter, result):
    if isinstance(result, torch.Tensor):
        result = result.numpy().transpose(1, 2, 0)
    result = np.ascontiguousarray(result, dtype=np.uint8)
    assert result.shape == (HEIGHT, WIDTH, 3)
    results.append(struct.pack("<16sd", name.encode(), parameter) + result.tobytes())


for factor in (0.0, 0.37, 0.8, 1.0, 1.3, 2.6):
    add("brightness", factor, ImageEnhance.Brightness(picture).enhance(factor))
    add("contrast", factor, ImageEnhance.Contrast(picture).enhance(factor))
    add("saturation", factor, ImageEnhance.Color(picture).enhance(factor))
    add("sharpness", factor, ImageEnhance.Sharpness(picture).enhance(factor))
for bits in (1, 3, 8):
    add("posterize", bits, ImageOps.posterize(picture, bits))
for threshold in (0, 100, 255):
    add("solarize", threshold, ImageOps.solarize(picture, threshold))
add("autocontrast", 0, ImageOps.autocontrast(picture))
add("equalize", 0, ImageOps.equalize(picture))
add("grey", 0, F.to_grayscale(picture, 3))
for shift in (-0.5, -0.2, 0.0, 0.07, 0.5):
    add("hue", shift, F.adjust_hue(tensor, shift))
for sigma in (0.1, 0.6, 2.0):
    size = 2 * max(1, int(np.ceil(3 * sigma))) + 1
    add("blur", sigma, F.gaussian_blur(tensor, [size, size], [sigma, sigma]))
bilinear = InterpolationMode.BILINEAR
for degrees in (-70, 10, 33):
    add("rotate", degrees, F.rotate(picture, degrees, bilinear))
for pixels_right in (-7, 3):
    add("translate-x", pixels_right, F.affine(picture, 0, [pixels_right, 0], 1, [0, 0], bilinear))
    add("translate-y", pixels_right, F.affine(picture, 0, [0, pixels_right], 1, [0, 0], bilinear))
for factor in (1.0, 1.7, 0.9):
    add("zoom", factor, F.affine(picture, 0, [0, 0], factor, [0, 0], bilinear))
for degrees in (-20, 12):
    add("shear-x", degrees, F.affine(picture, 0, [0, 0], 1, [degrees, 0], bilinear))

with open(os.path.join(here, "augment.bin"), "wb") as out:
    out.write(struct.pack("<2i", WIDTH, HEIGHT) + np.asarray(picture).tobytes())
    out.write(struct.pack("<i", len(results)) + b"".join(results))
with open(os.path.join(here, "VERSION"), "w") as out:
    out.write(f"Pillow {PIL.__version__}, torch {torch.__version__}, torchvision {torchvision.__version__}, "
              f"numpy {np.__version__}\n")
