// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_file.h"
#include "tests/support/model_parts.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static void
format_1_is_read(void** const state)
{
  (void)state;
  TestModel  exact;
  TmbModel*  model = NULL;
  TmbMessage why   = { "" };
  test_model_init(&exact);
  assert_int_equal(tmb_model_load(MODEL_FILE, &model, &why), TMB_OK);

  assert_int_equal(tmb_model_n_classes(model), TEST_CLASSES);
  for (uint32_t i = 0U; i < TEST_CLASSES; ++i) {
    const TmbClass* const c = tmb_model_class(model, i);
    assert_string_equal(c->name, test_classes[i].name);
    assert_string_equal(c->family, test_classes[i].family);
    assert_int_equal(c->program, test_classes[i].program);
  }

  const TmbFrontEnd* const front_end = tmb_model_front_end(model);
  assert_non_null(front_end);
  assert_true(front_end->rate_hz == test_front_end.rate_hz);
  assert_true(front_end->window_s == test_front_end.window_s);
  assert_true(front_end->hop_s == test_front_end.hop_s);
  assert_int_equal(front_end->n_bands, test_front_end.n_bands);
  assert_true(front_end->fmin_hz == test_front_end.fmin_hz);
  assert_true(front_end->fmax_hz == test_front_end.fmax_hz);
  assert_int_equal(front_end->scale, test_front_end.scale);
  assert_int_equal(front_end->norm, test_front_end.norm);
  assert_int_equal(front_end->n_coeffs, test_front_end.n_coeffs);
  assert_true(front_end->floor_db == test_front_end.floor_db);
  assert_int_equal(front_end->n_before, test_front_end.n_before);
  assert_int_equal(front_end->n_segments, test_front_end.n_segments);
  assert_memory_equal(
    front_end->edges, test_front_end.edges, 4U * sizeof(uint32_t));
  assert_int_equal(front_end->n_ages, test_front_end.n_ages);
  assert_memory_equal(
    front_end->ages, test_front_end.ages, 2U * sizeof(TmbAge));

  // Bit for bit: all numbers in the file are as they were
  const TmbNet* const net = tmb_model_net(model);
  assert_int_equal(net->n_layers, 2U);
  assert_int_equal(net->layers[0].activation, TMB_SIGMOID);
  assert_int_equal(net->layers[1].activation, TMB_IDENTITY);
  assert_memory_equal(net->mean, exact.mean, sizeof(exact.mean));
  assert_memory_equal(net->scale, exact.scale, sizeof(exact.scale));
  assert_memory_equal(
    net->layers[0].weight, exact.weight0, sizeof(exact.weight0));
  assert_memory_equal(net->layers[0].bias, exact.bias0, sizeof(exact.bias0));
  assert_memory_equal(
    net->layers[1].weight, exact.weight1, sizeof(exact.weight1));
  assert_memory_equal(net->layers[1].bias, exact.bias1, sizeof(exact.bias1));
  assert_true(net->temperatures[0] == exact.net.temperatures[0]);

  assert_string_equal(tmb_model_metadata(model, TMB_KEY_LICENCE), "CC0-1.0");
  assert_null(tmb_model_metadata(model, TMB_KEY_DATE));
  tmb_model_free(model);
}

