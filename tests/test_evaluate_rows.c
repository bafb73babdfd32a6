// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel evaluate --features`, as it is called

#include "dsp/model.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_corpus.h"
#include "tests/support/toy_table.h"
#include "tests/support/toy_training.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_ROWS 5000U ///< More than are asked about at a time
#define N_TEST 200U
#define ASK "evaluate model --features T.npy --labels t.npy "

/// A scratch folder with rows to train on, rows to test with, and a model.
static int
setup(void** const state)
{
  const int status = scratch_setup(state);
  if (!status) {
    toy_table_save("X.npy", "y.npy", N_ROWS, 4U, 3U, 1U);
    toy_table_save("T.npy", "t.npy", N_TEST, 4U, 3U, 2U);
    Process process =
      cli_expect(0,
                 "train --features X.npy --labels y.npy --test-features T.npy "
                 "--test-labels t.npy --epochs 3 -o model");
    bytes_save(process.out, strlen(process.out), "train.txt");
    process_free(&process);
  }
  return status;
}

/// Evaluate with --json, and return what it says of all.
static json_t*
ask(const char* const line)
{
  Process process = cli_expect(0, line);
  process_free(&process);
  json_t* const document = json_of_file("out.json");
  json_t* const all =
    json_incref(json_object_get(json_object_get(document, "parts"), "all"));
  assert_non_null(all);
  json_decref(document);
  return all;
}

static void
assert_close(const double a, const double b)
{
  if (!(fabs(a - b) < 1e-6)) {
    fail_msg("%.9g is not %.9g", a, b);
  }
}

static void
the_numbers_are_those_of_training(void** const state)
{
  (void)state;
  json_t* const       all   = ask(ASK "--json out.json");
  json_t* const       known = toy_metadata("model", TMB_KEY_ACCURACY);
  const json_t* const rows  = json_object_get(known, "rows");
  assert_true(toy_number(all, "examples") == (double)N_TEST);
  assert_close(toy_number(all, "accuracy"), toy_number(rows, "notes_accuracy"));
  assert_close(toy_number(all, "top3"), toy_number(rows, "notes_top3"));
  assert_close(toy_number(all, "log_loss"), toy_number(rows, "log_loss"));
  assert_close(toy_number(all, "expected_calibration_error"),
               toy_number(rows, "expected_calibration_error"));
  assert_true(toy_number(all, "accuracy") > 0.8);
  json_decref(known);
  json_decref(all);

  // What is printed, too: the same line but for its name
  Process process           = cli_expect(0, ASK);
  Bytes   bytes             = bytes_load("train.txt");
  bytes.bytes[bytes.n]      = '\0';
  const char* const trained = strstr((const char*)bytes.bytes, "\ntest: ");
  const char* const asked   = strstr(process.out, "\nall: ");
  assert_true(trained && asked);
  const size_t n = strcspn(trained + 7, "\n");
  assert_memory_equal(asked + 6, trained + 7, n + 1U);
  assert_non_null(strstr(process.out, "200 rows of 4 columns"));
  bytes_free(&bytes);
  process_free(&process);
}

static void
every_row_is_counted_once(void** const state)
{
  (void)state;
  json_t* const all =
    ask("evaluate model --features X.npy --labels y.npy --json out.json");
  json_int_t    n_right  = 0;
  double        n        = 0.0;
  size_t        i        = 0U;
  const json_t* by_class = NULL;
  json_array_foreach(json_object_get(all, "by_class"), i, by_class)
  {
    const json_t* const row =
      json_array_get(json_object_get(all, "confusion"), i);
    n_right += json_integer_value(json_array_get(row, i));
    n += toy_number(by_class, "examples");
  }
  assert_int_equal(i, 3U);
  assert_true(toy_number(all, "examples") == (double)N_ROWS);
  assert_true(n == (double)N_ROWS);
  assert_close(toy_number(all, "accuracy"), (double)n_right / N_ROWS);
  json_decref(all);
}

