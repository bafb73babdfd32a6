# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train as the lab does, in PyTorch: peer_torch.py FOLDER THREADS EPOCHS SEED

Prints the seconds of each epoch, and the accuracy after the last, as JSON.
"""

import json
import sys
import time

import numpy as np
import torch

folder, n_threads, n_epochs, seed = sys.argv[1], *map(int, sys.argv[2:])
torch.set_num_threads(n_threads)
torch.manual_seed(seed)


def load(name):
    return torch.from_numpy(np.load(f"{folder}/{name}.npy"))


x, y = load("train_x"), load("train_y")
net = torch.nn.Sequential(
    torch.nn.Linear(120, 256), torch.nn.Sigmoid(), torch.nn.Linear(256, 10)
)
loss = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)

seconds = []
for epoch in range(n_epochs):
    start = time.perf_counter()
    for batch in torch.randperm(len(x)).split(100):
        optimizer.zero_grad(set_to_none=True)
        loss(net(x[batch]), y[batch]).backward()
        optimizer.step()
    seconds.append(time.perf_counter() - start)

with torch.no_grad():
    answers = net(load("test_x")).argmax(dim=1)
accuracy = (answers == load("test_y")).double().mean().item()
print(json.dumps({"seconds": seconds, "accuracy": accuracy}))
