# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a Timbrel model in NumPy: read_model.py MODEL FEATURES.npy [EXPECTED.npy]"""

import json
import struct
import sys

import numpy as np

ACTIVATIONS = {
    "identity": lambda y: y,
    "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
    "relu": lambda y: np.maximum(y, 0),
    "tanh": np.tanh,
}


def read_model(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"])
    return metadata, tensors


def forward(metadata, tensors, x):
    x = (x - tensors["mean"]) * tensors["scale"]
    for i, layer in enumerate(json.loads(metadata["timbrel.network"])):
        x = x @ tensors[f"layer.{i}.weight"].T + tensors[f"layer.{i}.bias"]
        x = ACTIVATIONS[layer["activation"]](x)
    x = np.exp((x - x.max(axis=1, keepdims=True)) / tensors["temperature"])
    return x / x.sum(axis=1, keepdims=True)


metadata, tensors = read_model(sys.argv[1])
posteriors = forward(metadata, tensors, np.load(sys.argv[2]))
if len(sys.argv) > 3:
    error = np.abs(posteriors - np.load(sys.argv[3])).max()
    sys.exit(None if error <= 1e-5 else f"the posteriors differ by {error}")
classes = json.loads(metadata["timbrel.classes"])
for row in posteriors:
    print(classes[row.argmax()]["name"], row.max())
