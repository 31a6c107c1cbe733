#!/usr/bin/python3
"""Writes the fixtures of tests/unit/formats beside itself, with h5py 3.7.0 (HDF5 1.10.8) and numpy 1.24.2.

NAME.h5 and NAME/model.json are files as Keras and TF.js write them (or as an attacker would); NAME.safetensors
beside them holds the tensors expected from them, as float32. Run it again only to change the fixtures."""
import json
import os
import shutil
import struct
import zlib

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def place(name):
    path = os.path.join(HERE, name)
    if os.path.exists(path):
        os.remove(path)
    return path


def safetensors(name, tensors, metadata=None):
    names = {"float32": "F32", "float16": "F16", "float64": "F64", "uint8": "U8", "int8": "I8", "uint16": "U16",
             "int16": "I16", "uint32": "U32", "int32": "I32", "uint64": "U64", "int64": "I64", "bool": "BOOL"}
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for key, value in tensors.items():
        value = np.asarray(value)
        header[key] = {"dtype": names[value.dtype.name], "shape": list(value.shape),
                       "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(place(name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def ramp(*shape, dtype="<f4", start=0.0):
    return (np.arange(int(np.prod(shape))).reshape(shape) * 0.5 - start).astype(dtype)


CONFIG = {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
    {"class_name": "Dense", "config": {"name": "dense", "units": 3}}]}}

# layer -> [(weight name, value, keywords for h5py)]
LAYERS = {
    "input_1": [],
    "dense": [("dense/kernel:0", ramp(4, 3), {}), ("dense/bias:0", ramp(3), {})],
    "conv1": [("conv1_1/kernel:0", ramp(1, 1, 2, 2), {}), ("conv1_1/bias:0", ramp(2), {})],
    "fire/squeeze": [("fire/squeeze_1/kernel:0", ramp(2, 2), {})],
    "lstm": [("lstm/lstm_cell/kernel:0", ramp(2, 2), {}), ("lstm/lstm_cell/recurrent_kernel:0", ramp(2), {})],
    "inner": [("a/kernel:0", ramp(2), {}), ("b/kernel:0", ramp(3), {}), ("inner/c/bias:0", ramp(1), {})],
    "types": [("types/half:0", ramp(5, dtype="<f2"), {}), ("types/big:0", ramp(3, dtype=">f4"), {}),
              ("types/double:0", ramp(3, dtype="<f8"), {}), ("types/byte:0", ramp(4, dtype="|i1", start=1), {}),
              ("types/long:0", ramp(4, dtype=">i8", start=1), {}), ("types/scalar:0", np.float32(7.5), {})],
    "top_level_model_weights": [("temperature:0", ramp(1, start=-3), {})],
    "packed": [("packed/chunked:0", ramp(5, 3), {"chunks": (2, 2)}),
               ("packed/gzip:0", ramp(40), {"chunks": (16,), "compression": "gzip", "shuffle": True, "fletcher32": True})],
}
NAMES = {"temperature:0": "top_level_model_weights/temperature",
         "conv1_1/kernel:0": "conv1/kernel", "conv1_1/bias:0": "conv1/bias",
         "fire/squeeze_1/kernel:0": "fire/squeeze/kernel", "a/kernel:0": "inner/a/kernel", "b/kernel:0": "inner/b/kernel"}


def texts(values, kind):
    if kind == "variable":
        return np.array(values, dtype=h5py.string_dtype("utf-8"))
    return np.asarray([value.encode() for value in values])  # an empty list becomes one of float64, as in Keras


def attribute(group, name, values, kind, split):
    if split:
        half = (len(values) + 1) // 2
        group.attrs[name + "0"] = texts(values[:half], kind)
        group.attrs[name + "1"] = texts(values[half:], kind)
    else:
        group.attrs[name] = texts(values, kind)


def keras(name, layers, whole=False, kind="fixed", split=False, **options):
    with h5py.File(place(name + ".h5"), "w", **options) as file:
        root = file.create_group("model_weights") if whole else file
        if whole:
            file.attrs["model_config"] = json.dumps(CONFIG) if kind == "variable" else json.dumps(CONFIG).encode()
        for target in [file, root] if whole else [file]:
            target.attrs["keras_version"] = "2.4.0" if kind == "variable" else b"2.4.0"
            target.attrs["backend"] = "tensorflow" if kind == "variable" else b"tensorflow"
        attribute(root, "layer_names", [name for name in layers if name != "top_level_model_weights"], kind, split)
        for layer, weights in layers.items():
            group = root.create_group(layer)
            attribute(group, "weight_names", [weight[0] for weight in weights], kind, split and len(weights) > 1)
            for weight, value, extra in weights:
                group.create_dataset(weight, data=value, **extra)
        return file


def small(*names):
    return {name: LAYERS[name] for name in names}


