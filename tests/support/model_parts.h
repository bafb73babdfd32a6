// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_MODEL_PARTS_H
#define TMB_TEST_MODEL_PARTS_H

#include "trainer/model_writer.h"

/// A TmbLayer that is dense.
#define TEST_DENSE(inputs, outputs, function, weights, biases)          \
  {                                                                     \
    .kind = TMB_DENSE, .activation = (function), .n_in = (inputs),      \
    .n_out = (outputs), .out_channels = (outputs), .weight = (weights), \
    .bias = (biases)                                                    \
  }

#define TEST_CLASSES 3U
#define TEST_HIDDEN 5U
#define TEST_INPUTS 13U ///< Of test_front_end

/// Small, and nothing in it is a default.
extern const TmbFrontEnd test_front_end;

extern const TmbClass test_classes[TEST_CLASSES];

/// A model of two layers with all parts that a file can have.
typedef struct {
  TmbModelParts parts; ///< Points to what follows
  TmbNet        net;
  float         mean[TEST_INPUTS];
  float         scale[TEST_INPUTS];
  float         weight0[TEST_INPUTS * TEST_HIDDEN];
  float         bias0[TEST_HIDDEN];
  float         weight1[TEST_HIDDEN * TEST_CLASSES];
  float         bias1[TEST_CLASSES];
} TestModel;

/// Fill it, the same each time; it can't be copied afterwards.
void
test_model_init(TestModel* model);

#endif // TMB_TEST_MODEL_PARTS_H
