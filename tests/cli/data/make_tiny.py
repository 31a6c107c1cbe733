#!/usr/bin/python3
"""Writes tiny.h5: a small Keras network with random weights, for tests of the command line that need a backbone and
not its quality. Written with h5py 3.7 and numpy 1.24; run: /usr/bin/python3 make_tiny.py"""
import json
import h5py
import numpy as np

rng = np.random.default_rng(20250101)


def node(name):
    return [[[name, 0, 0, {}]]]


def conv(name, filters, inbound):
    return {"class_name": "Conv2D", "name": name, "inbound_nodes": node(inbound),
            "config": {"name": name, "trainable": True, "dtype": "float32", "filters": filters, "kernel_size": [3, 3],
                       "strides": [2, 2], "padding": "same", "data_format": "channels_last", "dilation_rate": [1, 1],
                       "groups": 1, "activation": "relu", "use_bias": True}}


layers = [
    {"class_name": "InputLayer", "name": "input_1", "inbound_nodes": [],
     "config": {"batch_input_shape": [None, 32, 32, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "input_1"}},
    conv("conv1", 8, "input_1"),
    conv("conv2", 12, "conv1"),
    {"class_name": "GlobalAveragePooling2D", "name": "pool", "inbound_nodes": node("conv2"),
     "config": {"name": "pool", "trainable": True, "dtype": "float32", "data_format": "channels_last"}},
    {"class_name": "Dense", "name": "predictions", "inbound_nodes": node("pool"),
     "config": {"name": "predictions", "trainable": True, "dtype": "float32", "units": 3, "activation": "softmax",
                "use_bias": True}},
]
config = {"class_name": "Functional",
          "config": {"name": "tiny", "layers": layers, "input_layers": [["input_1", 0, 0]],
                     "output_layers": [["predictions", 0, 0]]}}
weights = {
    "conv1": {"kernel:0": rng.normal(0, 0.3, (3, 3, 3, 8)), "bias:0": rng.normal(0, 0.1, 8)},
    "conv2": {"kernel:0": rng.normal(0, 0.2, (3, 3, 8, 12)), "bias:0": rng.normal(0, 0.1, 12)},
    "predictions": {"kernel:0": rng.normal(0, 0.4, (12, 3)), "bias:0": rng.normal(0, 0.1, 3)},
}
with h5py.File("tiny.h5", "w") as file:
    file.attrs["backend"] = b"tensorflow"
    file.attrs["keras_version"] = b"2.8.0"
    file.attrs["model_config"] = json.dumps(config).encode()
    group = file.create_group("model_weights")
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = b"2.8.0"
    group.attrs["layer_names"] = np.array([layer["name"].encode() for layer in layers])
    for layer in layers:
        name = layer["name"]
        own = group.create_group(name)
        values = weights.get(name, {})
        own.attrs["weight_names"] = np.array([f"{name}/{key}".encode() for key in values])
        for key, value in values.items():
            own.create_dataset(f"{name}/{key}", data=value.astype("float32"))
