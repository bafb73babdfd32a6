// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_file.h"
#include "tests/support/model_parts.h"
#include "trainer/model_writer.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void
format_2_is_read(void** const state)
{
  (void)state;
  TestConvModel exact;
  TmbModel*     model = NULL;
  TmbMessage    why   = { "" };
  test_conv_model_init(&exact);
  assert_int_equal(tmb_model_load(CONV_MODEL_FILE, &model, &why), TMB_OK);

  const TmbNet* const net = tmb_model_net(model);
  assert_int_equal(net->n_layers, exact.net.n_layers);
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    const TmbLayer* const layer    = &net->layers[i];
    const TmbLayer* const expected = &exact.net.layers[i];
    assert_int_equal(layer->kind, expected->kind);
    assert_int_equal(layer->activation, expected->activation);
    assert_int_equal(layer->n_in, expected->n_in);
    assert_int_equal(layer->n_out, expected->n_out);
    assert_int_equal(layer->in_channels, expected->in_channels);
    assert_int_equal(layer->out_channels, expected->out_channels);
    assert_int_equal(layer->width, expected->width);
  }

  // Bit for bit
  const TmbLayer* const layers = net->layers;
  assert_memory_equal(layers[0].weight, exact.table, sizeof(exact.table));
  assert_memory_equal(layers[1].weight, exact.weight0, sizeof(exact.weight0));
  assert_memory_equal(layers[1].bias, exact.bias0, sizeof(exact.bias0));
  assert_memory_equal(layers[3].weight, exact.weight1, sizeof(exact.weight1));
  assert_memory_equal(layers[4].bias, exact.bias2, sizeof(exact.bias2));
  assert_null(layers[0].bias);
  assert_null(layers[2].weight);
  assert_int_equal(net->n_temperatures, 2U);
  assert_true(net->temperatures[0] == exact.net.temperatures[0]);
  assert_true(net->temperatures[1] == exact.net.temperatures[1]);
  tmb_model_free(model);
}

static void
what_is_none_of_the_classes_is_an_output_but_no_class(void** const state)
{
  (void)state;
  TmbModel*  model = NULL;
  TmbMessage why   = { "" };
  assert_int_equal(tmb_model_load(MODEL_FILE, &model, &why), TMB_OK);
  assert_int_equal(tmb_model_n_classes(model), TEST_CLASSES);
  assert_int_equal(tmb_model_n_outputs(model), TEST_CLASSES);
  tmb_model_free(model);

  assert_int_equal(tmb_model_load(CONV_MODEL_FILE, &model, &why), TMB_OK);
  assert_int_equal(tmb_model_n_classes(model), TEST_CLASSES);
  assert_int_equal(tmb_model_n_outputs(model), TEST_OUTPUTS);
  assert_true(tmb_class_is_unknown(tmb_model_class(model, TEST_CLASSES)));
  assert_int_equal(tmb_model_families(model)->n_classes, TEST_CLASSES);
  tmb_model_free(model);
}

