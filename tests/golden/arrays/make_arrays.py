#!/usr/bin/env python3
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Writes the arrays beside it, whose values tests/test_array_file.c knows.

import os
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))

VALUES = {
    "bool": [[0, 1, 1], [1, 0, 1]],
    "int8": [[-128, -1, 0], [1, 2, 127]],
    "int16": [[-32768, -1, 0], [1, 258, 32767]],
    "int32": [[-(2**31), -1, 0], [1, 66051, 2**31 - 1]],
    "int64": [[-(2**63), -1, 0], [1, 2**53 - 1, -(2**53) + 1]],
    "uint8": [[0, 1, 2], [127, 128, 255]],
    "uint16": [[0, 1, 258], [32767, 32768, 65535]],
    "uint32": [[0, 1, 66051], [2**31 - 1, 2**31, 2**32 - 1]],
    "uint64": [[0, 1, 66051], [2**32, 2**53 - 1, 2**63]],
    "float16": [[0, -1.5, 2**-24], [65504, 1 / 3, -np.inf]],
    "float32": [[0, -1.5, 2**-149], [3.4e38, 1 / 3, -np.inf]],
    "float64": [[0, -1.5, 2**-1074], [1e300, 1 / 3, -np.inf]],
}


def save(folder, name, array, version=(1, 0)):
    os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    with open(os.path.join(HERE, folder, name + ".npy"), "wb") as file:
        np.lib.format.write_array(file, array, version=version)


for dtype, values in VALUES.items():
    array = np.array(values, dtype=dtype)
    save("1.0", dtype, array.astype(array.dtype.newbyteorder("<")))
    save("1.0", dtype + "_big_fortran",
         np.asfortranarray(array.astype(array.dtype.newbyteorder(">"))))

floats = np.array(VALUES["float32"], dtype="<f4")
save("2.0", "float32", floats, (2, 0))
save("3.0", "float32", floats, (3, 0))
save("3.0", "float32_fortran", np.asfortranarray(floats), (3, 0))
save("1.0", "float32_column", floats.ravel()[:, None])
save("1.0", "float32_row", floats.ravel()[None, :])
save("1.0", "labels", np.array([0, 2, 1, 2], dtype="<i8"))

labels = np.array([3, 1], dtype="<i4")
np.savez(os.path.join(HERE, "one.npz"), floats)
np.savez(os.path.join(HERE, "two.npz"), Xtr=floats, ytr=labels)
np.savez_compressed(os.path.join(HERE, "two_deflated.npz"), Xtr=floats,
                    ytr=labels)
