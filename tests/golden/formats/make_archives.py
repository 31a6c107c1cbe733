#!/usr/bin/python3
"""Writes the fixtures of tests/unit/formats that PyTorch, Keras 3 and NumPy archives are: with PyTorch 1.13.0,
h5py 3.7.0 and numpy 1.24.2. NAME-expected.safetensors holds the tensors expected, as float32. Run it again only to
change the fixtures: PyTorch's storage keys differ from run to run."""
import collections
import io
import json
import os
import pickle
import shutil
import struct
import sys
import zipfile

import h5py
import numpy as np
import torch

sys.argv[0] = "make.py"
HERE = os.path.dirname(os.path.abspath(__file__))


def place(name):
    return os.path.join(HERE, name)


def safetensors(name, tensors):
    header, data = {}, b""
    for key, value in tensors.items():
        value = np.asarray(value, dtype="<f4")
        header[key] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(place(name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def floats(tensors):
    return {name: value.detach().to(torch.float32).numpy() for name, value in tensors.items()}


# ---- PyTorch ----

def both_forms(name, value, expected=None, **options):
    torch.save(value, place(name + "-zip.pth"), **options)
    torch.save(value, place(name + "-legacy.pth"), _use_new_zipfile_serialization=False, **options)
    if expected is not None:
        safetensors(name + "-expected", floats(expected))


def write_pytorch():
    torch.manual_seed(1)
    base = torch.arange(24, dtype=torch.float32) / 2
    types = {str(dtype)[6:]: torch.arange(-3 if dtype not in (torch.uint8, torch.bool) else 0, 4).to(dtype)
             for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32,
                           torch.int16, torch.int8, torch.uint8, torch.bool)}
    both_forms("pth-types", types, types)
    views = collections.OrderedDict(
        whole=base.reshape(4, 6), turned=base.reshape(4, 6).t(), every_other=base[1::2], block=base.reshape(2, 3, 4)[:, 1:, 1:3],
        tied=base, spread=torch.full((1,), 7.0).expand(3, 2), scalar=torch.tensor(2.5), empty=torch.zeros(0, 3),
        channels_last=torch.arange(24.0).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last))
    both_forms("pth-views", views, views)
    net = torch.nn.Sequential(collections.OrderedDict(conv1=torch.nn.Conv2d(2, 3, 1), bn1=torch.nn.BatchNorm2d(3)))
    state = net.state_dict()
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    net(torch.ones(1, 2, 2, 2)).sum().backward()
    optimizer.step()
    wrapped = {"epoch": 3, "best": 1.5, "arch": "tiny", "none": None, "flags": (True, False), "bytes": b"x",
               "state_dict": collections.OrderedDict(("module." + key, value) for key, value in state.items()),
               "optimizer": optimizer.state_dict(), "size": torch.Size([1, 2]), "device": torch.device("cpu"),
               "dtype": torch.float32, "steps": collections.Counter([1, 2, 2]), "set": {1, 2}, "long": 1 << 80}
    both_forms("pth-checkpoint", wrapped, state)
    torch.save(wrapped, place("pth-protocol4-legacy.pth"), pickle_protocol=4, _use_new_zipfile_serialization=False)
    torch.save(wrapped, place("pth-protocol4-zip.pth"), pickle_protocol=4)
    nested = {"encoder": {"weight": base[:2], "layers": [base[2:4], {"bias": base[4:6]}], 7: base[6:8], 1.5: base[:1]},
              "decoder": torch.nn.Parameter(base[8:10]), "module.x": base[:1]}
    both_forms("pth-nested", nested, {"encoder/weight": base[:2], "encoder/layers/0": base[2:4],
                                      "encoder/layers/1/bias": base[4:6], "encoder/7": base[6:8],
                                      "decoder": base[8:10], "module.x": base[:1]})
    both_forms("pth-tiny", collections.OrderedDict([("a", base[:6].reshape(2, 3)), ("b", base[6:8])]))
    torch.save(base[:3], place("pth-tensor.pth"))
    both_forms("pth-module", torch.nn.Linear(2, 1))
    both_forms("pth-complex", {"a": torch.zeros(2, dtype=torch.complex64)})
    with zipfile.ZipFile(place("pth-tiny-zip.pth")) as old, \
            zipfile.ZipFile(place("pth-deflated.pth"), "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def archive(name, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(place(name), "w", compression) as file:
        for member, data in members:
            info = zipfile.ZipInfo(member)
            info.compress_type = compression
            file.writestr(info, data)


def with_pickle(name, data, storages=(("0", bytes(8)),)):
    archive(name + ".pth", [("archive/data.pkl", data)] + [("archive/data/" + key, value) for key, value in storages])


def tensor(sizes, strides, elements, offset=0, kind=b"FloatStorage", key=b"0", numel=None):
    """The pickle of {"x": that tensor}."""
    def number(value):
        return b"\x8a\x08" + struct.pack("<q", value)

    def several(values):
        return b"(" + b"".join(map(number, values)) + b"t"

    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value
    storage = b"(" + text(b"storage") + b"ctorch\n" + kind + b"\n" + text(key) + text(b"cpu") + \
        number(elements if numel is None else numel) + b"tQ"
    return b"\x80\x02}" + text(b"x") + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + \
        several(sizes) + several(strides) + b"\x89ccollections\nOrderedDict\n)RtRs."


def write_hostile():
    for protocol in (2, 4):
        with_pickle("evil-system-%d" % protocol, pickle.dumps({"a": Call(os.system, "touch /tmp/graft-evil")}, protocol))
    with_pickle("evil-eval", pickle.dumps(Call(eval, "1"), 2))
    with_pickle("evil-getattr", b"\x80\x02cbuiltins\ngetattr\n.")
    with_pickle("evil-torch-load", b"\x80\x02ctorch\nload\n(X\x01\x00\x00\x00atR.")
    with_pickle("evil-inst", b"(ios\nsystem\n.")
    with_pickle("evil-protocol-0", b"cos\nsystem\n(S'touch /tmp/graft-evil'\ntR.")
    with_pickle("evil-extension", b"\x80\x02\x82\x01.")
    with_pickle("evil-build", b"\x80\x02ctorch\nSize\n)R}b.")
    with_pickle("evil-call-dtype", b"\x80\x02ctorch\nfloat32\n)R.")
    with_pickle("evil-call-value", b"\x80\x02K\x01)R.")
    data = bytearray(open(place("pth-tiny-legacy.pth"), "rb").read())
    at = data.index(b"ccollections\nOrderedDict\n")
    data[at:at + 25] = b"cposix\nsystem\n"
    with open(place("evil-legacy.pth"), "wb") as file:
        file.write(data)
    # Dictionaries that share their members: 2^30 paths. A list in itself. Deep nesting.
    tree = b"\x80\x02}q\x00"
    for level in range(30):
        tree += b"0}(K\x00h%cK\x01h%cuq%c" % (level, level, level + 1)
    with_pickle("bomb-tree", tree + b".")
    with_pickle("bomb-cycle", b"\x80\x02]q\x00h\x00a.")
    with_pickle("bomb-deep", b"\x80\x02" + b"]" * 100 + b"a" * 99 + b".")
    with_pickle("bomb-memo", b"\x80\x02Nr\xff\xff\xff\x7f.")
    with_pickle("bomb-text", b"\x80\x02\x8d" + struct.pack("<Q", 1 << 62) + b".")
    with_pickle("bomb-expanded", tensor((1 << 29,), (0,), 2))
    with_pickle("huge-shape", tensor((1 << 40, 1 << 40), (1, 1), 2))
    with_pickle("negative-shape", tensor((-1,), (1,), 2))
    with_pickle("negative-stride", tensor((2,), (-1,), 2))
    with_pickle("beyond-storage", tensor((2,), (1,), 2, offset=1))
    with_pickle("beyond-stride", tensor((2, 2), (1 << 62, 1 << 62), 2))
    with_pickle("many-dimensions", tensor((1,) * 9, (1,) * 9, 2))
    with_pickle("few-strides", tensor((1, 2), (1,), 2))
    with_pickle("other-size", tensor((2,), (1,), 3))
    with_pickle("huge-storage", tensor((2,), (1,), (1 << 63) - 1, kind=b"DoubleStorage"))
    with_pickle("no-storage", tensor((2,), (1,), 2, key=b"../0"))
    with_pickle("quantised", tensor((2,), (1,), 2, kind=b"QInt8Storage"))
    with_pickle("no-tensors", pickle.dumps({"a": 1, "b": "text"}, 2))
    with_pickle("big-endian", tensor((2,), (1,), 2), [("0", bytes(8))])
    with zipfile.ZipFile(place("big-endian.pth"), "a") as file:
        file.writestr("archive/byteorder", "big")
    archive("no-pickle.pth", [("archive/other", b"x")])
    archive("zip-bomb.pth", [("archive/data.pkl", bytes(40 << 20))], zipfile.ZIP_DEFLATED)
    archive("zip-bzip2.pth", [("archive/data.pkl", b"x")], zipfile.ZIP_BZIP2)
    with zipfile.ZipFile(place("zip-twice.pth"), "w") as file:
        file.writestr("archive/data.pkl", b"\x80\x02N.")
        file.writestr("archive/data.pkL", b"\x80\x02N.")
    data = open(place("zip-twice.pth"), "rb").read().replace(b"data.pkL", b"data.pkl")
    with open(place("zip-twice.pth"), "wb") as file:
        file.write(data)
    data = bytearray(open(place("pth-tiny-zip.pth"), "rb").read())
    data[data.index(np.float32(1.5).tobytes() + np.float32(2).tobytes())] ^= 1
    with open(place("zip-checksum.pth"), "wb") as file:
        file.write(data)


# ---- Keras 3 ----

def layer(name, class_name, **config):
    return {"module": "keras.layers", "class_name": class_name, "config": {"name": name, "trainable": True, **config},
            "registered_name": None}


def keras_image(groups, names=True):
    """HDF5 of {path of a layer: (its name, its weights)}."""
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        for path, (name, weights) in groups.items():
            group = file.create_group(path + "/vars" if path else "vars")
            if names:
                group.attrs["name"] = name
            for i, value in enumerate(weights):
                group.create_dataset(str(i), data=value)
    return memory.getvalue()


def ramp(*shape, start=0.0):
    return (np.arange(int(np.prod(shape))).reshape(shape) * 0.5 - start).astype("<f4")


def keras(name, config, image):
    metadata = {"keras_version": "3.4.1", "date_saved": "2024-07-01@12:00:00"}
    archive(name + ".keras", [("metadata.json", json.dumps(metadata)), ("config.json", json.dumps(config)),
                              ("model.weights.h5", image)])


def write_twins(conv):
    """Two models in a model, each with a layer of the same name and shapes, behind a Normalization."""
    def model(name):
        return {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": {"name": name, "layers": [
            layer("input_layer", "InputLayer", batch_shape=[None, 4, 4, 3], dtype="float32"),
            layer("conv", "Conv2D", filters=3, kernel_size=[1, 1], **conv)]}}
    config = {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": {"name": "net", "layers": [
        layer("input_layer", "InputLayer", batch_shape=[None, 4, 4, 3], dtype="float32"),
        layer("norm", "Normalization", axis=[-1], invert=False, mean=None, variance=None), model("left"), model("right")]}}
    weights = {"layers/normalization": ("norm", [np.float32([1, 2, 3]), np.float32([4, 16, 64]), np.int64(9)])}
    for i, name in enumerate(("left", "right")):
        path = "layers/sequential" + ("_1" if i else "")
        weights[path] = (name, [])
        weights[path + "/layers/conv2d"] = ("conv", [ramp(1, 1, 3, 3, start=i + 1), ramp(3, start=i + 5)])
    keras("keras3-twins", config, keras_image(weights))
    keras("keras3-twins-unnamed", config, keras_image(weights, names=False))


