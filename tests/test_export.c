// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "trainer/onnx_file.h"

#include <onnx.pb-c.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUT "out.onnx"

static Onnx__ModelProto*
load_onnx(const char* const path)
{
  Bytes                   bytes = bytes_load(path);
  Onnx__ModelProto* const model =
    onnx__model_proto__unpack(NULL, bytes.n, bytes.bytes);
  bytes_free(&bytes);
  assert_non_null(model);
  return model;
}

static const char*
find_entry(const Onnx__ModelProto* const model, const char* const key)
{
  for (size_t i = 0U; i < model->n_metadata_props; ++i) {
    if (!strcmp(model->metadata_props[i]->key, key)) {
      return model->metadata_props[i]->value;
    }
  }
  return NULL;
}

/// Demand a value [batch][n] of floats.
static void
check_value(const Onnx__ValueInfoProto* const value,
            const char* const                 name,
            const uint32_t                    n)
{
  assert_string_equal(value->name, name);
  assert_int_equal(value->type->tensor_type->elem_type, 1);

  const Onnx__TensorShapeProto* const shape = value->type->tensor_type->shape;
  assert_int_equal(shape->n_dim, 2U);
  assert_int_equal(shape->dim[0]->value_case,
                   ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM);
  assert_string_equal(shape->dim[0]->dim_param, "batch");
  assert_int_equal(shape->dim[1]->value_case,
                   ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE);
  assert_int_equal(shape->dim[1]->dim_value, n);
}

static void
check_operators(const Onnx__GraphProto* const graph,
                const char* const* const      operators,
                const size_t                  n)
{
  assert_int_equal(graph->n_node, n);
  for (size_t i = 0U; i < n; ++i) {
    assert_string_equal(graph->node[i]->op_type, operators[i]);
  }
}

static void
the_network_is_a_graph_from_features_to_posterior(void** const state)
{
  static const char* const operators[] = { "Sub",  "Mul", "Gemm",   "Sigmoid",
                                           "Gemm", "Div", "Softmax" };

  (void)state;
  Process process = cli_expect(0, "export --onnx " OUT " " CLI_MODEL);
  assert_string_equal(process.out, "");
  process_free(&process);

  Onnx__ModelProto* const       model = load_onnx(OUT);
  const Onnx__GraphProto* const graph = model->graph;
  assert_int_equal(model->ir_version, TMB_ONNX_IR);
  assert_int_equal(model->n_opset_import, 1U);
  assert_string_equal(model->opset_import[0]->domain, "");
  assert_int_equal(model->opset_import[0]->version, TMB_ONNX_OPSET);
  assert_string_equal(model->producer_name, "timbrel");
  assert_string_equal(model->producer_version, TMB_VERSION);
  assert_int_equal(graph->n_input, 1U);
  assert_int_equal(graph->n_output, 1U);
  check_value(graph->input[0], "features", TEST_INPUTS);
  check_value(graph->output[0], "posterior", TEST_CLASSES);
  check_operators(graph, operators, sizeof(operators) / sizeof(*operators));
  onnx__model_proto__free_unpacked(model, NULL);
}

static const Onnx__TensorProto*
find_tensor(const Onnx__GraphProto* const graph, const char* const name)
{
  for (size_t i = 0U; i < graph->n_initializer; ++i) {
    if (!strcmp(graph->initializer[i]->name, name)) {
      return graph->initializer[i];
    }
  }
  fail_msg("there is no %s", name);
  return NULL;
}

static void
convolutions_have_weights_as_onnx_wants_them(void** const state)
{
  static const char* const operators[] = {
    "Sub",    "Mul",    "Slice",   "Reshape", "MatMul",  "Slice",   "Reshape",
    "MatMul", "Concat", "Reshape", "Conv",    "Relu",    "MaxPool", "Reshape",
    "Gemm",   "Tanh",   "Gemm",    "Div",     "Softmax",
  };

  (void)state;
  TestConvModel exact;
  TmbMessage    why = { "" };
  test_conv_model_init(&exact);
  assert_int_equal(tmb_model_write("conv", &exact.parts, &why), TMB_OK);
  Process process = cli_expect(0, "export --onnx " OUT " conv");
  process_free(&process);

  Onnx__ModelProto* const       model = load_onnx(OUT);
  const Onnx__GraphProto* const graph = model->graph;
  check_value(graph->output[0], "posterior", TEST_OUTPUTS);
  check_operators(graph, operators, sizeof(operators) / sizeof(*operators));

  const Onnx__TensorProto* const weight = find_tensor(graph, "layer.1.weight");
  assert_int_equal(weight->n_dims, 3U);
  assert_int_equal(weight->dims[0], TEST_CONV_CHANNELS);
  assert_int_equal(weight->dims[1], TEST_SEGMENTS + 1U);
  assert_int_equal(weight->dims[2], TEST_TAPS);
  assert_true(weight->float_data[1] == exact.weight0[TEST_CONV_CHANNELS]);

  const Onnx__NodeProto* const conv = graph->node[10];
  assert_int_equal(conv->n_attribute, 1U);
  assert_string_equal(conv->attribute[0]->name, "pads");
  assert_int_equal(conv->attribute[0]->n_ints, 2U);
  assert_int_equal(conv->attribute[0]->ints[1], TEST_TAPS / 2U);

  // Of several temperatures, that of the oldest age
  const Onnx__TensorProto* const temperature =
    find_tensor(graph, "temperature");
  assert_int_equal(temperature->n_float_data, 1U);
  assert_true(temperature->float_data[0] == exact.net.temperatures[1]);
  onnx__model_proto__free_unpacked(model, NULL);
}

