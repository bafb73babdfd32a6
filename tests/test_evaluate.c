// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel evaluate`, as it is called

#include "dsp/model.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_corpus.h"
#include "tests/support/toy_training.h"
#include "trainer/commands.h"
#include "trainer/corpus.h"
#include "trainer/coverage.h"
#include "trainer/model_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/// The row of `evaluate`'s table that begins with a name.
static const char*
find_row(const char* const text, const char* const name)
{
  const char* row = text;
  while (row && strncmp(row, name, strlen(name)) != 0) {
    row = strchr(row, '\n');
    row = row ? row + 1 : NULL;
  }
  return row ? row + strlen(name) : NULL;
}

/// Compare a row of a table with an object's numbers, null at the end.
static void
assert_row_is(const char* const        row,
              const json_t* const      object,
              const char* const* const keys)
{
  assert_non_null(row);
  const char* field = row;
  for (size_t i = 0U; keys[i]; ++i) {
    // What there is none of is 0 in the table
    const json_t* const number   = json_object_get(object, keys[i]);
    const double        expected = json_number_value(number);
    char*               next     = NULL;
    const double        value    = strtod(field, &next);
    assert_non_null(number);
    if (next == field || fabs(value - expected) > 0.00051) {
      fail_msg("%s is %g, not %g", keys[i], value, expected);
    }
    field = next;
  }
}

/// Compare a list of a document with the table's rows of these names.
static void
assert_table_is(const char* const        text,
                const json_t* const      list,
                const char* const* const keys)
{
  size_t  i   = 0U;
  json_t* row = NULL;
  assert_true(json_array_size(list) > 0U);
  json_array_foreach(list, i, row)
  {
    char name[64];
    (void)snprintf(name,
                   sizeof(name),
                   "%s ",
                   json_string_value(json_object_get(row, "name")));
    assert_row_is(find_row(text, name), row, keys);
  }
}

/// The numbers must agree with each other, too.
static void
assert_part_adds_up(const json_t* const part)
{
  static const char* const lists[] = {
    "by_class", "by_family", "by_source", "calibration"
  };

  for (size_t i = 0U; i < sizeof(lists) / sizeof(*lists); ++i) {
    size_t  j   = 0U;
    double  n   = 0.0;
    json_t* row = NULL;
    json_array_foreach(json_object_get(part, lists[i]), j, row)
    {
      n += toy_number(row, "examples");
    }
    assert_true(n == toy_number(part, "examples"));
  }

  json_int_t          n_right   = 0;
  const json_t* const confusion = json_object_get(part, "confusion");
  for (size_t i = 0U; i < TOY_N_CLASSES; ++i) {
    const json_t* const row = json_array_get(confusion, i);
    assert_int_equal(json_array_size(row), TOY_N_CLASSES);
    n_right += json_integer_value(json_array_get(row, i));
  }
  assert_true(fabs((double)n_right / toy_number(part, "examples") -
                   toy_number(part, "accuracy")) < 1e-5);
}

static void
evaluate_repeats_what_training_wrote(void** const state)
{
  static const char* const splits[] = { "recordings", "segments", "sources" };
  static const char* const keys[]   = {
      "notes",
      "notes_accuracy",
      "notes_top3",
      "log_loss",
      "expected_calibration_error",
      "cells",
      NULL,
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(splits) / sizeof(*splits); ++i) {
    const char* const options[]   = { "--split", splits[i], NULL };
    const char* const arguments[] = { "model", "toy", NULL };
    toy_train_well("toy", "model", options);
    json_t* const accuracy = toy_metadata("model", TMB_KEY_ACCURACY);
    Process       process  = toy_run("evaluate", arguments);
    assert_int_equal(process.status, TMB_EXIT_OK);
    assert_string_equal(process.err, "");
    assert_non_null(find_row(process.out, "all "));
    assert_row_is(find_row(process.out, "held out"),
                  json_object_get(accuracy, "held_out"),
                  keys);
    assert_non_null(strstr(process.out, splits[i]));
    process_free(&process);
    json_decref(accuracy);
  }
}

