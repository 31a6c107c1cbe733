"""Photographs a second from file to 224x224 bytes in Pillow: decode.py PROCESSES FOLDER...
Prints "per_second,seconds" of a pool that is already up."""
import multiprocessing
import os
import sys
import time

import numpy
from PIL import Image


def prepare(path):
    with Image.open(path) as picture:
        pixels = picture.convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        return int(numpy.asarray(pixels)[0, 0, 0])  # worked out, and not carried between processes


if __name__ == "__main__":
    paths = [os.path.join(folder, name) for folder in sys.argv[2:] for name in sorted(os.listdir(folder))]
    with multiprocessing.Pool(int(sys.argv[1])) as pool:
        pool.map(prepare, paths[:8])
        begun = time.monotonic()
        pool.map(prepare, paths, chunksize=16)
        seconds = time.monotonic() - begun
    print("%.1f,%.3f" % (len(paths) / seconds, seconds))