static void
as_many_layers_as_can_be_have_room(void** const state)
{
  static const float zeros[(TEST_SEGMENTS + 1U) * TEST_COEFFS * TEST_OUTPUTS];

  (void)state;
  TestConvModel model;
  TmbMessage    why = { "" };
  test_conv_model_init(&model);
  model.net.n_layers          = TMB_MAX_LAYERS;
  model.net.layers[0].n_views = 2U;
  model.net.layers[0].weight  = zeros;
  for (uint32_t i = 1U; i + 1U < TMB_MAX_LAYERS; ++i) {
    model.net.layers[i] = (TmbLayer)TEST_CONV(TEST_SEGMENTS + 1U,
                                              TEST_COEFFS,
                                              1U,
                                              TEST_SEGMENTS + 1U,
                                              model.weight0,
                                              model.bias0);
  }
  model.net.layers[TMB_MAX_LAYERS - 1U] =
    (TmbLayer)TEST_DENSE((TEST_SEGMENTS + 1U) * TEST_COEFFS,
                         TEST_OUTPUTS,
                         TMB_TANH,
                         zeros,
                         model.bias2);
  assert_int_equal(tmb_model_write("long", &model.parts, &why), TMB_OK);
  Process process = cli_expect(0, "export --onnx " OUT " long");
  process_free(&process);

  Onnx__ModelProto* const onnx = load_onnx(OUT);
  assert_int_equal(onnx->graph->n_node, 17U + (2U * (TMB_MAX_LAYERS - 2U)));
  onnx__model_proto__free_unpacked(onnx, NULL);
}

static void
each_failed_allocation_is_reported(void** const state)
{
  (void)state;
  TmbModel*  model  = NULL;
  TmbMessage why    = { "" };
  TmbStatus  status = TMB_NO_MEMORY;
  assert_int_equal(tmb_model_load(CLI_MODEL, &model, &why), TMB_OK);
  for (size_t n = 0U; status; ++n) {
    alloc_fail_from(n);
    status            = tmb_onnx_write(OUT, model, &why);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(access(OUT, F_OK), failed ? -1 : 0);
  }
  tmb_model_free(model);
}

static void
the_strings_of_the_model_are_taken_along(void** const state)
{
  static const char* const keys[] = {
    TMB_KEY_CLASSES,
    TMB_KEY_FRONT_END,
    TMB_KEY_TRAINING,
    TMB_KEY_LICENCE,
  };

  (void)state;
  TmbModel*  model = NULL;
  TmbMessage why   = { "" };
  assert_int_equal(tmb_model_load(CLI_MODEL, &model, &why), TMB_OK);
  assert_int_equal(tmb_onnx_write(OUT, model, &why), TMB_OK);

  Onnx__ModelProto* const onnx = load_onnx(OUT);
  assert_int_equal(onnx->n_metadata_props, sizeof(keys) / sizeof(*keys));
  for (size_t i = 0U; i < onnx->n_metadata_props; ++i) {
    const char* const text = find_entry(onnx, keys[i]);
    assert_non_null(text);
    assert_string_equal(text, tmb_model_metadata(model, keys[i]));
  }
  onnx__model_proto__free_unpacked(onnx, NULL);
  tmb_model_free(model);
}

/// A model of every activation, as many layers as there may be, and no front
/// end.
static void
write_deep_model(const char* const path)
{
  TestModel  model;
  TmbMessage why = { "" };
  test_model_init(&model);
  model.parts.front_end = NULL;
  model.net.n_layers    = TMB_MAX_LAYERS;
  for (uint32_t i = 0U; i < TMB_MAX_LAYERS; ++i) {
    // The weights of any layer do for a smaller one
    const TmbActivation activation = (TmbActivation)(i % (TMB_TANH + 1U));
    model.net.layers[i]            = (TmbLayer)TEST_DENSE(
      i ? 3U : TEST_INPUTS, 3U, activation, model.weight0, model.bias1);
  }
  if (tmb_model_write(path, &model.parts, &why)) {
    fail_msg("%s", why.text);
  }
}