static void
what_a_file_may_vary_is_accepted(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    const char* from;
    const char* to;
  } rows[] = {
    { "spaces between the tokens", "\"mean\":{", "\"mean\" :\n {" },
    { "another order of tensors",
      "\"mean\":{\"dtype\":\"F32\",\"shape\":[13],\"data_offsets\":[0,52]},"
      "\"scale\":{\"dtype\":\"F32\",\"shape\":[13],\"data_offsets\":[52,104]}",
      "\"scale\":{\"dtype\":\"F32\",\"shape\":[13],\"data_offsets\":[52,104]},"
      "\"mean\":{\"dtype\":\"F32\",\"shape\":[13],\"data_offsets\":[0,52]}" },
    { "another order of data",
      "[0,52]},\"scale\":{\"dtype\":\"F32\",\"shape\":[13],\"data_offsets\":["
      "52,"
      "104]",
      "[52,104]},\"scale\":{\"dtype\":\"F32\",\"shape\":[13],\"data_offsets\":["
      "0,52]" },
    { "metadata of others",
      "{\"timbrel.format\"",
      "{\"x\":\"y\",\"timbrel.format\"" },
    { "external features", "\"timbrel.front_end\"", "\"front_end\"" },
    { "whole numbers for real ones", "32000.0", "32000" },
    { "no program", "\\\"program\\\":40", "\\\"program\\\":-1" },
    { "tanh", "\\\"sigmoid\\\"", "\\\"tanh\\\"" },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Bytes file =
      edit_header(MODEL_FILE, rows[r].label, rows[r].from, rows[r].to, 0U);
    accept_model(&file, rows[r].label);
  }
}

