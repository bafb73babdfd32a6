// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/model_parts.h"

#include "dsp/mfcc.h"

const TmbFrontEnd test_front_end = {
  .rate_hz    = 32000.0,
  .window_s   = 0.1 / 3.0, // Not exact in decimals
  .hop_s      = 0.01,
  .n_bands    = 8U,
  .fmin_hz    = 50.5,
  .fmax_hz    = 7000.0,
  .scale      = TMB_MEL_SLANEY,
  .norm       = TMB_MEL_AREA,
  .n_coeffs   = 4U,
  .floor_db   = 70.0,
  .n_before   = 2U,
  .n_segments = 3U,
  .edges      = { 0U, 2U, 4U, 8U },
  .n_ages     = 2U,
  .ages       = { { 40U, 4U }, { 80U, 8U } },
};

const TmbClass test_classes[TEST_OUTPUTS] = {
  { "violin", "strings", 40 },
  { "percussion", "percussion", -1 },
  { "Orgel \"groß\"", "", 127 },
  { TMB_UNKNOWN_LABEL, "", -1 },
};

static const TmbNoteOfModel notes[] = {
  { TMB_KEY_TRAINING, "{\"rows\":12}" },
  { TMB_KEY_LICENCE, "CC0-1.0" },
};

/// Numbers of both signs around zero, whose last bits matter.
static void
fill(float* const values, const uint32_t n, uint32_t x)
{
  for (uint32_t i = 0U; i < n; ++i) {
    x         = (1664525U * x) + 1013904223U;
    values[i] = ((float)(x >> 8U) / 8388608.0f) - 1.0f;
  }
}

void
test_model_init(TestModel* const model)
{
  fill(model->mean, TEST_INPUTS, 1U);
  fill(model->scale, TEST_INPUTS, 2U);
  fill(model->weight0, TEST_INPUTS * TEST_HIDDEN, 3U);
  fill(model->bias0, TEST_HIDDEN, 4U);
  fill(model->weight1, TEST_HIDDEN * TEST_CLASSES, 5U);
  fill(model->bias1, TEST_CLASSES, 6U);

  model->net = (TmbNet){
    .n_layers       = 2U,
    .layers         = { TEST_DENSE(TEST_INPUTS,
                           TEST_HIDDEN,
                           TMB_SIGMOID,
                           model->weight0,
                           model->bias0),
                        TEST_DENSE(TEST_HIDDEN,
                           TEST_CLASSES,
                           TMB_IDENTITY,
                           model->weight1,
                           model->bias1) },
    .mean           = model->mean,
    .scale          = model->scale,
    .n_temperatures = 1U,
    .temperatures   = { 0.75f },
  };
  model->parts = (TmbModelParts){
    .front_end = &test_front_end,
    .net       = &model->net,
    .classes   = test_classes,
    .notes     = notes,
    .n_notes   = sizeof(notes) / sizeof(notes[0]),
  };
}

void
test_conv_model_init(TestConvModel* const model)
{
  const uint32_t n_pooled = TEST_COEFFS / 2U;
  fill(model->mean, TEST_INPUTS, 1U);
  fill(model->scale, TEST_INPUTS, 2U);
  fill(model->weight0, sizeof(model->weight0) / sizeof(float), 3U);
  fill(model->bias0, TEST_CONV_CHANNELS, 4U);
  fill(model->weight1, sizeof(model->weight1) / sizeof(float), 5U);
  fill(model->bias1, TEST_HIDDEN, 6U);
  fill(model->weight2, sizeof(model->weight2) / sizeof(float), 7U);
  fill(model->bias2, TEST_OUTPUTS, 8U);
  tmb_inverse_dct(TEST_COEFFS, model->table);

  model->net = (TmbNet){
    .n_layers       = 5U,
    .layers         = { TEST_IDCT(TEST_SEGMENTS, TEST_COEFFS, model->table),
                        TEST_CONV(TEST_SEGMENTS + 1U,
                          TEST_COEFFS,
                          TEST_TAPS,
                          TEST_CONV_CHANNELS,
                          model->weight0,
                          model->bias0),
                        TEST_POOL(TEST_CONV_CHANNELS, TEST_COEFFS, 2U),
                        TEST_DENSE(TEST_CONV_CHANNELS * n_pooled,
                           TEST_HIDDEN,
                           TMB_TANH,
                           model->weight1,
                           model->bias1),
                        TEST_DENSE(TEST_HIDDEN,
                           TEST_OUTPUTS,
                           TMB_IDENTITY,
                           model->weight2,
                           model->bias2) },
    .mean           = model->mean,
    .scale          = model->scale,
    .n_temperatures = 2U,
    .temperatures   = { 0.75f, 1.5f },
  };
  model->parts = (TmbModelParts){
    .front_end = &test_front_end,
    .net       = &model->net,
    .classes   = test_classes,
    .notes     = notes,
    .n_notes   = sizeof(notes) / sizeof(notes[0]),
  };
}