def write_keras():
    expected = {NAMES.get(name, name[:-2]): np.asarray(value, dtype="<f4")
                for weights in LAYERS.values() for name, value, _ in weights}
    keras("keras-weights", LAYERS)
    keras("keras-model", LAYERS, whole=True, kind="variable")
    keras("keras-split", LAYERS, split=True)
    newer = {name: weights for name, weights in LAYERS.items() if name != "packed"}
    newer["packed"] = [row for row in LAYERS["packed"] if "compression" not in row[2]]
    newer["empty"] = []  # nine links: they go into a fractal heap
    keras("keras-latest", newer, whole=True, kind="variable", libver="latest")
    keras("keras-v18", LAYERS, whole=True, kind="variable", libver=("v108", "v108"))
    safetensors("keras-expected", expected)
    del expected["packed/gzip"]
    safetensors("keras-latest-expected", expected)
    keras("keras-tiny", small("input_1", "dense"), whole=True, kind="variable")
    keras("keras-packed", small("packed"))
    keras("keras-latest-tiny", small("dense"), libver="latest")
    many = {"layer_%d" % i: [] for i in range(20)}  # more than one node of the group's B-tree
    keras("keras-many", {**many, **small("dense")})


def write_hostile():
    """One dataset of the layer "dense" is replaced by what must be refused."""
    def hostile(name, replace, **options):
        keras(name, small("dense"), **options)
        with h5py.File(os.path.join(HERE, name + ".h5"), "r+", **options) as file:
            del file["dense/dense/kernel:0"]
            replace(file["dense/dense"])

    def virtual(group):
        layout = h5py.VirtualLayout((4, 3), "<f4")
        layout[:] = h5py.VirtualSource("keras-tiny.h5", "model_weights/dense/dense/kernel:0", (4, 3))
        group.create_virtual_dataset("kernel:0", layout)

    def link(target):
        def replace(group):
            group["kernel:0"] = target
        return replace

    hostile("external-link", link(h5py.ExternalLink("keras-tiny.h5", "/model_weights/dense/dense/kernel:0")))
    hostile("external-storage", lambda group: group.create_dataset(
        "kernel:0", (4, 3), "<f4", external=[("keras-expected.safetensors", 0, 48)]))
    hostile("virtual", virtual, libver="latest")
    hostile("latest-gzip", lambda group: group.create_dataset("kernel:0", data=ramp(40), compression="gzip", chunks=(20,)), libver="latest")
    hostile("soft-cycle", link(h5py.SoftLink("/dense/dense/kernel:0")))
    hostile("soft-link", link(h5py.SoftLink("/dense/dense/bias:0")))
    hostile("text-tensor", lambda group: group.create_dataset("kernel:0", data=np.asarray([b"a", b"b"])))
    hostile("compound-tensor", lambda group: group.create_dataset("kernel:0", data=np.zeros(2, [("a", "<f4")])))
    hostile("odd-float", lambda group: group.create_dataset("kernel:0", data=np.zeros(2, np.longdouble)))
    hostile("unwritten", lambda group: group.create_dataset("kernel:0", (4, 3), "<f4"))
    hostile("huge", lambda group: group.create_dataset("kernel:0", (1 << 16, 1 << 16), "<f4", chunks=(1 << 8, 1 << 8)))
    hostile("huge-packed", lambda group: group.create_dataset("kernel:0", (1 << 20, 64), "<f4", chunks=(1 << 16, 64),
                                                              compression="gzip"))
    hostile("lzf", lambda group: group.create_dataset("kernel:0", data=ramp(40), compression="lzf", chunks=(20,)))
    hostile("group-cycle", lambda group: group.__setitem__("kernel:0", group))
    def half_a_chunk(group):
        data = group.create_dataset("kernel:0", (64,), "<f4", chunks=(64,), compression="gzip")
        data.id.write_direct_chunk((0,), zlib.compress(bytes(128)))

    hostile("packed-wrong-size", half_a_chunk)
    with h5py.File(place("no-layers.h5"), "w") as file:
        file["x"] = ramp(2)
    with h5py.File(place("number-names.h5"), "w") as file:
        file.attrs["layer_names"] = ramp(2)
    keras("bad-config", small("dense"), whole=True)
    with h5py.File(os.path.join(HERE, "bad-config.h5"), "r+") as file:
        file.attrs["model_config"] = b"{\"class_name\": "
    with open(os.path.join(HERE, "keras-tiny.h5"), "rb") as file:
        data = bytearray(file.read())
    at = data.find(b"GCOL") + 24  # the first text's length in its heap: HDF5 1.10 would write past its buffer
    data[at:at + 8] = struct.pack("<Q", struct.unpack("<Q", data[at:at + 8])[0] + 8)
    with open(place("long-text.h5"), "wb") as file:
        file.write(data)
    keras("twice", small("dense"))
    with h5py.File(os.path.join(HERE, "twice.h5"), "r+") as file:
        file.attrs["layer_names"] = np.asarray([b"dense", b"dense"])


