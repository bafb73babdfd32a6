// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_file.h"
#include "tests/support/npy.h"
#include "tests/support/process.h"
#include "tests/support/signals.h"
#include "trainer/npy_writer.h"
#include "trainer/onnx_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_ROWS 50U
#define TOLERANCE 1e-5f ///< Of a probability; the programs' own is the same
#define ONNXRUNTIME "tests/onnx/node_modules/onnxruntime-node"

static const char* const models[] = {
  "presets/factory.safetensors",
  MODEL_FILE,
  CONV_MODEL_FILE,
  "tests/golden/torch/sigmoid.safetensors",
  "tests/golden/torch/relu.safetensors",
  "tests/golden/torch/tanh.safetensors",
  "tests/golden/torch/conv.safetensors",
};

#define N_MODELS (sizeof(models) / sizeof(*models))

/// A program that takes a model, features and posteriors, and whose exit status
/// is 0 if it comes to the same posteriors.
typedef struct {
  const char* interpreter; ///< The Python that has Debian's packages
  const char* script;
  bool        takes_onnx; ///< Not the model file itself
} Reader;

static const Reader numpy       = { "/usr/bin/python3",
                                    "tests/python/read_model.py",
                                    false };
static const Reader numpy_onnx  = { "/usr/bin/python3",
                                    "tests/python/read_onnx.py",
                                    true };
static const Reader onnxruntime = { "node", "tests/onnx/run_onnx.mjs", true };

/// Files for a reader.
typedef struct {
  Folder folder;
  char   onnx[80];
  char   features[80];
  char   posteriors[80];
} Case;

static TmbModel*
load_model(const char* const path)
{
  TmbModel*  model = NULL;
  TmbMessage why   = { "" };
  if (tmb_model_load(path, &model, &why)) {
    fail_msg("%s", why.text);
  }
  return model;
}

static float*
new_floats(const size_t n)
{
  float* const values = (float*)calloc(n, sizeof(float));
  assert_non_null(values);
  return values;
}

/// Posteriors [n_rows][n_classes] of features [n_rows][n_in], at the oldest
/// age.
static float*
evaluate(const TmbNet* const net,
         const float* const  features,
         const uint32_t      n_rows)
{
  const uint32_t n_in       = tmb_net_inputs(net);
  const uint32_t n_out      = tmb_net_outputs(net);
  float* const   scratch    = new_floats(tmb_net_scratch(net));
  float* const   posteriors = new_floats((size_t)n_rows * n_out);
  for (size_t row = 0U; row < n_rows; ++row) {
    tmb_net_forward(net,
                    features + (row * n_in),
                    net->n_temperatures - 1U,
                    scratch,
                    posteriors + (row * n_out));
  }
  free(scratch);
  return posteriors;
}

static void
save_array(const char* const  path,
           const float* const values,
           const uint32_t     n_columns)
{
  TmbNpyWriter writer;
  TmbMessage   why = { "" };
  if (tmb_npy_open(path, TMB_NPY_FLOAT32, n_columns, &writer, &why) ||
      tmb_npy_write(&writer, values, N_ROWS, &why) ||
      tmb_npy_close(&writer, &why) || tmb_new_file_rename(&writer.file, &why)) {
    fail_msg("%s", why.text);
  }
  tmb_new_file_discard(&writer.file);
}

/// Features that are up to two deviations from the mean.
static Signal
draw_features(const TmbNet* const net)
{
  const uint32_t n_in     = tmb_net_inputs(net);
  Signal         features = signal_new(N_ROWS * n_in);
  signal_fill_noise(&features);
  for (uint32_t i = 0U; i < features.n; ++i) {
    const float scale = net->scale[i % n_in];
    features.y[i] *= (fabsf(scale) > 0.0f) ? 4.0f / scale : 0.0f;
    features.y[i] += net->mean[i % n_in];
  }
  return features;
}