static void
what_is_wrong_with_the_content_is_told(void** const state)
{
  (void)state;
  // clang-format off
  static const struct {
    const char* label;
    const char* from; ///< In the header of a good file
    const char* to;
    size_t      n_extra; ///< Bytes added to the data
    const char* reason;
  } rows[] = {
    {"three dimensions", "[5,13]", "[5,13,1]", 0U,
     "the tensor layer.0.weight has 3 dimensions, not 2"},
    {"no dimension", "\"shape\":[1]", "\"shape\":[]", 0U,
     "the tensor temperature has 0 dimensions, not 1"},
    {"unknown tensor", "\"temperature\":{",
     "\"extra\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[460,464]},\"temperature\":{",
     4U, "the tensor extra has no place in the network"},
    {"tensor missing", "\"temperature\":{", "\"heat\":{", 0U,
     "the tensor temperature is missing"},
    {"bias of another layer", "\"layer.1.bias\"", "\"layer.2.bias\"", 0U,
     "the tensor layer.1.bias is missing"},
    {"weight not transposed", "[5,13]", "[13,5]", 0U,
     "the tensor layer.0.weight takes 5 values, but the tensor mean has 13"},
    {"bias of another size", "\"shape\":[5]", "\"shape\":[5,1]", 0U,
     "the tensor layer.0.bias has 2 dimensions, not 1"},
    {"layers do not fit", "[3,5]", "[5,3]", 0U,
     "the tensor layer.1.weight takes 3 values, but the layer before gives 5"},
    {"no metadata", "\"__metadata__\"", "\"metadata\"", 0U,
     "the header lacks __metadata__"},
    {"metadata are a list", "{\"__metadata__\":{",
     "{\"__metadata__\":[],\"x\":{", 0U, "the header lacks __metadata__"},
    {"metadata are numbers", "\"timbrel.format\":\"1\"",
     "\"timbrel.format\":1", 0U, "the metadata's timbrel.format is no string"},
    {"another program's file", "\"timbrel.format\"", "\"format\"", 0U,
     "the metadata lack a valid timbrel.format"},
    {"format in words", "\"timbrel.format\":\"1\"",
     "\"timbrel.format\":\"one\"", 0U,
     "the metadata lack a valid timbrel.format"},
    {"format negative", "\"timbrel.format\":\"1\"",
     "\"timbrel.format\":\"-1\"", 0U,
     "the metadata lack a valid timbrel.format"},
    {"format 2 and 2^32", "\"timbrel.format\":\"1\"",
     "\"timbrel.format\":\"4294967298\"", 0U,
     "the metadata lack a valid timbrel.format"},
    {"format zero", "\"timbrel.format\":\"1\"", "\"timbrel.format\":\"0\"",
     0U, "timbrel.format is less than 1"},
    {"no classes", "\"timbrel.classes\"", "\"classes\"", 0U,
     "the metadata lack timbrel.classes"},
    {"classes are no JSON", "\"timbrel.classes\":\"[",
     "\"timbrel.classes\":\"(", 0U, "timbrel.classes is no JSON"},
    {"empty list of classes", "\"timbrel.classes\":\"[{",
     "\"timbrel.classes\":\"[]\",\"x\":\"[{", 0U,
     "timbrel.classes is no list of 1 to 1024 classes"},
    {"classes are an object", "\"timbrel.classes\":\"[{",
     "\"timbrel.classes\":\"{}\",\"x\":\"[{", 0U,
     "timbrel.classes is no list of 1 to 1024 classes"},
    {"class too few",
     "{\\\"name\\\":\\\"violin\\\",\\\"program\\\":40,\\\"family\\\":\\\"strings\\\"},",
     "", 0U, "the network has 3 outputs for 2 classes"},
    {"class is a string",
     "[{\\\"name\\\":\\\"violin\\\",\\\"program\\\":40,\\\"family\\\":\\\"strings\\\"}",
     "[\\\"violin\\\"", 0U, "a class of timbrel.classes: "},
    {"no program", "\\\"program\\\":40,", "", 0U,
     "a class of timbrel.classes: Object item not found: program"},
    {"word for a program", "\\\"program\\\":40", "\\\"program\\\":\\\"40\\\"",
     0U, "a class of timbrel.classes: "},
    {"program too large", "\\\"program\\\":40", "\\\"program\\\":128", 0U,
     "the program of the class violin is not -1 to 127"},
    {"program too small", "\\\"program\\\":40", "\\\"program\\\":-2", 0U,
     "the program of the class violin is not -1 to 127"},
    {"program beyond 32 bits", "\\\"program\\\":40",
     "\\\"program\\\":4294967336", 0U,
     "the program of the class violin is not -1 to 127"},
    {"unknown key in a class", "\\\"program\\\":40",
     "\\\"pitch\\\":1,\\\"program\\\":40", 0U, "a class of timbrel.classes: "},
    {"class twice", "\\\"name\\\":\\\"percussion\\\"",
     "\\\"name\\\":\\\"violin\\\"", 0U, "the class violin stands there twice"},
    {"no name", "\\\"name\\\":\\\"violin\\\"", "\\\"name\\\":\\\"\\\"", 0U,
     "the name or family of class 0 is empty"},
    {"reserved name", "\\\"name\\\":\\\"violin\\\"",
     "\\\"name\\\":\\\"unknown\\\"", 0U, "class 0 is \"unknown\""},
    {"name steers the terminal", "\\\"name\\\":\\\"violin\\\"",
     "\\\"name\\\":\\\"\\\\u001b[2J\\\"", 0U,
     "the name or family of class 0 is empty, longer than 47 bytes or not"},
    {"name too long", "\\\"name\\\":\\\"violin\\\"",
     "\\\"name\\\":\\\"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\\\"",
     0U,
     "the name or family of class 0 is empty, longer than 47 bytes"},
    {"family too long", "\\\"family\\\":\\\"strings\\\"",
     "\\\"family\\\":\\\"ffffffffffffffffffffffffffffffffffffffffffffffff\\\"",
     0U, "the name or family of class 0"},
    {"front end is a list", "\"timbrel.front_end\":\"{",
     "\"timbrel.front_end\":\"[]\",\"x\":\"{", 0U, "timbrel.front_end: "},
    {"front end lacks a field", "\\\"hop_s\\\":0.01,", "", 0U,
     "timbrel.front_end: Object item not found: hop_s"},
    {"front end has an unknown field", "\\\"hop_s\\\":0.01,",
     "\\\"hop_s\\\":0.01,\\\"lifter\\\":22,", 0U,
     "timbrel.front_end: 1 object item(s) left unpacked: lifter"},
    {"unknown scale", "slaney", "bark", 0U,
     "scale in timbrel.front_end is unknown: bark"},
    {"unknown norm", "\\\"area\\\"", "\\\"sum\\\"", 0U,
     "norm in timbrel.front_end is unknown: sum"},
    {"negative count", "\\\"n_bands\\\":8", "\\\"n_bands\\\":-8", 0U,
     "a count in timbrel.front_end is out of range"},
    {"count beyond 32 bits", "\\\"n_bands\\\":8",
     "\\\"n_bands\\\":4294967304", 0U,
     "a count in timbrel.front_end is out of range"},
    {"bands beyond the limit", "\\\"n_bands\\\":8", "\\\"n_bands\\\":257", 0U,
     "the bands or coefficients are"},
    {"hop of zero", "\\\"hop_s\\\":0.01", "\\\"hop_s\\\":0", 0U,
     "the rate, window or hop is out of range"},
    {"window of a minute", "\\\"window_s\\\":0.033333333333333333",
     "\\\"window_s\\\":60", 0U, "the rate, window or hop is out of range"},
    {"edges are a number", "[0,2,4,8]", "8", 0U,
     "edges in timbrel.front_end is no list of 2 to 33 numbers"},
    {"too many edges", "[0,2,4,8]",
     "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33]",
     0U, "edges in timbrel.front_end is no list of 2 to 33 numbers"},
    {"edges fall", "[0,2,4,8]", "[0,4,2,8]", 0U,
     "the note's segments are out of order"},
    {"negative edge", "[0,2,4,8]", "[0,2,4,-8]", 0U,
     "an edge in timbrel.front_end is no whole number"},
    {"edge beyond the limit", "[0,2,4,8]", "[0,2,4,257]", 0U,
     "the note's segments are out of order"},
    {"no ages",
     "[{\\\"ms\\\":40,\\\"n_frames\\\":4},{\\\"ms\\\":80,\\\"n_frames\\\":8}]",
     "[]", 0U, "ages in timbrel.front_end is no list of 1 to 8 ages"},
    {"too many ages", "[{\\\"ms\\\":40", "[0,0,0,0,0,0,0,0,{\\\"ms\\\":40",
     0U, "ages in timbrel.front_end is no list of 1 to 8 ages"},
    {"age without frames", "\\\"ms\\\":40,\\\"n_frames\\\":4",
     "\\\"ms\\\":40", 0U, "an age in timbrel.front_end: "},
    {"negative age", "\\\"ms\\\":40", "\\\"ms\\\":-40", 0U,
     "an age in timbrel.front_end is out of range"},
    {"ages fall", "\\\"ms\\\":40", "\\\"ms\\\":400", 0U,
     "the decision ages are out of order"},
    {"features do not fit", "\\\"n_coeffs\\\":4", "\\\"n_coeffs\\\":5", 0U,
     "the network takes 13 features, but the front end gives 16"},
    {"no network", "\"timbrel.network\"", "\"network\"", 0U,
     "the metadata lack timbrel.network"},
    {"empty network", "\"timbrel.network\":\"[{",
     "\"timbrel.network\":\"[]\",\"x\":\"[{", 0U,
     "timbrel.network is no list of 1 to 16 layers"},
    {"more layers than tensors",
     "{\\\"type\\\":\\\"dense\\\",\\\"activation\\\":\\\"sigmoid\\\"},",
     "{\\\"type\\\":\\\"dense\\\",\\\"activation\\\":\\\"relu\\\"},{\\\"type\\\":\\\"dense\\\",\\\"activation\\\":\\\"relu\\\"},",
     0U, "the tensor layer.2.weight is missing"},
    {"unknown layer", "\\\"dense\\\"", "\\\"conv\\\"", 0U,
     "a layer is of the type conv, unknown in format 1"},
    {"unknown activation", "\\\"sigmoid\\\"", "\\\"gelu\\\"", 0U,
     "a layer has the unknown activation gelu"},
    {"unknown key in a layer", "\\\"type\\\":\\\"dense\\\",",
     "\\\"type\\\":\\\"dense\\\",\\\"stride\\\":2,", 0U,
     "a layer of timbrel.network: "},
  };
  // clang-format on
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Bytes file = edit_header(
      MODEL_FILE, rows[r].label, rows[r].from, rows[r].to, rows[r].n_extra);
    refuse_model(&file, TMB_BAD_FILE, rows[r].label, rows[r].reason);
  }
}