static void
the_document_has_the_numbers_that_are_printed(void** const state)
{
  static const char* const arguments[] = {
    "--json", "out.json", "model", "toy", NULL
  };
  // Of what was held out there are too few notes for cells
  static const char* const few[] = {
    "examples", "accuracy", "top3", "log_loss", "expected_calibration_error",
    NULL
  };
  static const char* const many[]     = { "examples",
                                          "accuracy",
                                          "top3",
                                          "log_loss",
                                          "expected_calibration_error",
                                          "cells",
                                          "cells_accuracy",
                                          "cells_family",
                                          "cells_top3",
                                          "recordings",
                                          "recordings_accuracy",
                                          NULL };
  static const char* const by_class[] = {
    "precision", "recall", "f1", "examples", NULL
  };
  static const char* const by_other[]    = { "accuracy", "examples", NULL };
  static const char* const by_age[]      = { "reached", "accuracy", NULL };
  static const char* const precise[]     = { "threshold", NULL };
  static const char* const by_coverage[] = {
    "threshold", "coverage", "accuracy", NULL
  };

  (void)state;
  bytes_save("old", 3U, "out.json");
  toy_train_well("toy", "model", NULL);
  Process process = toy_run("evaluate", arguments);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_string_equal(process.err, "");

  json_t* const       document = json_of_file("out.json");
  const json_t* const parts    = json_object_get(document, "parts");
  const json_t* const held_out = json_object_get(parts, "held_out");
  assert_row_is(
    find_row(process.out, "all "), json_object_get(parts, "all"), many);
  assert_row_is(find_row(process.out, "held out "), held_out, few);
  assert_part_adds_up(json_object_get(parts, "all"));
  assert_part_adds_up(held_out);
  assert_table_is(process.out, json_object_get(held_out, "by_class"), by_class);
  assert_null(strstr(process.out, "\nfamily")); // All are of one
  assert_table_is(
    process.out, json_object_get(held_out, "by_source"), by_other);

  // The age at which notes are named is one of those in the table
  const json_t* const aged =
    json_array_get(json_object_get(held_out, "by_age"), 3U);
  assert_true(toy_number(aged, "ms") == 250.0);
  assert_true(toy_number(aged, "log_loss") == toy_number(held_out, "log_loss"));
  assert_row_is(find_row(process.out, "250 "), aged, by_age);

  const json_t* const coverages = json_object_get(held_out, "coverage");
  assert_int_equal(json_array_size(coverages), TMB_N_COVERAGES);
  assert_row_is(
    find_row(process.out, "60 %"), json_array_get(coverages, 2U), by_coverage);
  assert_row_is(find_row(process.out, "default"),
                json_object_get(held_out, "named"),
                by_coverage);
  assert_row_is(
    find_row(process.out, "90 % of names are right from a confidence of"),
    json_object_get(held_out, "precise"),
    precise);

  const char* model = NULL;
  const char* data  = NULL;
  const char* unit  = NULL;
  const char* name  = NULL;
  const char* split = NULL;
  int         fold  = -1;
  assert_int_equal(json_unpack(document,
                               "{s:s, s:s, s:s, s:[{s:s}], s:{s:s, s:i}}",
                               "model",
                               &model,
                               "data",
                               &data,
                               "unit",
                               &unit,
                               "classes",
                               "name",
                               &name,
                               "held_out",
                               "split",
                               &split,
                               "fold",
                               &fold),
                   0);
  assert_string_equal(model, "model");
  assert_string_equal(data, "toy");
  assert_string_equal(unit, "notes");
  assert_string_equal(name, "noise");
  assert_string_equal(split, "recordings");
  assert_int_equal(fold, 0);
  json_decref(document);
  process_free(&process);
}

static void
a_document_that_can_not_be_written_leaves_the_old_one(void** const state)
{
  static const struct {
    const char* what;
    const char* path;
    rlim_t      limit; ///< Largest file that may be written
    const char* reason;
  } rows[] = {
    { "no folder", "nowhere/out.json", RLIM_INFINITY, "No such file" },
    { "a folder", "toy", RLIM_INFINITY, "it is read" },
    { "another folder", "listed", RLIM_INFINITY, "Is a directory" },
    { "the model", "model", RLIM_INFINITY, "it is read" },
    { "no room", "out.json", 2048U, "File too large" },
  };

  (void)state;
  toy_train_well("toy", "model", NULL);
  bytes_save("old", 3U, "out.json");
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const char* const arguments[] = {
      "--json", rows[i].path, "model", "toy", NULL
    };
    const struct rlimit limit = { rows[i].limit, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const Process process = toy_run("evaluate", arguments);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    toy_assert_refused(process, rows[i].what, rows[i].path, rows[i].reason);
  }

  Bytes bytes = bytes_load("out.json");
  assert_int_equal(bytes.n, 3U);
  assert_memory_equal(bytes.bytes, "old", 3U);
  bytes_free(&bytes);
}

static void
another_corpus_is_not_split(void** const state)
{
  static const char* const arguments[] = {
    "--skip-licence", "strange*", "--json", "out.json", "model", "listed", NULL
  };

  (void)state;
  toy_train_well("listed", "model", NULL);
  Process process = toy_run("evaluate", arguments);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_non_null(find_row(process.out, "all "));
  assert_null(find_row(process.out, "held out"));
  assert_non_null(strstr(process.out, "was not trained on this corpus"));

  json_t* const document = json_of_file("out.json");
  assert_null(json_object_get(document, "held_out"));
  assert_null(json_object_get(json_object_get(document, "parts"), "held_out"));
  json_decref(document);
  process_free(&process);
}

