# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train as the lab does, in scikit-learn: peer_sklearn.py FOLDER THREADS EPOCHS SEED

Prints the seconds of each epoch, and the accuracy after the last, as JSON.
"""

import json
import sys
import time

import numpy as np
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

folder, n_threads, n_epochs, seed = sys.argv[1], *map(int, sys.argv[2:])


def load(name):
    return np.load(f"{folder}/{name}.npy")


x, y = load("train_x"), load("train_y")
net = MLPClassifier(
    hidden_layer_sizes=(256,),
    activation="logistic",
    solver="adam",
    learning_rate_init=0.001,
    batch_size=100,
    alpha=0.0,  # No decay of weights, which the others don't have either
    random_state=seed,
)

seconds = []
with threadpool_limits(n_threads):
    for epoch in range(n_epochs):
        start = time.perf_counter()
        net.partial_fit(x, y, classes=np.arange(10))  # One epoch
        seconds.append(time.perf_counter() - start)

accuracy = net.score(load("test_x"), load("test_y"))
print(json.dumps({"seconds": seconds, "accuracy": accuracy}))