def write_keras():
    conv = {"strides": [1, 1], "dilation_rate": [1, 1], "padding": "same", "data_format": "channels_last", "groups": 1,
            "activation": "relu", "use_bias": True}
    config = {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": {"name": "net", "layers": [
        layer("input_layer", "InputLayer", batch_shape=[None, 4, 4, 3], dtype="float32"),
        layer("stem", "Conv2D", filters=2, kernel_size=[3, 3], **conv),
        layer("norm", "BatchNormalization", axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True),
        layer("body", "Conv2D", filters=5, kernel_size=[1, 1], **conv),
        layer("pool", "GlobalAveragePooling2D", data_format="channels_last", keepdims=False),
        layer("zz_first", "Dense", units=4, activation="relu", use_bias=True),
        layer("drop", "Dropout", rate=0.5),
        layer("aa_second", "Dense", units=2, activation="softmax", use_bias=True)]}}
    stem, body = [ramp(3, 3, 3, 2), ramp(2)], [ramp(1, 1, 2, 5, start=3), ramp(5)]
    norm = [ramp(2, start=-1), ramp(2), ramp(2, start=2), ramp(2, start=-4)]
    first, second = [ramp(5, 4, start=1), ramp(4)], [ramp(4, 2, start=2), ramp(2)]
    groups = {"": ("net", []), "layers/input_layer": ("input_layer", []), "layers/conv2d": ("stem", stem),
              "layers/batch_normalization": ("norm", norm), "layers/conv2d_1": ("body", body),
              "layers/global_average_pooling2d": ("pool", []), "layers/dense": ("zz_first", first),
              "layers/dropout": ("drop", []), "layers/dropout/seed_generator": ("seed_generator", [np.zeros(2, "<u4")]),
              "layers/dense_1": ("aa_second", second), "optimizer": ("adam", [np.int64(7)])}
    keras("keras3", config, keras_image(groups))
    keras("keras3-unnamed", config, keras_image(groups, names=False))
    older = {path.replace("layers/", "_layer_checkpoint_dependencies/"): value for path, value in groups.items()}
    keras("keras3-older", config, keras_image(older, names=False))
    expected = {"%s/%d" % (name, i): value for name, weights in
                (("stem", stem), ("norm", norm), ("body", body), ("zz_first", first), ("aa_second", second))
                for i, value in enumerate(weights)}
    safetensors("keras3-expected", expected)
    with open(place("keras3.weights.h5"), "wb") as file:
        file.write(keras_image(groups))
    many = {"layers/dense" + ("_%d" % i if i else ""): ("", [ramp(1, start=i)]) for i in range(12)}
    with open(place("keras3-many.weights.h5"), "wb") as file:
        file.write(keras_image(many, names=False))
    inner = {"layers/functional/layers/dense": ("deep", [ramp(2)]), "layers/functional": ("outer", []),
             "layers/bidirectional/forward_layer/cell": ("lstm_cell", [ramp(3)]), "layers/bidirectional": ("two_ways", [])}
    with open(place("keras3-nested.weights.h5"), "wb") as file:
        file.write(keras_image(inner))
    write_twins(conv)
    small = {"layers/dense": ("a", [ramp(2, 1), ramp(1)])}
    tiny = {"class_name": "Sequential", "config": {"name": "tiny", "layers": [layer("a", "Dense", units=1)]}}
    keras("keras3-tiny", tiny, keras_image(small))
    keras("keras3-cut", tiny, keras_image(small)[:-100])
    archive("keras3-no-weights.keras", [("metadata.json", b"{}"), ("config.json", b"{}")])
    archive("keras3-bad-config.keras", [("metadata.json", b"{}"), ("config.json", b"{"), ("model.weights.h5", b"")])
    with h5py.File(place("keras3-cycle.weights.h5"), "w") as file:
        group = file.create_group("layers/dense")
        group["again"] = file["layers"]