static void
the_document_says_what_was_asked_about(void** const state)
{
  static const char* const keys[] = { "by_class",    "by_family", "by_source",
                                      "calibration", "confusion", "accuracy",
                                      "log_loss",    "top3",      "examples" };

  (void)state;
  json_t* const all = ask(ASK "--json out.json");
  for (size_t i = 0U; i < sizeof(keys) / sizeof(*keys); ++i) {
    if (!json_object_get(all, keys[i])) {
      fail_msg("there is no \"%s\"", keys[i]);
    }
  }
  json_decref(all);

  json_t* const document = json_of_file("out.json");
  assert_string_equal(json_string_value(json_object_get(document, "model")),
                      "model");
  assert_string_equal(json_string_value(json_object_get(document, "data")),
                      "T.npy");
  assert_string_equal(json_string_value(json_object_get(document, "unit")),
                      "rows");
  assert_int_equal(json_array_size(json_object_get(document, "classes")), 3U);
  assert_null(json_object_get(document, "held_out"));
  assert_int_equal(json_object_size(json_object_get(document, "parts")), 1U);
  json_decref(document);
}

static void
an_archive_has_the_same_answers_as_its_arrays(void** const state)
{
  static const char* const files[] = { "T.npy", "t.npy", NULL };

  (void)state;
  archive_save("T.npz", files);
  json_t* const loose = ask(ASK "--json out.json");
  json_t* const packed =
    ask("evaluate model --features T.npz:T --labels T.npz:t --json out.json");
  assert_true(json_equal(loose, packed));
  json_decref(packed);
  json_decref(loose);
}

static void
some_of_the_models_classes_are_enough(void** const state)
{
  static const double features[8] = { 3.0, 0.0, 0.0, 3.0, 3.0, 0.0, 0.0, 3.0 };
  static const double labels[2]   = { 0.0, 0.0 };

  (void)state;
  matrix_save("F.npy", "f8", true, 2U, 4U, features);
  matrix_save("f.npy", "u1", false, 2U, 1U, labels);
  json_t* const all =
    ask("evaluate model --features F.npy --labels f.npy --json out.json");
  assert_true(toy_number(all, "examples") == 2.0);
  assert_true(toy_number(all, "accuracy") == 1.0);
  json_decref(all);
}

static void
features_of_notes_have_the_answers_of_their_recordings(void** const state)
{
  (void)state;
  toy_corpus_write("toy", 4U);
  Process process = cli_expect(0,
                               "train toy --hidden 8 --epochs 10 --batch 16 "
                               "--split recordings -o heard");
  process_free(&process);
  process = cli_expect(0, "features toy -o F.npy");
  process_free(&process);

  json_t* const notes = ask("evaluate heard toy --json out.json");
  json_t* const rows  = ask("evaluate heard --features F.npy --labels "
                            "F.labels.npy --json out.json");
  assert_true(toy_number(rows, "examples") >= 24.0);
  assert_true(toy_number(rows, "examples") == toy_number(notes, "examples"));
  assert_close(toy_number(rows, "accuracy"), toy_number(notes, "accuracy"));
  assert_close(toy_number(rows, "log_loss"), toy_number(notes, "log_loss"));
  assert_true(json_equal(json_object_get(rows, "confusion"),
                         json_object_get(notes, "confusion")));
  json_decref(rows);
  json_decref(notes);
}

/// Arrays that something is wrong with.
static void
save_bad_arrays(void)
{
  static const double zeros[12]    = { 0.0 };
  static const double beyond[3]    = { 0.0, 3.0, 1.0 };
  static const double halves[3]    = { 0.0, 0.5, 1.0 };
  static const double below[3]     = { 0.0, 1.0, -1.0 };
  double              nans[12]     = { 0.0 };
  double              infinite[12] = { 0.0 };
  nans[6]                          = (double)NAN;
  infinite[11]                     = (double)INFINITY;
  matrix_save("zeros.npy", "f4", false, 3U, 4U, zeros);
  matrix_save("nan.npy", "f4", false, 3U, 4U, nans);
  matrix_save("infinite.npy", "f8", false, 3U, 4U, infinite);
  matrix_save("wide.npy", "f4", false, 2U, 6U, zeros);
  matrix_save("none.npy", "f4", false, 0U, 4U, zeros);
  matrix_save("none_y.npy", "i8", false, 0U, 0U, zeros);
  matrix_save("two_y.npy", "i8", false, 2U, 0U, zeros);
  matrix_save("three_y.npy", "i8", false, 3U, 0U, zeros);
  matrix_save("pairs_y.npy", "i8", false, 3U, 2U, zeros);
  matrix_save("beyond_y.npy", "i8", false, 3U, 0U, beyond);
  matrix_save("half_y.npy", "f4", false, 3U, 0U, halves);
  matrix_save("below_y.npy", "i2", false, 3U, 0U, below);
  bytes_save("no array", 8U, "text.npy");
}

