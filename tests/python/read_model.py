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


# Values are [row, channel, position], or [row, value] in front of the first
# layer that has channels and behind the last


def dense(layer, weight, bias, x):
    return x.reshape(len(x), -1) @ weight.T + bias


def conv(layer, weight, bias, x):
    n_out, n_in, width = weight.shape
    x = x.reshape(len(x), n_in, -1)
    length = x.shape[2]
    x = np.pad(x, ((0, 0), (0, 0), (width // 2, width // 2)))
    taps = [weight[:, :, k] @ x[:, :, k : k + length] for k in range(width)]
    return sum(taps) + bias[:, None]


def pool(layer, weight, bias, x):
    x = x if x.ndim == 3 else x[:, None]
    width = layer["width"]
    length = x.shape[2] // width  # What is left over is left out
    return x[:, :, : length * width].reshape(*x.shape[:2], length, width).max(axis=3)


def idct(layer, weight, bias, x):
    """A row for each view of each note, a note's views in a row."""
    n, views = layer["coefficients"], layer.get("views", 1)
    if views == 1:
        k, i = np.arange(n)[:, None], np.arange(n)
        weight = np.sqrt(2 / n) * np.cos(np.pi * k * (2 * i + 1) / (2 * n))
        weight[0] = np.sqrt(1 / n)
    levels = x[:, :-1].reshape(len(x), 1, -1, n) @ weight
    heard = np.broadcast_to(x[:, -1, None, None, None], (len(x), views, 1, n))
    return np.concatenate([levels, heard], axis=2).reshape(len(x) * views, -1, n)


LAYERS = {"dense": dense, "conv": conv, "pool": pool, "idct": idct}


def forward(metadata, tensors, x):
    """Probabilities at the oldest age, if there is a temperature for each."""
    n_notes = len(x)
    x = (x - tensors["mean"]) * tensors["scale"]
    for i, layer in enumerate(json.loads(metadata["timbrel.network"])):
        weight, bias = (tensors.get(f"layer.{i}.{name}") for name in ("weight", "bias"))
        x = LAYERS[layer["type"]](layer, weight, bias, x)
        x = ACTIVATIONS[layer.get("activation", "identity")](x)
    x = x.reshape(n_notes, -1, x.shape[1]).mean(axis=1)
    x = np.exp((x - x.max(axis=1, keepdims=True)) / tensors["temperature"][-1])
    return x / x.sum(axis=1, keepdims=True)


metadata, tensors = read_model(sys.argv[1])
posteriors = forward(metadata, tensors, np.load(sys.argv[2]))
if len(sys.argv) > 3:
    error = np.abs(posteriors - np.load(sys.argv[3])).max()
    sys.exit(None if error <= 1e-5 else f"the posteriors differ by {error}")
classes = json.loads(metadata["timbrel.classes"])
for row in posteriors:
    print(classes[row.argmax()]["name"], row.max())