static void
what_is_wrong_with_the_layers_is_told(void** const state)
{
  (void)state;
  // clang-format off
  static const struct {
    const char* label;
    const char* from; ///< In the header of a good file
    const char* to;
    const char* reason;
  } rows[] = {
    {"format 1", "\"timbrel.format\":\"2\"", "\"timbrel.format\":\"1\"",
     "class 3 is \"unknown\""},
    {"no type", "\\\"type\\\":\\\"pool\\\"", "\\\"kind\\\":\\\"pool\\\"",
     "a layer is of the type null, unknown in format 2"},
    {"unknown type", "\\\"pool\\\"", "\\\"mean\\\"",
     "a layer is of the type mean, unknown in format 2"},
    {"activation of a pool", "\\\"width\\\":2",
     "\\\"width\\\":2,\\\"activation\\\":\\\"relu\\\"",
     "a layer of timbrel.network: "},
    {"conv without a width", "\\\"width\\\":3,", "",
     "a layer of timbrel.network: Object item not found: width"},
    {"even width", "\\\"width\\\":3", "\\\"width\\\":4",
     "the width of a layer of type conv is out of range"},
    {"width of zero", "\\\"width\\\":3", "\\\"width\\\":0",
     "the width of a layer of type conv is out of range"},
    {"negative width", "\\\"width\\\":3", "\\\"width\\\":-3",
     "the width of a layer of type conv is out of range"},
    {"width beyond the limit", "\\\"width\\\":3", "\\\"width\\\":65",
     "the width of a layer of type conv is out of range"},
    {"width beyond 32 bits", "\\\"width\\\":3", "\\\"width\\\":4294967299",
     "the width of a layer of type conv is out of range"},
    {"width of another tensor", "\\\"width\\\":3", "\\\"width\\\":5",
     "the tensor layer.1.weight has 3 taps, not 5"},
    {"pool of nothing", "\\\"width\\\":2", "\\\"width\\\":0",
     "the width of a layer of type pool is out of range"},
    {"pool of all and more", "\\\"width\\\":2", "\\\"width\\\":5",
     "a pool layer is 5 wide, but a channel has 4 values"},
    {"pool beyond the limit", "\\\"width\\\":2", "\\\"width\\\":16385",
     "the width of a layer of type pool is out of range"},
    {"no coefficients", "\\\"coefficients\\\":4", "\\\"coefficients\\\":0",
     "the width of a layer of type idct is out of range"},
    {"more coefficients than bands can be", "\\\"coefficients\\\":4",
     "\\\"coefficients\\\":257", "the width of a layer of type idct is out of range"},
    {"coefficients that do not divide", "\\\"coefficients\\\":4",
     "\\\"coefficients\\\":5",
     "13 inputs are not 5 coefficients a channel and a value"},
    {"more coefficients than inputs", "\\\"coefficients\\\":4",
     "\\\"coefficients\\\":13",
     "13 inputs are not 13 coefficients a channel and a value"},
    {"idct again",
     "{\\\"type\\\":\\\"pool\\\",\\\"width\\\":2}",
     "{\\\"type\\\":\\\"idct\\\",\\\"coefficients\\\":4}",
     "an idct layer can only be the first"},
    {"conv behind dense",
     "{\\\"type\\\":\\\"dense\\\",\\\"activation\\\":\\\"tanh\\\"}",
     "{\\\"type\\\":\\\"dense\\\",\\\"activation\\\":\\\"tanh\\\"},{\\\"type\\\":\\\"pool\\\",\\\"width\\\":2}",
     "behind a dense layer there can only be dense layers"},
    {"ends with a pool",
     "{\\\"type\\\":\\\"dense\\\",\\\"activation\\\":\\\"tanh\\\"},{\\\"type\\\":\\\"dense\\\",\\\"activation\\\":\\\"identity\\\"}",
     "{\\\"type\\\":\\\"pool\\\",\\\"width\\\":2}",
     "the last layer is not dense"},
    {"weights of no channels", "[5,4,3]", "[15,4]",
     "the tensor layer.1.weight has 2 dimensions, not 3"},
    {"weights of other channels", "[5,4,3]", "[4,5,3]",
     "the tensor layer.1.weight takes 5 channels, but the layer before gives 4"},
    {"weights of a lying width", "[5,4,3]", "[5,3,4]",
     "the tensor layer.1.weight has 4 taps, not 3"},
    {"bias of other channels", "[5,4,3]", "[20,1,3]",
     "the tensor layer.1.weight takes 1 channels"},
    {"dense behind another pool", "\\\"width\\\":2", "\\\"width\\\":4",
     "the tensor layer.3.weight takes 10 values, but the layer before gives 5"},
    {"weights of a pool", "\"layer.1.bias\"", "\"layer.2.bias\"",
     "the tensor layer.1.bias is missing"},
    {"unknown with a program",
     "\\\"unknown\\\",\\\"program\\\":-1", "\\\"unknown\\\",\\\"program\\\":1",
     "class 3 is \"unknown\""},
    {"unknown with a family",
     "\\\"unknown\\\",\\\"program\\\":-1,\\\"family\\\":\\\"\\\"",
     "\\\"unknown\\\",\\\"program\\\":-1,\\\"family\\\":\\\"noise\\\"",
     "class 3 is \"unknown\""},
    {"temperatures for no ages", "\"timbrel.front_end\"", "\"x\"",
     "there are 2 temperatures, not one or one an age"},
    {"more ages than temperatures",
     "{\\\"ms\\\":40", "{\\\"ms\\\":30,\\\"n_frames\\\":3},{\\\"ms\\\":40",
     "there are 2 temperatures, not one or one an age"},
  };
  // clang-format on
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Bytes file =
      edit_header(CONV_MODEL_FILE, rows[r].label, rows[r].from, rows[r].to, 0U);
    refuse_model(&file, TMB_BAD_FILE, rows[r].label, rows[r].reason);
  }
}