static void
what_cannot_be_asked_about_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* name;
    const char* reason;
  } rows[] = {
    { "model --features wide.npy --labels two_y.npy",
      "wide.npy",
      "6 columns, and the model takes 4" },
    { "model --features zeros.npy --labels beyond_y.npy",
      "beyond_y.npy",
      "the label 3, and the model's classes end with 2" },
    { "model --features zeros.npy --labels half_y.npy",
      "half_y.npy",
      "label of row 1 is 0.5" },
    { "model --features zeros.npy --labels below_y.npy",
      "below_y.npy",
      "label of row 2 is -1" },
    { "model --features nan.npy --labels three_y.npy",
      "nan.npy",
      "row 1, column 2 is not finite" },
    { "model --features infinite.npy --labels three_y.npy",
      "infinite.npy",
      "row 2, column 3 is not finite" },
    { "model --features zeros.npy --labels two_y.npy",
      "two_y.npy",
      "2 labels" },
    { "model --features zeros.npy --labels pairs_y.npy",
      "pairs_y.npy",
      "one column, not 2" },
    { "model --features none.npy --labels none_y.npy", "none.npy", "no rows" },
    { "model --features text.npy --labels three_y.npy",
      "text.npy",
      "not a NumPy array" },
    { "model --features T.npy --labels nowhere.npy",
      "nowhere.npy",
      "No such file" },
    { "model --features T.npy:a --labels t.npy", "T.npy", "not an archive" },
    { "T.npy --features T.npy --labels t.npy", "T.npy", "no model" },
    { "none --features T.npy --labels t.npy", "none", "No such file" },
    { "model --features T.npy --labels t.npy --json T.npy",
      "T.npy",
      "it is read" },
    { "model --features T.npy --labels t.npy --json t.npy",
      "t.npy",
      "it is read" },
    { "model --features T.npy --labels t.npy --json model",
      "model",
      "it is read" },
    { "model --features T.npz:T --labels t.npy --json T.npz",
      "T.npz",
      "it is read" },
    { "model --features T.npy --labels t.npy --json nowhere/out.json",
      "nowhere/out.json",
      "No such file" },
  };
  static const char* const files[] = { "T.npy", "t.npy", NULL };

  (void)state;
  save_bad_arrays();
  archive_save("T.npz", files);
  const Folder   here = { "." };
  const unsigned n    = folder_count(&here);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(line, sizeof(line), "evaluate %s", rows[i].line);
    Process process = cli_run(line, NULL);
    if (process.status != 1 || *process.out ||
        !is_sentence(process.err, rows[i].name, rows[i].reason) ||
        folder_count(&here) != n) {
      fail_msg("%s: %d, %s", line, process.status, process.err);
    }
    process_free(&process);
  }
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "evaluate model --features T.npy", "belong together" },
    { "evaluate model corpus --labels t.npy", "belong together" },
    { "evaluate model corpus --features T.npy --labels t.npy", "which model" },
    { "evaluate --features T.npy --labels t.npy", "which model" },
    { "evaluate model", "which model" },
    { "evaluate model --features", "--features needs a value" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_run(rows[i].line, NULL);
    if (process.status != 2 || *process.out ||
        !is_sentence(process.err, rows[i].word, "timbrel evaluate --help")) {
      fail_msg("%s: %d, %s", rows[i].line, process.status, process.err);
    }
    process_free(&process);
  }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(the_numbers_are_those_of_training),
    TEST(every_row_is_counted_once),
    TEST(the_document_says_what_was_asked_about),
    TEST(an_archive_has_the_same_answers_as_its_arrays),
    TEST(some_of_the_models_classes_are_enough),
    TEST(features_of_notes_have_the_answers_of_their_recordings),
    TEST(what_cannot_be_asked_about_is_one_sentence),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("evaluate_rows", tests, NULL, NULL);
}
