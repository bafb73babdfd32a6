# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lay out the recipe's reference.npz and check.npz as small arrays, here.

usage: make_recipe.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
AGES = [6, 10, 14, 23, 44]
N_FILES = 7
FILES_WITH_INPUTS = [0, 2]
LAYERS = ["conv0", "conv1", "conv2", "fc0", "fc1"]


def save(name, array):
    np.save(FOLDER / f"{name}.npy", np.ascontiguousarray(array, "<f4"))


source = Path(sys.argv[1])
reference = np.load(source / "reference.npz")
check = np.load(source / "check.npz")

values = []
for layer in LAYERS:
    weight = reference[f"{layer}_w"]
    values += [np.moveaxis(weight, 0, -1).ravel(), reference[f"{layer}_b"]]
save("weights", np.concatenate(values))

save("patches", np.concatenate([check[f"patch{i}"] for i in range(N_FILES)]))
save(
    "inputs",
    np.concatenate([check[f"input{i}_{a}"] for i in FILES_WITH_INPUTS for a in AGES]),
)
save(
    "posteriors",
    [check[f"posterior{i}_{a}"] for i in range(N_FILES) for a in AGES],
)