# ---- NumPy ----

def write_numpy():
    arrays = {"weight": ramp(2, 3), "block/bias": ramp(3).astype(">f8"), "turned": np.asfortranarray(ramp(2, 3)),
              "count": np.int64(3), "half": ramp(4).astype("<f2"), "empty": np.zeros((0, 2), "<f4")}
    np.savez(place("arrays.npz"), **arrays)
    np.savez_compressed(place("arrays-deflated.npz"), **arrays)
    safetensors("arrays-expected", {key: np.asarray(value) for key, value in arrays.items()})
    np.savez(place("npz-tiny.npz"), a=ramp(2))
    np.savez(place("npz-object.npz"), a=np.array([{}], dtype=object))
    memory = io.BytesIO()
    np.save(memory, ramp(2))
    archive("npz-short.npz", [("a.npy", memory.getvalue()[:-4])])
    archive("npz-other.npz", [("a.npy", memory.getvalue()), ("readme.txt", b"x")])


def write_corpus():
    corpus = os.path.join(HERE, "..", "..", "fuzz", "corpus")
    chosen = {"pth": ["pth-tiny-zip.pth", "pth-tiny-legacy.pth", "pth-deflated.pth", "evil-system-4.pth", "bomb-cycle.pth",
                      "bomb-expanded.pth"],
              "keras": ["keras3-tiny.keras", "keras3-cut.keras"], "npz": ["npz-tiny.npz", "npz-object.npz"]}
    for folder, names in chosen.items():
        os.makedirs(os.path.join(corpus, folder), exist_ok=True)
        for name in names:
            shutil.copy(place(name), os.path.join(corpus, folder, name))
    data = io.BytesIO()
    torch.save({"state_dict": {"module.a": torch.arange(6.0).reshape(2, 3).t()}, "n": [1, None, 2.5, "x"]}, data,
               pickle_protocol=4, _use_new_zipfile_serialization=False)
    with open(os.path.join(corpus, "pth", "protocol4"), "wb") as file:
        file.write(data.getvalue())
    # What the targets pack into archives themselves.
    with zipfile.ZipFile(place("pth-tiny-zip.pth")) as file, open(os.path.join(corpus, "pth", "pickle"), "wb") as out:
        out.write(file.read("pth-tiny-zip/data.pkl"))
    for source, target in (("keras3-tiny.keras", "members"), ("keras3-unnamed.keras", "layers")):
        with zipfile.ZipFile(place(source)) as file, open(os.path.join(corpus, "keras", target), "wb") as out:
            out.write(file.read("config.json") + b"\0" + file.read("model.weights.h5"))
    shutil.copy(place("keras3-nested.weights.h5"), os.path.join(corpus, "h5", "keras3-nested.h5"))
    with zipfile.ZipFile(place("npz-tiny.npz")) as file, open(os.path.join(corpus, "npz", "array"), "wb") as out:
        out.write(file.read("a.npy"))


write_pytorch()
write_hostile()
write_keras()
write_numpy()
write_corpus()
