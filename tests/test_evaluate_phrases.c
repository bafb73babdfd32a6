// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel evaluate --phrases`, as it is called

#include "tests/support/cmocka.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_corpus.h"
#include "tests/support/toy_training.h"
#include "trainer/commands.h"
#include "trainer/phrase_exam.h"

#include <math.h>
#include <string.h>

/// Evaluate the model on a corpus, and return what is said of phrases.
static json_t*
hear_phrases(const char* const corpus, const char* const n_phrases)
{
  const char* const arguments[] = { "--json",  "out.json", "--phrases",
                                    n_phrases, "model",    corpus,
                                    NULL };
  Process           process     = toy_run("evaluate", arguments);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_string_equal(process.err, "");
  assert_non_null(strstr(process.out, "the track's name is right"));
  process_free(&process);

  json_t* const document = json_load_file("out.json", 0U, NULL);
  json_t* const phrases  = json_incref(json_object_get(document, "phrases"));
  assert_non_null(phrases);
  json_decref(document);
  return phrases;
}

static int
setup(void** const state)
{
  const int failed = toy_setup(state);
  if (!failed) {
    toy_corpus_write("many", TOY_N_EACH + 1U);
  }
  return failed;
}

static void
the_tracks_of_phrases_are_named(void** const state)
{
  (void)state;
  toy_train_well("toy", "model", NULL);
  json_t* const phrases = hear_phrases("many", "2");
  const double  n_cells = (double)TOY_N_CLASSES * TOY_N_SOURCES;
  assert_true(toy_number(phrases, "notes") == TMB_PHRASE_NOTES);
  assert_true(toy_number(phrases, "each") == 2.0);
  assert_true(toy_number(phrases, "cells") == n_cells);
  assert_true(toy_number(phrases, "label") >= 0.75);
  assert_true(toy_number(phrases, "time") > 0.4);
  assert_true(toy_number(phrases, "time") < 1.0); // Notes take time to name
  assert_true(toy_number(phrases, "named_right") > 0.75);
  assert_true(toy_number(phrases, "found") > 0.8);

  size_t        i         = 0U;
  double        n_right   = 0.0;
  double        n_unknown = 0.0;
  json_t*       cell      = NULL;
  json_t* const cells     = json_object_get(phrases, "by_cell");
  assert_int_equal(json_array_size(cells), (size_t)n_cells);
  json_array_foreach(cells, i, cell)
  {
    assert_true(toy_number(cell, "phrases") == 2.0);
    n_right += toy_number(cell, "right");
    n_unknown += toy_number(cell, "unknown");
  }
  assert_true(fabs((n_right / (2.0 * n_cells)) - toy_number(phrases, "label")) <
              1e-5);
  assert_true(fabs((n_unknown / (2.0 * n_cells)) -
                   toy_number(phrases, "unknown")) < 1e-5);

  // They are the same each time
  json_t* const again = hear_phrases("many", "2");
  assert_true(json_equal(phrases, again));
  json_decref(again);
  json_decref(phrases);
}

static void
phrases_are_made_of_what_was_held_out(void** const state)
{
  static const char* const by_sources[] = { "--split", "sources", NULL };

  (void)state;
  toy_train_well("toy", "model", by_sources);
  json_t* const phrases = hear_phrases("toy", "1");
  json_t* const cells   = json_object_get(phrases, "by_cell");
  size_t        i       = 0U;
  json_t*       cell    = NULL;
  assert_int_equal(json_array_size(cells), TOY_N_CLASSES);
  json_array_foreach(cells, i, cell)
  {
    assert_true(
      json_equal(json_object_get(cell, "source"),
                 json_object_get(json_array_get(cells, 0U), "source")));
  }
  json_decref(phrases);
}

static void
few_recordings_make_no_phrase(void** const state)
{
  (void)state;
  toy_corpus_write("few", TMB_LEAST_CELL - 1U);
  toy_train_well("toy", "model", NULL);
  json_t* const phrases = hear_phrases("few", "1");
  assert_true(toy_number(phrases, "cells") == 0.0);
  assert_true(toy_number(phrases, "label") == 0.0);
  json_decref(phrases);
}

static void
phrases_out_of_range_are_wrong_usage(void** const state)
{
  static const char* const rows[][7] = {
    { "--phrases", "0", "model", "many" },
    { "--phrases", "101", "model", "many" },
    { "--phrases", "1", "--features=x.npy", "--labels=y.npy", "model" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = toy_run("evaluate", rows[i]);
    assert_int_equal(process.status, TMB_EXIT_USAGE);
    assert_non_null(strstr(process.err, "phrases"));
    process_free(&process);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_tracks_of_phrases_are_named),
    cmocka_unit_test(phrases_are_made_of_what_was_held_out),
    cmocka_unit_test(few_recordings_make_no_phrase),
    cmocka_unit_test(phrases_out_of_range_are_wrong_usage),
  };
  return cmocka_run_group_tests_name(
    "evaluate_phrases", tests, setup, scratch_teardown);
}