/// @param error Added to one of the posteriors.
static Case
write_case(const TmbModel* const model, const float error)
{
  Case self = { .folder = folder_new() };
  (void)snprintf(self.onnx, 80U, "%s/net.onnx", self.folder.path);
  (void)snprintf(self.features, 80U, "%s/x.npy", self.folder.path);
  (void)snprintf(self.posteriors, 80U, "%s/p.npy", self.folder.path);

  const TmbNet* const net        = tmb_model_net(model);
  Signal              features   = draw_features(net);
  float* const        posteriors = evaluate(net, features.y, N_ROWS);
  TmbMessage          why        = { "" };
  posteriors[tmb_net_outputs(net)] += error;
  save_array(self.features, features.y, tmb_net_inputs(net));
  save_array(self.posteriors, posteriors, tmb_net_outputs(net));
  if (tmb_onnx_write(self.onnx, model, &why)) {
    fail_msg("%s", why.text);
  }
  free(posteriors);
  signal_free(&features);
  return self;
}

/// Run a reader on a model, whose posteriors are off by `error`.
static Process
run_reader(const Reader* const reader,
           const char* const   path,
           const float         error)
{
  TmbModel* const   model   = load_model(path);
  const Case        files   = write_case(model, error);
  const char* const words[] = { "/usr/bin/env",
                                reader->interpreter,
                                reader->script,
                                reader->takes_onnx ? files.onnx : path,
                                files.features,
                                files.posteriors,
                                NULL };
  const Process     process = process_run(words, NULL);
  folder_remove(&files.folder);
  tmb_model_free(model);
  return process;
}

static void
expect_same_posteriors(const Reader* const reader)
{
  for (size_t i = 0U; i < N_MODELS; ++i) {
    Process process = run_reader(reader, models[i], 0.0f);
    if (process.status) {
      fail_msg("%s, %s: %s", reader->script, models[i], process.err);
    }
    process_free(&process);
  }

  // And it would have told
  Process process = run_reader(reader, MODEL_FILE, 3.0f * TOLERANCE);
  assert_int_equal(process.status, 1);
  assert_non_null(strstr(process.err, "the posteriors differ"));
  process_free(&process);
}

static void
numpy_reads_a_model_and_gives_its_posteriors(void** const state)
{
  (void)state;
  expect_same_posteriors(&numpy);
}

static void
an_onnx_file_is_valid_and_gives_the_model_s_posteriors(void** const state)
{
  (void)state;
  expect_same_posteriors(&numpy_onnx);
}

static void
onnxruntime_gives_the_model_s_posteriors(void** const state)
{
  (void)state;
  if (access(ONNXRUNTIME, F_OK)) {
    print_message("not installed: see make check-onnx\n");
    skip();
  }
  expect_same_posteriors(&onnxruntime);
}

static void
a_model_from_pytorch_gives_pytorch_s_posteriors(void** const state)
{
  static const char* const names[] = { "sigmoid", "relu", "tanh", "conv" };

  (void)state;
  NpyArray features = npy_load("torch/features");
  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    char path[64];
    char array[64];
    (void)snprintf(
      path, sizeof(path), "tests/golden/torch/%s.safetensors", names[i]);
    (void)snprintf(array, sizeof(array), "torch/%s", names[i]);

    TmbModel* const     model      = load_model(path);
    const TmbNet* const net        = tmb_model_net(model);
    NpyArray            exact      = npy_load(array);
    float* const        posteriors = evaluate(net, features.values, 30U);
    assert_null(tmb_model_front_end(model));
    assert_int_equal(features.n_rows, 30U);
    assert_int_equal(features.n_columns, tmb_net_inputs(net));
    assert_int_equal(exact.n_rows, features.n_rows);
    assert_int_equal(exact.n_columns, tmb_net_outputs(net));
    for (size_t j = 0U; j < (size_t)exact.n_rows * exact.n_columns; ++j) {
      if (!(fabsf(posteriors[j] - exact.values[j]) <= TOLERANCE)) {
        fail_msg("%s: posterior %zu is %g, not %g",
                 names[i],
                 j,
                 (double)posteriors[j],
                 (double)exact.values[j]);
      }
    }
    free(posteriors);
    npy_free(&exact);
    tmb_model_free(model);
  }
  npy_free(&features);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(numpy_reads_a_model_and_gives_its_posteriors),
    cmocka_unit_test(an_onnx_file_is_valid_and_gives_the_model_s_posteriors),
    cmocka_unit_test(onnxruntime_gives_the_model_s_posteriors),
    cmocka_unit_test(a_model_from_pytorch_gives_pytorch_s_posteriors),
  };
  return cmocka_run_group_tests_name("interop", tests, NULL, NULL);
}
