# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make matrices like the lab's: [SHARE=1] make_matrices.py FOLDER

120 numbers a note and 10 classes, as the lab has them, but drawn at random: no
instrument was heard.  A class is a few clouds, as an instrument is a few players
and registers; one note in 200 is a noise that says nothing of its class.  SHARE
in the environment is how many of the lab's rows to make, 1 for all.
"""

import os
import sys

import numpy as np

N_TRAINING, N_TEST = 66247, 14904
N_INPUTS, N_CLASSES, N_CLOUDS = 120, 10, 6
DISTANCE = 0.95  # Deviation of the clouds' centres; each cloud's own is about 1
NOISE = 1 / 200

folder = sys.argv[1]
share = float(os.environ.get("SHARE", 1))
random = np.random.default_rng(2023)
sizes = {"train": round(share * N_TRAINING), "test": round(share * N_TEST)}

centres = DISTANCE * random.standard_normal((N_CLASSES, N_CLOUDS, N_INPUTS))
# As of MFCCs: the first are large, and none has a mean of 0
deviation = 40 / np.sqrt(1 + np.arange(N_INPUTS))
mean = 2 * deviation * random.standard_normal(N_INPUTS)
# What the numbers of a note have in common, so that none tells all by itself
mixing = np.linalg.qr(random.standard_normal((N_INPUTS, N_INPUTS)))[0]
lengths = np.exp(random.standard_normal(N_INPUTS) / 2)

for name, n in sizes.items():
    y = random.integers(N_CLASSES, size=n)
    x = random.standard_normal((n, N_INPUTS)) * lengths @ mixing
    is_note = random.random(n) >= NOISE
    x += np.where(
        is_note[:, None], centres[y, random.integers(N_CLOUDS, size=n)], 0
    )
    np.save(f"{folder}/{name}_x.npy", (mean + deviation * x).astype(np.float32))
    np.save(f"{folder}/{name}_y.npy", y)
