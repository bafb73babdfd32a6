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


def conv(x, w, b, pads):
    length = x.shape[2]
    x = np.pad(x, ((0, 0), (0, 0), pads))
    taps = [w[:, :, k] @ x[:, :, k : k + length] for k in range(w.shape[2])]
    return sum(taps) + b[:, None]


def max_pool(x, kernel_shape, strides):
    assert kernel_shape == strides
    (width,) = strides
    length = x.shape[2] // width
    return x[:, :, : length * width].reshape(*x.shape[:2], length, width).max(axis=3)


def slice_axis(x, start, end, axis):
    assert axis == 1
    return x[:, start[0] : end[0]]


def reduce_mean(x, axes, keepdims):
    return x.mean(axis=tuple(axes), keepdims=bool(keepdims))


OPERATORS = {
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Gemm": lambda x, w, b: x @ w + b,
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Relu": lambda x: np.maximum(x, 0),
    "Tanh": np.tanh,
    "Softmax": softmax,
    "MatMul": np.matmul,
    "Reshape": lambda x, shape: x.reshape(shape),
    "Concat": lambda *x, axis: np.concatenate(x, axis=axis),
    "Slice": slice_axis,
    "Conv": conv,
    "MaxPool": max_pool,
    "ReduceMean": reduce_mean,
}

model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)  # Infers all shapes, too

values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
values["features"] = np.load(sys.argv[2])
for node in model.graph.node:
    assert len(node.output) == 1
    arguments = [values[name] for name in node.input]
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    values[node.output[0]] = OPERATORS[node.op_type](*arguments, **attributes)

error = np.abs(values["posterior"] - np.load(sys.argv[3])).max()
sys.exit(None if error <= 1e-5 else f"the posteriors differ by {error}")