def write_tfjs():
    folder = os.path.join(HERE, "tfjs")
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    rng = np.random.RandomState(1)
    plain, count, flag = ramp(4, 3), np.array([1, -2, 3], "<i4"), np.array([1, 0], "|b1")
    byte, word = rng.randint(0, 256, (3, 3)).astype("u1"), rng.randint(0, 65536, (7,)).astype("<u2")
    half = ramp(5, dtype="<f2")
    rows = [("conv/kernel", plain, None), ("conv/bias", byte, {"dtype": "uint8", "scale": 0.0123, "min": -1.57}),
            ("bn/gamma", word, {"dtype": "uint16", "scale": 1.7e-5, "min": 0.25}),
            ("bn/beta", half, {"dtype": "float16"}), ("block/a/count", count, None), ("flag", flag, None)]
    groups, expected = [], {}
    for index, part in enumerate((rows[:4], rows[4:])):
        data, weights, paths = b"", [], []
        for name, value, quantization in part:
            row = {"name": name, "shape": list(value.shape), "dtype": "float32" if quantization else value.dtype.name}
            if quantization:
                row["quantization"] = quantization
            weights.append(row)
            data += value.tobytes()
            wide = value.astype("f8")
            if quantization and "scale" in quantization:
                wide = wide * quantization["scale"] + quantization["min"]
            expected[name] = wide.astype("<f4")
        size = 40  # so that tensors straddle shards
        pieces = [data[i:i + size] for i in range(0, len(data), size)]
        for k, piece in enumerate(pieces):
            paths.append("group%d-shard%dof%d" % (index + 1, k + 1, len(pieces)))
            with open(os.path.join(folder, paths[-1]), "wb") as file:
                file.write(piece)
        groups.append({"paths": paths, "weights": weights})
    model = {"format": "layers-model", "generatedBy": "keras v2.4.0", "convertedBy": None,
             "modelTopology": {"keras_version": "2.4.0", "backend": "tensorflow", "model_config": CONFIG},
             "weightsManifest": groups}
    with open(os.path.join(folder, "model.json"), "w") as file:
        json.dump(model, file)
    safetensors("tfjs-expected", expected)


def write_corpus():
    """Seeds of the fuzz targets, small."""
    corpus = os.path.join(HERE, "..", "..", "fuzz", "corpus")
    for name in ("h5", "safetensors", "npy", "tfjs"):
        os.makedirs(os.path.join(corpus, name), exist_ok=True)
    for name in ("keras-tiny", "keras-packed", "keras-latest-tiny", "long-text"):
        shutil.copy(os.path.join(HERE, name + ".h5"), os.path.join(corpus, "h5"))
    shutil.copy(os.path.join(HERE, "all-types.safetensors"), os.path.join(corpus, "safetensors"))
    for name in ("npy-f4", "npy-big", "npy-fortran", "npy-v2", "npy-pickle"):
        shutil.copy(os.path.join(HERE, name + ".npy"), os.path.join(corpus, "npy"))
    with open(os.path.join(HERE, "tfjs", "model.json")) as file:
        model = json.load(file)
    data = b""
    for group in model["weightsManifest"]:
        for path in group["paths"]:
            with open(os.path.join(HERE, "tfjs", path), "rb") as file:
                data += file.read()
    model["weightsManifest"] = [{"paths": ["s"], "weights": sum((group["weights"] for group in model["weightsManifest"]), [])}]
    with open(os.path.join(corpus, "tfjs", "quantized"), "wb") as file:
        file.write(json.dumps(model).encode() + b"\0" + data)


def write_safetensors():
    kinds = ["f4", "f2", "f8", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]
    tensors = {kind: ramp(2, 3, dtype=kind) for kind in kinds}
    tensors["bool"] = np.array([True, False])
    tensors["scalar"] = np.float32(2.5)
    tensors["empty"] = np.zeros((0, 3), "<f4")
    safetensors("all-types", tensors, {"format": "pt", "note": "grüße"})


def write_npy():
    for kind in ["f4", "f2", "f8", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "b1"]:
        np.save(place("npy-%s.npy" % kind), ramp(2, 3, dtype=kind))
    np.save(place("npy-big.npy"), ramp(2, 3, dtype=">f4"))
    np.save(place("npy-fortran.npy"), np.asfortranarray(ramp(2, 3, 4)))
    np.save(place("npy-scalar.npy"), np.float32(1.5))
    np.save(place("npy-vector.npy"), ramp(5))
    np.save(place("npy-empty.npy"), np.zeros((0, 3), "<f4"))
    np.save(place("npy-pickle.npy"), np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(place("npy-record.npy"), np.zeros(2, [("a", "<f4")]))
    with open(place("npy-v2.npy"), "wb") as file:
        np.lib.format.write_array(file, ramp(2, 3), version=(2, 0))


write_keras()
write_hostile()
write_tfjs()
write_safetensors()
write_npy()
write_corpus()
