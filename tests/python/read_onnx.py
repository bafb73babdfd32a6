# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check an ONNX file and run it in NumPy: read_onnx.py ONNX FEATURES.npy EXPECTED.npy"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper


def softmax(x):
    x = np.exp(x - x.max(axis=-1, keepdims=True))
    return x / x.sum(axis=-1, keepdims=True)


OPERATORS = {
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Gemm": lambda x, w, b: x @ w + b,
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Relu": lambda x: np.maximum(x, 0),
    "Tanh": np.tanh,
    "Softmax": softmax,
}

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)  # Infers all shapes, too

values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
values["features"] = np.load(sys.argv[2])
for node in model.graph.node:
    assert not node.attribute and len(node.output) == 1
    arguments = [values[name] for name in node.input]
    values[node.output[0]] = OPERATORS[node.op_type](*arguments)

error = np.abs(values["posterior"] - np.load(sys.argv[3])).max()
sys.exit(None if error <= 1e-5 else f"the posteriors differ by {error}")
