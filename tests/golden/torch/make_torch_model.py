# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train small networks in PyTorch and write them as Timbrel models, here."""

import json
import struct
from pathlib import Path

import numpy as np
import torch
from torch import nn

FOLDER = Path(__file__).parent
CLASSES = ["low", "middle", "high"]
N_IN = 12


def write_model(path, network, mean, scale, temperature, classes):
    """network: nn.Sequential of nn.Linear, each but the last with its activation."""
    tensors = {"mean": mean, "scale": scale}
    layers = []
    for module in network:
        if isinstance(module, nn.Linear):
            tensors[f"layer.{len(layers)}.weight"] = module.weight
            tensors[f"layer.{len(layers)}.bias"] = module.bias
            layers.append({"type": "dense", "activation": "identity"})
        else:
            layers[-1]["activation"] = type(module).__name__.lower()
    tensors["temperature"] = torch.tensor([temperature])

    header = {
        "__metadata__": {
            "timbrel.format": "1",
            "timbrel.classes": json.dumps(
                [{"name": name, "program": -1, "family": ""} for name in classes]
            ),
            "timbrel.network": json.dumps(layers),
        }
    }
    data = b""
    for name, tensor in tensors.items():
        values = tensor.detach().numpy().astype("<f4")
        header[name] = {
            "dtype": "F32",
            "shape": values.shape,
            "data_offsets": [len(data), len(data) + values.nbytes],
        }
        data += values.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def train(network, x, y):
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(100):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(x), y).backward()
        optimiser.step()


torch.manual_seed(1)
y = torch.arange(300) % len(CLASSES)
x = 20 + 5 * torch.randn(300, N_IN) + 3 * torch.randn(len(CLASSES), N_IN)[y]
mean = x.mean(0)
scale = 1 / x.std(0)
np.save(FOLDER / "features.npy", x[:30].numpy())

for name, temperature, network in [
    ("sigmoid", 1.0, [nn.Linear(N_IN, 16), nn.Sigmoid(), nn.Linear(16, 3)]),
    ("relu", 0.5, [nn.Linear(N_IN, 16), nn.ReLU(), nn.Linear(16, 3)]),
    (
        "tanh",
        1.5,
        [nn.Linear(N_IN, 16), nn.Tanh(), nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 3)],
    ),
]:
    network = nn.Sequential(*network)
    train(network, (x - mean) * scale, y)
    logits = network((x[:30] - mean) * scale)
    posteriors = torch.softmax(logits / temperature, 1)
    np.save(FOLDER / f"{name}.npy", posteriors.detach().numpy())
    path = FOLDER / f"{name}.safetensors"
    write_model(path, network, mean, scale, temperature, CLASSES)