static void
a_later_format_is_told_apart(void** const state)
{
  (void)state;
  // Its tensors may be anything, and must not be looked at
  Bytes file = edit_header(MODEL_FILE,
                           "format 3",
                           "\"timbrel.format\":\"1\"",
                           "\"timbrel.format\":\"3\"",
                           8U);
  refuse_model(&file,
               TMB_TOO_NEW,
               "format 3",
               "the model has format 3, but this program knows only up to 2");
}

static void
values_that_can_not_be_are_refused(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    size_t      index; ///< Among the file's values
    float       value;
    const char* reason;
  } rows[] = {
    { "mean not a number", 0U, NAN, "the tensor mean has a value that is not" },
    { "infinite scale", 25U, INFINITY, "the tensor scale has a value that" },
    { "infinite weight", 26U, -INFINITY, "the tensor layer.0.weight has a" },
    { "last bias not a number", 113U, NAN, "the tensor layer.1.bias has a" },
    { "no temperature", 114U, 0.0f, "the temperature is no number above zero" },
    { "negative temperature", 114U, -1.0f, "the temperature is no number" },
    { "infinite temperature", 114U, INFINITY, "the temperature is no number" },
    { "temperature not a number",
      114U,
      NAN,
      "the temperature is no number above" },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Bytes          file = bytes_load(MODEL_FILE);
    uint8_t* const data =
      file.bytes + LENGTH_BYTES + model_header_length(&file);
    memcpy(
      data + (rows[r].index * sizeof(float)), &rows[r].value, sizeof(float));
    refuse_model(&file, TMB_BAD_FILE, rows[r].label, rows[r].reason);
  }
}