static void
several_views_have_tables_in_the_file(void** const state)
{
  (void)state;
  enum { N = TEST_COEFFS * TEST_COEFFS };
  static const struct {
    const char* label;
    const char* from; ///< In the header of a good file
    const char* to;
    const char* reason;
  } rows[] = {
    { "no view", "\\\"views\\\":2", "\\\"views\\\":0", "out of range" },
    { "views below 0", "\\\"views\\\":2", "\\\"views\\\":-2", "out of range" },
    { "more than can be",
      "\\\"views\\\":2",
      "\\\"views\\\":9",
      "the width of a layer of type idct is out of range" },
    { "a table for none",
      "\\\"views\\\":2",
      "\\\"views\\\":1",
      "the tensor layer.0.weight has no place in the network" },
    { "a table is missing",
      "\\\"views\\\":2",
      "\\\"views\\\":3",
      "the tensor layer.0.weight is not 3 tables of 4 x 4" },
    { "views of a pool",
      "\\\"width\\\":2",
      "\\\"width\\\":2,\\\"views\\\":2",
      "a layer of timbrel.network: " },
    { "flat tables",
      "[2,4,4]",
      "[2,16]",
      "the tensor layer.0.weight has 2 dimensions, not 3" },
    { "other tables",
      "[2,4,4]",
      "[4,2,4]",
      "the tensor layer.0.weight is not 2 tables of 4 x 4" },
  };
  const Folder  folder = folder_new();
  TestConvModel exact;
  float         tables[2U * N];
  TmbModel*     model = NULL;
  TmbMessage    why   = { "" };
  test_conv_model_init(&exact);
  for (uint32_t i = 0U; i < 2U * N; ++i) {
    tables[i] = 0.25f * (float)i;
  }
  exact.net.layers[0].weight  = tables;
  exact.net.layers[0].n_views = 2U;
  const char* const path      = folder_file(&folder, "views");
  assert_int_equal(tmb_model_write(path, &exact.parts, &why), TMB_OK);
  assert_int_equal(tmb_model_load(path, &model, &why), TMB_OK);
  const TmbLayer* const idct = tmb_model_net(model)->layers;
  assert_int_equal(idct->n_views, 2U);
  assert_memory_equal(idct->weight, tables, sizeof(tables));
  tmb_model_free(model);

  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Bytes file = edit_header(path, rows[r].label, rows[r].from, rows[r].to, 0U);
    refuse_model(&file, TMB_BAD_FILE, rows[r].label, rows[r].reason);
  }
  folder_remove(&folder);
}

static void
what_is_none_of_the_classes_comes_last_and_not_alone(void** const state)
{
  (void)state;
#define CLASSES "\"timbrel.classes\":\"["
#define VIOLIN                                                      \
  "{\\\"name\\\":\\\"violin\\\",\\\"program\\\":40,\\\"family\\\":" \
  "\\\"strings\\\"}"
#define UNKNOWN \
  "{\\\"name\\\":\\\"unknown\\\",\\\"program\\\":-1,\\\"family\\\":\\\"\\\"}"
  static const struct {
    const char* label;
    const char* classes;
  } rows[] = {
    { "first", CLASSES UNKNOWN },
    { "alone", CLASSES UNKNOWN "]\",\"x\":\"[" },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    char to[256];
    (void)snprintf(
      to, sizeof(to), "\"timbrel.format\":\"2\",%s", rows[r].classes);
    Bytes file = edit_header(MODEL_FILE,
                             rows[r].label,
                             "\"timbrel.format\":\"1\"," CLASSES VIOLIN,
                             to,
                             0U);
    refuse_model(&file, TMB_BAD_FILE, rows[r].label, "class 0 is \"unknown\"");
  }
}

