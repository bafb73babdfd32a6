# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the data set of `make bench-train`: data_set.py FOLDER

Ten classes of 120 numbers, as many rows as the lab's MFCCs of notes.  A class
is a dozen clouds, as an instrument is a number of players and registers: normal
distributions, each longer in some directions than in others and turned in its
own way.  Clouds are as far apart as makes a network with 256 hidden units reach
99.2 % in ten epochs.
"""

import sys

import numpy as np

N_TRAINING, N_TEST = 66247, 14904
N_INPUTS, N_CLASSES, N_CLOUDS = 120, 10, 12
DISTANCE = 1.15  # Deviation of the clouds' centres, in each direction


def make_cloud(random, n):
    centre = DISTANCE * random.standard_normal(N_INPUTS)
    turn, _ = np.linalg.qr(random.standard_normal((N_INPUTS, N_INPUTS)))
    lengths = np.exp(0.5 * random.standard_normal(N_INPUTS))
    return centre + (random.standard_normal((n, N_INPUTS)) * lengths) @ turn


random = np.random.default_rng(2026)
cloud = random.integers(N_CLASSES * N_CLOUDS, size=N_TRAINING + N_TEST)
x = np.empty((len(cloud), N_INPUTS), np.float32)
for i in range(N_CLASSES * N_CLOUDS):
    x[cloud == i] = make_cloud(random, np.count_nonzero(cloud == i))
x -= x[:N_TRAINING].mean(axis=0)
x /= x[:N_TRAINING].std(axis=0)
y = cloud // N_CLOUDS
for name, rows in ("train", slice(N_TRAINING)), ("test", slice(N_TRAINING, None)):
    np.save(f"{sys.argv[1]}/{name}_x.npy", x[rows])
    np.save(f"{sys.argv[1]}/{name}_y.npy", y[rows])