static void
a_file_that_can_not_be_read_is_named(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  bytes_save("", 0U, folder_file(&folder, "empty"));
  bytes_save("not a model at all", 18U, folder_file(&folder, "text"));
  assert_int_equal(mkfifo(folder_file(&folder, "pipe"), 0600U), 0);

  static const struct {
    const char* name;
    TmbStatus   status;
    const char* reason;
  } rows[] = {
    { "missing", TMB_NO_FILE, "missing: No such file or directory" },
    { ".", TMB_NO_FILE, ".: this is not a regular file" },
    { "pipe", TMB_NO_FILE, "pipe: this is not a regular file" },
    { "empty", TMB_BAD_FILE, "empty: the file is empty" },
    { "text", TMB_BAD_FILE, "text: the header would end beyond the file" },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const char* const path   = folder_file(&folder, rows[r].name);
    TmbModel*         model  = NULL;
    TmbMessage        why    = { "" };
    const TmbStatus   status = tmb_model_load(path, &model, &why);
    if (status != rows[r].status || model ||
        !strstr(why.text, rows[r].reason) ||
        strncmp(why.text, path, strlen(path))) {
      fail_msg("%s: %d, \"%s\"", rows[r].name, (int)status, why.text);
    }
  }
  folder_remove(&folder);
}

static void
each_failed_allocation_is_reported(void** const state)
{
  (void)state;
  TmbStatus status   = TMB_NO_MEMORY;
  size_t    n_failed = 0U;
  while (status) {
    TmbModel*  model = NULL;
    TmbMessage why   = { "" };
    alloc_fail_from(n_failed);
    status            = tmb_model_load(MODEL_FILE, &model, &why);
    const bool failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(model != NULL, !failed);
    if (failed) {
      assert_non_null(strstr(why.text, "out of memory"));
    }
    tmb_model_free(model);
    n_failed += failed;
  }
  assert_int_equal(n_failed, 6U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(format_1_is_read),
    cmocka_unit_test(what_a_file_may_vary_is_accepted),
    cmocka_unit_test(what_is_wrong_with_the_content_is_told),
    cmocka_unit_test(a_later_format_is_told_apart),
    cmocka_unit_test(values_that_can_not_be_are_refused),
    cmocka_unit_test(a_file_that_can_not_be_read_is_named),
    cmocka_unit_test(each_failed_allocation_is_reported),
  };
  return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