static void
temperatures_that_can_not_be_are_refused(void** const state)
{
  (void)state;
  static const float values[] = { 0.0f, -1.0f, INFINITY, NAN };
  for (size_t i = 0U; i < sizeof(values) / sizeof(values[0]); ++i) {
    Bytes file = bytes_load(CONV_MODEL_FILE);
    memcpy(file.bytes + file.n - sizeof(float), &values[i], sizeof(float));
    refuse_model(&file,
                 TMB_BAD_FILE,
                 "the second temperature",
                 "the temperature is no number above zero");
  }
}

/// Weights of a network that is larger than test_conv_model_init() has it.
static float many[TMB_MAX_LIVE_WORK];

/// A model of features of any meaning: these layers, and behind them a dense
/// one.
static void
init_layers(TestConvModel* const  model,
            const TmbLayer* const layers,
            const uint32_t        n_layers)
{
  const TmbLayer* const last = &layers[n_layers - 1U];
  test_conv_model_init(model);
  model->parts.front_end    = NULL;
  model->net.n_temperatures = 1U;
  model->net.mean           = many;
  model->net.scale          = many;
  model->net.n_layers       = n_layers + 1U;
  memcpy(model->net.layers, layers, n_layers * sizeof(*layers));
  model->net.layers[n_layers] = (TmbLayer)TEST_DENSE(
    last->n_out, TEST_OUTPUTS, TMB_IDENTITY, many, model->bias2);
}

static void
any_layer_can_come_first(void** const state)
{
  (void)state;
  const TmbLayer rows[] = {
    TEST_CONV(2U, 6U, 3U, 4U, many, many),
    TEST_CONV(1U, 12U, 7U, 3U, many, many),
    TEST_CONV(12U, 1U, 1U, 2U, many, many),
    TEST_POOL(1U, 12U, 5U),
    TEST_IDCT(2U, 6U, NULL),
  };
  const Folder folder = folder_new();
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TestConvModel exact;
    TmbModel*     model = NULL;
    TmbMessage    why   = { "" };
    init_layers(&exact, &rows[r], 1U);
    if (tmb_model_write(folder_file(&folder, "model"), &exact.parts, &why) ||
        tmb_model_load(folder_file(&folder, "model"), &model, &why)) {
      fail_msg("row %zu: %s", r, why.text);
    }
    const TmbLayer* const layer = &tmb_model_net(model)->layers[0];
    assert_int_equal(layer->n_in, rows[r].n_in);
    assert_int_equal(layer->n_out, rows[r].n_out);
    assert_int_equal(layer->in_channels, rows[r].in_channels);
    assert_int_equal(layer->out_channels, rows[r].out_channels);
    tmb_model_free(model);
  }
  folder_remove(&folder);
}

