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

/// A TmbLayer that convolves, and rectifies.
#define TEST_CONV(channels, length, taps, outputs, weights, biases)          \
  {                                                                          \
    .kind = TMB_CONV, .activation = TMB_RELU, .n_in = (channels) * (length), \
    .n_out = (outputs) * (length), .in_channels = (channels),                \
    .out_channels = (outputs), .width = (taps), .weight = (weights),         \
    .bias = (biases)                                                         \
  }

/// A TmbLayer that makes one value of `taken`.
#define TEST_POOL(channels, length, taken)                                 \
  {                                                                        \
    .kind = TMB_POOL, .n_in = (channels) * (length),                       \
    .n_out = (channels) * ((length) / (taken)), .in_channels = (channels), \
    .out_channels = (channels), .width = (taken)                           \
  }

/// A TmbLayer that makes values of `n` cosine coefficients a channel.
#define TEST_IDCT(channels, n, table)                             \
  {                                                               \
    .kind = TMB_IDCT, .n_in = ((channels) * (n)) + 1U,            \
    .n_out = ((channels) + 1U) * (n), .in_channels = (channels),  \
    .out_channels = (channels) + 1U, .width = (n), .n_views = 1U, \
    .weight = (table)                                             \
  }

#define TEST_CLASSES 3U
#define TEST_OUTPUTS 4U ///< Behind the classes, what is none of them
#define TEST_HIDDEN 5U
#define TEST_INPUTS 13U ///< Of test_front_end

/// Small, and nothing in it is a default.
extern const TmbFrontEnd test_front_end;

extern const TmbClass test_classes[TEST_OUTPUTS];

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

#define TEST_COEFFS 4U        ///< Of test_front_end
#define TEST_SEGMENTS 3U      ///< Of test_front_end
#define TEST_CONV_CHANNELS 5U ///< Behind its convolution
#define TEST_TAPS 3U

/// A model of all kinds of layers, with an output for what is none of the
/// classes and a temperature for each age.
typedef struct {
  TmbModelParts parts; ///< Points to what follows
  TmbNet        net;
  float         mean[TEST_INPUTS];
  float         scale[TEST_INPUTS];
  float         table[TEST_COEFFS * TEST_COEFFS];
  float         weight0[(TEST_SEGMENTS + 1U) * TEST_TAPS * TEST_CONV_CHANNELS];
  float         bias0[TEST_CONV_CHANNELS];
  float         weight1[TEST_CONV_CHANNELS * (TEST_COEFFS / 2U) * TEST_HIDDEN];
  float         bias1[TEST_HIDDEN];
  float         weight2[TEST_HIDDEN * TEST_OUTPUTS];
  float         bias2[TEST_OUTPUTS];
} TestConvModel;

/// Fill it, the same each time; it can't be copied afterwards.
void
test_conv_model_init(TestConvModel* model);

#endif // TMB_TEST_MODEL_PARTS_H
