#!/usr/bin/python3
"""Writes small pictures of every format and, as NAME.rgb, the upright RGB pixels Pillow and numpy see in them
(i32 width, height, then the bytes; little-endian). Where graft's conversion is not Pillow's it is written out here:
alpha over white, 16 bits scaled, CMYK without Adobe's marker not inverted."""
import os
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(3)
WIDTH, HEIGHT = 23, 14


def path(name):
    return os.path.join(here, name)


def expect(name, rgb):
    rgb = np.ascontiguousarray(rgb, dtype=np.uint8)
    with open(path(name + ".rgb"), "wb") as out:
        out.write(struct.pack("<2i", rgb.shape[1], rgb.shape[0]) + rgb.tobytes())


def expect_pillow(name):
    picture = Image.open(path(name))
    picture.seek(0)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        white.paste(picture, mask=picture.split()[3])
        picture = white
    expect(name, np.array(ImageOps.exif_transpose(picture).convert("RGB")))


def save(name, picture, **options):
    picture.save(path(name), **options)
    expect_pillow(name)


def write(name, contents, rgb):
    with open(path(name), "wb") as out:
        out.write(contents)
    expect(name, rgb)


def scaled(bits16):
    return (bits16.astype(int) * 255 + 32767) // 65535


def grey3(grey):
    return np.repeat(grey[:, :, None], 3, axis=2)


def turn(pixels, orientation):
    """The picture that is stored as `pixels` with this EXIF orientation, upright."""
    pixels = np.swapaxes(pixels, 0, 1) if orientation >= 5 else pixels
    pixels = pixels[:, ::-1] if orientation in (2, 3, 6, 7) else pixels
    return pixels[::-1] if orientation in (3, 4, 7, 8) else pixels


def png(color_type, bits, rows, extra=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">2I5B", WIDTH, HEIGHT, bits, color_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


noise = rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
ramp = np.add.outer(np.arange(HEIGHT) * 9, np.arange(WIDTH) * 5)
smooth = np.stack([ramp, 255 - ramp, (ramp * 3) % 256], axis=2).astype(np.uint8)
rgb, photo = Image.fromarray(noise), Image.fromarray(smooth)
alpha = rgb.copy()
alpha.putalpha(Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH)).astype(np.uint8)))
palette = photo.convert("P", palette=Image.ADAPTIVE, colors=13)

for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(f"orientation-{orientation}.jpg", photo, quality=95, exif=exif.tobytes())
    photo.save(path(f"orientation-{orientation}.tif"), tiffinfo={274: orientation})
    expect(f"orientation-{orientation}.tif", turn(smooth, orientation))
exif = Image.Exif()
exif[0x0112] = 6
save("orientation-6.png", rgb, exif=exif.tobytes())

save("grey.jpg", photo.convert("L"))
save("progressive.jpg", photo, progressive=True)
save("cmyk-adobe.jpg", photo.convert("CMYK"), quality=95)
with open(path("cmyk-adobe.jpg"), "rb") as file:
    cmyk = file.read()
at = cmyk.index(b"\xff\xee")
length = struct.unpack(">H", cmyk[at + 2 : at + 4])[0]
stored = 255 - np.array(Image.open(path("cmyk-adobe.jpg"))).astype(int)  # Pillow inverts
plain = ((255 - stored[:, :, :3]) * (255 - stored[:, :, 3:]) + 127) // 255
write("cmyk-plain.jpg", cmyk[:at] + cmyk[at + 2 + length :], plain)

save("rgb.png", rgb)
save("rgba.png", alpha)
save("grey-alpha.png", alpha.convert("LA"))
save("bit.png", rgb.convert("1"))
save("palette.png", palette)
save("palette-transparent.png", palette, transparency=bytes(range(0, 250, 20)))
grey16 = rng.integers(0, 65536, (HEIGHT, WIDTH)).astype(">u2")
write("grey16.png", png(0, 16, [row.tobytes() for row in grey16]), grey3(scaled(grey16)))
rgb16 = rng.integers(0, 65536, (HEIGHT, WIDTH, 3)).astype(">u2")
write("rgb16.png", png(2, 16, [row.tobytes() for row in rgb16]), scaled(rgb16))

save("palette.gif", palette)
save("transparent.gif", palette, transparency=3)
save("animated.gif", palette, save_all=True, append_images=[palette.rotate(180)])
save("rgb.bmp", rgb)
save("palette.bmp", palette)
save("bit.bmp", rgb.convert("1"))
save("rgb.ppm", rgb)
save("bit.pbm", rgb.convert("1"))
grey12 = rng.integers(0, 4096, (HEIGHT, WIDTH)).astype(">u2")
header = f"P5\n# twelve bits\n{WIDTH} {HEIGHT}\n4095\n".encode()
write("grey12.pgm", header + grey12.tobytes(), grey3((grey12.astype(int) * 255 + 2047) // 4095))
write("grey16.pgm", header.replace(b"4095", b"65535") + grey16.tobytes(), grey3(scaled(grey16)))
text = f"P3 {WIDTH} {HEIGHT} 255\n" + " ".join(str(v) for v in noise.ravel()) + "\n"
write("plain.ppm", text.encode(), noise)
save("lzw.tif", rgb, compression="tiff_lzw")
save("palette.tif", palette)
save("bit.tif", rgb.convert("1"))
write("grey16.tif", b"", grey3(scaled(grey16)))
Image.fromarray(grey16.astype("<u2")).save(path("grey16.tif"))
save("lossless.webp", rgb, lossless=True)
save("alpha.webp", alpha, lossless=True)
save("lossy.webp", photo, quality=80)
os.rename(path("lossy.webp"), path("webp-named.jpg"))
os.rename(path("lossy.webp.rgb"), path("webp-named.jpg.rgb"))

# prepare.bin: i32 cases; for each i32 fit (1 crop, 2 pad), filter, source width, height, target width, height; the
# source is fitted-WxH.png beside it, then the target's RGB bytes. Padding is (128, 128, 128).
FILTERS = [Image.NEAREST, Image.BILINEAR, Image.BICUBIC, Image.LANCZOS]
cases = []
for width, height in [(40, 27), (27, 40), (31, 31), (3, 50)]:
    source = Image.fromarray(rng.integers(0, 256, (height, width, 3)).astype(np.uint8))
    source.save(path(f"fitted-{width}x{height}.png"))
    for side in (16, 21):
        # torchvision's Resize(side), then CenterCrop(side)
        new = (side, int(side * height / width)) if width <= height else (int(side * width / height), side)
        left, top = int(round((new[0] - side) / 2.0)), int(round((new[1] - side) / 2.0))
        # Pillow's ImageOps.pad with newer versions' rounding of the shorter side
        ratio = side / max(width, height)
        inner = (max(1, int(np.floor(width * ratio + 0.5))), max(1, int(np.floor(height * ratio + 0.5))))
        for name in (1, 3):
            resized = source.resize(new, FILTERS[name]).crop((left, top, left + side, top + side))
            cases.append((1, name, width, height, side, side, resized))
            padded = Image.new("RGB", (side, side), (128, 128, 128))
            padded.paste(source.resize(inner, FILTERS[name]), ((side - inner[0]) // 2, (side - inner[1]) // 2))
            cases.append((2, name, width, height, side, side, padded))
with open(path("prepare.bin"), "wb") as out:
    out.write(struct.pack("<i", len(cases)))
    for case in cases:
        out.write(struct.pack("<6i", *case[:6]) + case[6].tobytes())

with open(path("VERSION"), "w") as out:
    out.write(f"Pillow {PIL.__version__}, numpy {np.__version__}\n")