static void
what_does_not_fit_is_told(void** const state)
{
  (void)state;
  const struct {
    const char* label;
    TmbLayer    layer;
    const char* reason;
  } rows[] = {
    { "channels that do not divide the inputs",
      { .kind         = TMB_CONV,
        .n_in         = 13U,
        .n_out        = 6U,
        .in_channels  = 2U,
        .out_channels = 1U,
        .width        = 1U,
        .weight       = many,
        .bias         = many },
      "the tensor layer.0.weight takes 2 channels, but the tensor mean has "
      "13" },
    { "too many outputs",
      TEST_CONV(1U, 1000U, 1U, 17U, many, many),
      "layer 0 has more than 16384 outputs" },
    { "one channel more than can be",
      TEST_CONV(1U, 1U, 1U, TMB_MAX_WIDTH + 1U, many, many),
      "the tensor layer.0.weight is wider than 16384" },
    { "too many inputs",
      TEST_POOL(1U, TMB_MAX_WIDTH + 1U, 5U),
      "the tensor mean is wider than 16384" },
  };
  const Folder folder = folder_new();
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TestConvModel model;
    TmbMessage    why = { "" };
    init_layers(&model, &rows[r].layer, 1U);
    assert_int_equal(
      tmb_model_write(folder_file(&folder, "model"), &model.parts, &why),
      TMB_WRITE_FAILED);
    if (!strstr(why.text, rows[r].reason)) {
      fail_msg("%s: \"%s\"", rows[r].label, why.text);
    }
  }
  assert_int_equal(folder_count(&folder), 0U);
  folder_remove(&folder);
}

static void
a_live_network_takes_bounded_time(void** const state)
{
  (void)state;
  TmbFrontEnd    front_end  = tmb_default_front_end;
  const uint32_t n_coeffs   = 40U;
  const uint32_t n_segments = front_end.n_segments;
  const uint32_t n_channels = n_segments + 1U;
  const uint32_t n_outputs  = 400U;
  const uint32_t n_wide     = 512U;
  const struct {
    const char* label;
    TmbLayer    layers[4];
    uint32_t    n_layers;
    bool        has_many_products;
  } rows[] = {
    { "few weights, but many places to use them at",
      { TEST_IDCT(n_segments, n_coeffs, NULL),
        TEST_CONV(n_channels, n_coeffs, 21U, n_outputs, many, many),
        TEST_POOL(n_outputs, n_coeffs, n_coeffs) },
      3U,
      true },
    { "one place, but a block of them is made",
      { TEST_IDCT(n_segments, n_coeffs, NULL),
        TEST_POOL(n_channels, n_coeffs, n_coeffs),
        TEST_CONV(n_channels, 1U, 1U, n_wide, many, many),
        TEST_CONV(n_wide, 1U, 1U, n_wide, many, many) },
      4U,
      false },
  };
  const Folder folder = folder_new();
  front_end.n_coeffs  = n_coeffs;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TestConvModel model;
    TmbMessage    why = { "" };
    print_message("%s\n", rows[r].label);
    init_layers(&model, rows[r].layers, rows[r].n_layers);
    assert_int_equal(tmb_net_products(&model.net) > TMB_MAX_LIVE_WORK,
                     rows[r].has_many_products);
    assert_int_equal(
      tmb_model_write(folder_file(&folder, "model"), &model.parts, &why),
      TMB_OK);

    model.parts.front_end = &front_end;
    assert_int_equal(
      tmb_model_write(folder_file(&folder, "model"), &model.parts, &why),
      TMB_WRITE_FAILED);
    assert_non_null(strstr(why.text, "more than 4194304 multiplications"));
  }
  folder_remove(&folder);
}

static void
each_failed_allocation_is_reported(void** const state)
{
  (void)state;
  TmbStatus status = TMB_NO_MEMORY;
  for (size_t n = 0U; status; ++n) {
    TmbModel*  model = NULL;
    TmbMessage why   = { "" };
    alloc_fail_from(n);
    status            = tmb_model_load(CONV_MODEL_FILE, &model, &why);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(model != NULL, !failed);
    tmb_model_free(model);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(format_2_is_read),
    cmocka_unit_test(what_is_none_of_the_classes_is_an_output_but_no_class),
    cmocka_unit_test(what_is_wrong_with_the_layers_is_told),
    cmocka_unit_test(several_views_have_tables_in_the_file),
    cmocka_unit_test(what_is_none_of_the_classes_comes_last_and_not_alone),
    cmocka_unit_test(temperatures_that_can_not_be_are_refused),
    cmocka_unit_test(any_layer_can_come_first),
    cmocka_unit_test(what_does_not_fit_is_told),
    cmocka_unit_test(a_live_network_takes_bounded_time),
    cmocka_unit_test(each_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("model_layers", tests, NULL, NULL);
}