static void
the_deepest_model_of_external_features_is_written(void** const state)
{
  (void)state;
  write_deep_model("deep.safetensors");
  Process process = cli_expect(0, "export --onnx " OUT " deep.safetensors");
  process_free(&process);

  Onnx__ModelProto* const       model = load_onnx(OUT);
  const Onnx__GraphProto* const graph = model->graph;
  assert_null(find_entry(model, TMB_KEY_FRONT_END));
  assert_int_equal(graph->n_initializer, 3U + (2U * TMB_MAX_LAYERS));
  assert_int_equal(graph->n_node,
                   4U + TMB_MAX_LAYERS + (TMB_MAX_LAYERS / 4U * 3U));
  assert_string_equal(graph->node[graph->n_node - 2U]->input[0],
                      "layer.15.output");
  onnx__model_proto__free_unpacked(model, NULL);
}

static void
the_same_model_gives_the_same_bytes(void** const state)
{
  (void)state;
  Process process = cli_expect(0, "export --onnx " OUT " " CLI_MODEL);
  process_free(&process);
  process = cli_expect(0, "export " CLI_MODEL " --onnx=again.ONNX");
  process_free(&process);

  Bytes first = bytes_load(OUT);
  Bytes again = bytes_load("again.ONNX");
  assert_int_equal(first.n, again.n);
  assert_memory_equal(first.bytes, again.bytes, first.n);
  bytes_free(&first);
  bytes_free(&again);
}

static void
what_can_t_be_exported_is_told_and_leaves_nothing(void** const state)
{
  static const struct {
    const char* line;
    const char* names;
    const char* reason;
  } rows[] = {
    { "export --onnx out.onnx none", "none", "No such file" },
    { "export --onnx out.onnx good.wav", "good.wav", "header" },
    { "export --onnx no/out.onnx " CLI_MODEL, "no/out.onnx", "No such file" },
    { "export --onnx folder.onnx " CLI_MODEL, "folder.onnx", "directory" },
  };

  (void)state;
  assert_int_equal(mkdir("folder.onnx", 0777), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_expect(1, rows[i].line);
    if (!is_sentence(process.err, rows[i].names, rows[i].reason)) {
      fail_msg("%s: %s", rows[i].line, process.err);
    }
    process_free(&process);
    assert_int_equal(access(OUT, F_OK), -1);
  }
}

static void
a_full_disk_leaves_what_was_there(void** const state)
{
  static const struct rlimit small = { 100U, RLIM_INFINITY };
  static const struct rlimit large = { RLIM_INFINITY, RLIM_INFINITY };

  (void)state;
  TmbModel*  model = NULL;
  TmbMessage why   = { "" };
  bytes_save("old", 3U, OUT);
  assert_int_equal(tmb_model_load(CLI_MODEL, &model, &why), TMB_OK);
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  const TmbStatus status = tmb_onnx_write(OUT, model, &why);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &large), 0);
  assert_int_equal(status, TMB_WRITE_FAILED);
  assert_non_null(strstr(why.text, OUT));

  Bytes bytes = bytes_load(OUT);
  assert_int_equal(bytes.n, 3U);
  bytes_free(&bytes);
  const Folder here = { "." };
  assert_int_equal(folder_count(&here), 3U); // The model, the sound, this
  tmb_model_free(model);
}

static void
wrong_usage_is_told(void** const state)
{
  static const struct {
    const char* line;
    const char* reason;
  } rows[] = {
    { "export", "--onnx" },
    { "export " CLI_MODEL, "--onnx" },
    { "export --onnx", "--onnx needs a value" },
    { "export --onnx out.onnx", "which model" },
    { "export --onnx out.onnx a b", "which model" },
    { "export --onnx " CLI_MODEL " " CLI_MODEL, "ends in .onnx" },
    { "export --onnx .onnx " CLI_MODEL, "ends in .onnx" },
    { "export --tflite x " CLI_MODEL, "unknown option --tflite" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_expect(2, rows[i].line);
    if (!is_sentence(process.err, "timbrel export", rows[i].reason)) {
      fail_msg("%s: %s", rows[i].line, process.err);
    }
    process_free(&process);
  }
  Process help = cli_expect(0, "export --help");
  assert_non_null(strstr(help.out, "--onnx FILE"));
  process_free(&help);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(the_network_is_a_graph_from_features_to_posterior),
    TEST(convolutions_have_weights_as_onnx_wants_them),
    TEST(as_many_layers_as_can_be_have_room),
    TEST(each_failed_allocation_is_reported),
    TEST(the_strings_of_the_model_are_taken_along),
    TEST(the_deepest_model_of_external_features_is_written),
    TEST(the_same_model_gives_the_same_bytes),
    TEST(what_can_t_be_exported_is_told_and_leaves_nothing),
    TEST(a_full_disk_leaves_what_was_there),
    TEST(wrong_usage_is_told),
  };
  return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