static void
several_folders_are_held_out_as_they_were_trained_on(void** const state)
{
  static const char* const others[] = { "other", NULL };
  static const char* const all[]    = { "--json", "out.json", "model",
                                        "other",  "toy",      NULL };

  (void)state;
  toy_corpus_write("other", 2U);
  assert_int_equal(rename("other/sine", "other/square"), 0);
  toy_train_well("toy", "model", others);
  Process process = toy_run("evaluate", all);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_non_null(find_row(process.out, "held out"));
  assert_non_null(find_row(process.out, "square"));
  json_t* const document = json_of_file("out.json");
  assert_string_equal(json_string_value(json_object_get(document, "data")),
                      "other, toy");
  json_decref(document);
  process_free(&process);
}

static void
a_class_that_the_model_does_not_know_is_named_and_the_rest_done(
  void** const state)
{
  static const char* const arguments[] = { "model", "more", NULL };

  (void)state;
  toy_train_well("toy", "model", NULL);
  toy_corpus_write("more", 1U);
  assert_int_equal(rename("more/sine", "more/theremin"), 0);
  Process process = toy_run("evaluate", arguments);
  assert_int_equal(process.status, TMB_EXIT_FAILED);
  assert_non_null(strstr(process.err, "does not know the class \"theremin\""));
  assert_non_null(find_row(process.out, "all "));
  process_free(&process);
}

static void
sounds_of_no_class_are_told_apart(void** const state)
{
  static const char* const arguments[] = {
    "--json", "out.json", "model", "odd", NULL
  };
  static const char* const keys[] = { "unknown", "notes", "silent", NULL };

  (void)state;
  toy_train_well("toy", "model", NULL);
  toy_corpus_write("odd", TOY_N_EACH);
  assert_int_equal(rename("odd/noise", "odd/" TMB_UNKNOWN_LABEL), 0);
  Process process = toy_run("evaluate", arguments);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_string_equal(process.err, "");

  json_t* const       document = json_of_file("out.json");
  const json_t* const all =
    json_object_get(json_object_get(document, "parts"), "all");
  const json_t* const outsiders = json_object_get(all, "outsiders");
  const double        n_each    = (double)TOY_N_EACH * TOY_N_SOURCES;
  assert_true(toy_number(outsiders, "notes") >= n_each);
  assert_true(toy_number(all, "examples") >= 2.0 * n_each);
  assert_int_equal(json_array_size(json_object_get(outsiders, "by_source")),
                   TOY_N_SOURCES);
  const char* const table = strstr(process.out, "none of the classes");
  assert_non_null(table);
  assert_table_is(table, json_object_get(outsiders, "by_source"), keys);
  assert_row_is(find_row(table, "all "), outsiders, keys);
  json_decref(document);
  process_free(&process);
}

static void
what_can_not_be_evaluated_is_refused_in_one_sentence(void** const state)
{
  static const struct {
    const char* what;
    const char* model;
    const char* corpus;
    const char* name;
    const char* reason;
  } rows[] = {
    { "no model", "nothing", "toy", "nothing", "No such file" },
    { "no model's file", "text", "toy", "text", "cut short or no model" },
    { "no audio model", "external", "toy", "external", "external features" },
    { "no corpus", "model", "nowhere", "nowhere", "No such file" },
  };

  (void)state;
  TestModel  external;
  TmbMessage why;
  test_model_init(&external);
  external.parts.front_end = NULL;
  assert_int_equal(tmb_model_write("external", &external.parts, &why), TMB_OK);
  bytes_save("not a model", 11U, "text");
  toy_train_well("toy", "model", NULL);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const char* const arguments[] = { rows[i].model, rows[i].corpus, NULL };
    toy_assert_refused(toy_run("evaluate", arguments),
                       rows[i].what,
                       rows[i].name,
                       rows[i].reason);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(evaluate_repeats_what_training_wrote),
    cmocka_unit_test(the_document_has_the_numbers_that_are_printed),
    cmocka_unit_test(a_document_that_can_not_be_written_leaves_the_old_one),
    cmocka_unit_test(another_corpus_is_not_split),
    cmocka_unit_test(several_folders_are_held_out_as_they_were_trained_on),
    cmocka_unit_test(
      a_class_that_the_model_does_not_know_is_named_and_the_rest_done),
    cmocka_unit_test(sounds_of_no_class_are_told_apart),
    cmocka_unit_test(what_can_not_be_evaluated_is_refused_in_one_sentence),
  };
  return cmocka_run_group_tests_name(
    "evaluate", tests, toy_setup, scratch_teardown);
}
