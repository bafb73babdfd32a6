// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel evaluate`, as it is called

#include "dsp/model.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_corpus.h"
#include "tests/support/toy_training.h"
#include "trainer/commands.h"
#include "trainer/model_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/// Compare a row of the table with scores in a model's metadata.
static void
assert_row_is(const char* const row, const json_t* const scores)
{
  static const char* const keys[] = {
    "notes",          "notes_accuracy", "notes_top3", "cells",
    "cells_accuracy", "cells_family",   "cells_top3",
  };

  assert_non_null(row);
  // What there are no cells for is a dash in the table
  const size_t n_keys =
    (toy_number(scores, "cells") > 0.0) ? sizeof(keys) / sizeof(*keys) : 4U;
  const char* field = row;
  for (size_t i = 0U; i < n_keys; ++i) {
    char*        next  = NULL;
    const double value = strtod(field, &next);
    if (next == field || fabs(value - toy_number(scores, keys[i])) > 0.00051) {
      fail_msg("%s is %g, not %g", keys[i], value, toy_number(scores, keys[i]));
    }
    field = next;
  }
}

static void
evaluate_repeats_what_training_wrote(void** const state)
{
  static const char* const splits[] = { "recordings", "segments", "sources" };

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
                  json_object_get(accuracy, "held_out"));
    assert_non_null(strstr(process.out, splits[i]));
    process_free(&process);
    json_decref(accuracy);
  }
}

static void
another_corpus_is_not_split(void** const state)
{
  static const char* const arguments[] = {
    "--skip-licence", "strange*", "model", "listed", NULL
  };

  (void)state;
  toy_train_well("listed", "model", NULL);
  Process process = toy_run("evaluate", arguments);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_non_null(find_row(process.out, "all "));
  assert_null(find_row(process.out, "held out"));
  assert_non_null(strstr(process.out, "was not trained on this corpus"));
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
    cmocka_unit_test(another_corpus_is_not_split),
    cmocka_unit_test(
      a_class_that_the_model_does_not_know_is_named_and_the_rest_done),
    cmocka_unit_test(what_can_not_be_evaluated_is_refused_in_one_sentence),
  };
  return cmocka_run_group_tests_name(
    "evaluate", tests, toy_setup, scratch_teardown);
}
