// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Run an ONNX file in onnxruntime: run_onnx.mjs ONNX FEATURES.npy EXPECTED.npy

import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';

// What trainer/npy_writer.c writes: two dimensions, little-endian floats
function load(path) {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const shape = /'shape': \((\d+), (\d+)\)/.exec(header).slice(1).map(Number);
  const values = new Float32Array(shape[0] * shape[1]);
  values.forEach((_, i) => { values[i] = bytes.readFloatLE(start + 4 * i); });
  return new ort.Tensor('float32', values, shape);
}

const [onnx, featuresPath, expectedPath] = process.argv.slice(2);
const session = await ort.InferenceSession.create(onnx);
const { posterior } = await session.run({ features: load(featuresPath) });
const expected = load(expectedPath);
const alike = String(posterior.dims) === String(expected.dims) &&
  posterior.data.every((p, i) => Math.abs(p - expected.data[i]) <= 1e-5);
if (!alike) {
  console.error('the posteriors differ');
  process.exit(1);
}
