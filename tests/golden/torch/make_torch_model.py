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
    """network: nn.Sequential that ends with nn.Linear."""
    tensors = {"mean": mean, "scale": scale}
    layers = []
    for module in network:
        weight = f"layer.{len(layers)}.weight"
        bias = f"layer.{len(layers)}.bias"
        if isinstance(module, nn.Linear):
            tensors[weight] = module.weight
            tensors[bias] = module.bias
            layers.append({"type": "dense", "activation": "identity"})
        elif isinstance(module, nn.Conv1d):
            tensors[weight] = module.weight
            tensors[bias] = module.bias
            layers.append(
                {
                    "type": "conv",
                    "width": module.kernel_size[0],
                    "activation": "identity",
                }
            )
        elif isinstance(module, nn.BatchNorm1d):  # Becomes part of the layer before
            gain = module.weight / torch.sqrt(module.running_var + module.eps)
            weight, bias = list(tensors)[-2:]
            tensors[weight] = tensors[weight] * gain[:, None, None]
            tensors[bias] = (tensors[bias] - module.running_mean) * gain + module.bias
        elif isinstance(module, nn.MaxPool1d):
            layers.append({"type": "pool", "width": module.kernel_size})
        elif not isinstance(module, (nn.Unflatten, nn.Flatten)):
            layers[-1]["activation"] = type(module).__name__.lower()
    tensors["temperature"] = torch.tensor([temperature])

    is_dense = all(layer["type"] == "dense" for layer in layers)
    header = {
        "__metadata__": {
            "timbrel.format": "1" if is_dense else "2",
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
    (
        "conv",
        1.0,
        [
            nn.Unflatten(1, (2, 6)),
            nn.Conv1d(2, 9, 3, padding=1),
            nn.BatchNorm1d(9),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Flatten(),
            nn.Linear(27, 16),
            nn.Tanh(),
            nn.Linear(16, 3),
        ],
    ),
]:
    network = nn.Sequential(*network)
    train(network, (x - mean) * scale, y)
    network.eval()
    logits = network((x[:30] - mean) * scale)
    posteriors = torch.softmax(logits / temperature, 1)
    np.save(FOLDER / f"{name}.npy", posteriors.detach().numpy())
    path = FOLDER / f"{name}.safetensors"
    write_model(path, network, mean, scale, temperature, CLASSES)
