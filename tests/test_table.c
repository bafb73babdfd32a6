// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/table.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_ROWS 5000U
#define N_COLUMNS 4U
#define N_CLASSES 3U

enum { TRAINING, VALIDATION };

static const TmbTablePaths held  = { .features = "X.npy", .labels = "y.npy" };
static const TmbTablePaths apart = { .features      = "X.npy",
                                     .labels        = "y.npy",
                                     .test_features = "X2.npy",
                                     .test_labels   = "y2.npy" };

static int
setup(void** const state)
{
  if (scratch_setup(state)) {
    return -1;
  }
  toy_table_save("X.npy", "y.npy", N_ROWS, N_COLUMNS, N_CLASSES, 1U);
  toy_table_save("X2.npy", "y2.npy", 90U, N_COLUMNS, N_CLASSES, 2U);
  return 0;
}

static void
open_table(const TmbTablePaths* const paths,
           const uint64_t             seed,
           const uint32_t             n_threads,
           TmbTable* const            table)
{
  TmbMessage why = { "" };
  if (tmb_table_open(paths, seed, n_threads, table, &why)) {
    fail_msg("%s", why.text);
  }
}

static bool
has_row(const TmbRowSet* const set, const uint32_t row)
{
  for (uint32_t i = 0U; i < set->n; ++i) {
    if (set->rows[i] == row) {
      return true;
    }
  }
  return false;
}

static void
a_fifth_of_the_rows_is_held_out(void** const state)
{
  (void)state;
  TmbTable table;
  open_table(&held, 1U, 1U, &table);
  const TmbRowSet* const training   = &table.rows[TRAINING];
  const TmbRowSet* const validation = &table.rows[VALIDATION];
  assert_int_equal(training->n + validation->n, N_ROWS);
  assert_in_range(validation->n, N_ROWS * 18U / 100U, N_ROWS * 22U / 100U);
  for (uint32_t row = 0U; row < N_ROWS; ++row) {
    assert_int_not_equal(has_row(training, row), has_row(validation, row));
  }
  for (uint32_t i = 0U; i < N_CLASSES; ++i) {
    const uint32_t n_each = (N_ROWS + N_CLASSES - 1U - i) / N_CLASSES;
    assert_int_equal(table.counts[0][i] + table.counts[1][i], n_each);
  }
  assert_int_equal(table.training.n, training->n);
  assert_int_equal(table.validation.n, validation->n);
  assert_int_equal(table.n_classes, N_CLASSES);
  assert_int_equal(table.n_columns, N_COLUMNS);
  tmb_table_clear(&table);
}

static void
the_seed_chooses_who_is_held_out(void** const state)
{
  (void)state;
  TmbTable first;
  open_table(&held, 1U, 1U, &first);
  for (uint64_t seed = 1U; seed < 4U; ++seed) {
    TmbTable other;
    open_table(&held, seed, 3U, &other);
    assert_int_equal(!strcmp(first.digests[0], other.digests[0]), seed == 1U);
    assert_int_equal(!strcmp(first.digests[1], other.digests[1]), seed == 1U);
    if (seed == 1U) {
      assert_int_equal(first.rows[1].n, other.rows[1].n);
      assert_memory_equal(first.rows[1].rows,
                          other.rows[1].rows,
                          first.rows[1].n * sizeof(uint32_t));
      assert_memory_equal(
        first.standard, other.standard, sizeof(float) * 2U * N_COLUMNS);
    }
    tmb_table_clear(&other);
  }
  tmb_table_clear(&first);
}

static void
the_first_row_of_a_class_is_never_held_out(void** const state)
{
  // Of most classes there is but one row
  static double values[200];
  static double labels[200];

  (void)state;
  for (uint32_t i = 0U; i < 200U; ++i) {
    values[i] = (double)i;
    labels[i] = (i < 100U) ? (double)i : 7.0;
  }
  matrix_save("X.npy", "f4", false, 200U, 1U, values);
  matrix_save("y.npy", "u1", false, 200U, 0U, labels);
  for (uint64_t seed = 0U; seed < 20U; ++seed) {
    TmbTable table;
    open_table(&held, seed, 1U, &table);
    for (uint32_t row = 0U; row < 100U; ++row) {
      assert_true(has_row(&table.rows[TRAINING], row));
    }
    assert_true(table.rows[VALIDATION].n > 5U);
    tmb_table_clear(&table);
  }
}

static void
features_are_standardised_by_the_rows_to_train_on(void** const state)
{
  static const double values[] = { 1e6, 5.0, 1.0, 1e6 + 2.0, 5.0, -1.0 };
  static const double others[] = { 0.0, 9.0, 100.0 };
  static const double labels[] = { 0.0, 1.0 };

  (void)state;
  matrix_save("X.npy", "f8", false, 2U, 3U, values);
  matrix_save("y.npy", "u1", false, 2U, 0U, labels);
  matrix_save("X2.npy", "f8", false, 1U, 3U, others);
  matrix_save("y2.npy", "u1", false, 1U, 0U, labels);
  TmbTable table;
  open_table(&apart, 1U, 1U, &table);
  static const float standard[] = { 1000001.0f, 5.0f, 0.0f, 1.0f, 0.0f, 1.0f };
  for (size_t i = 0U; i < 6U; ++i) {
    assert_true(table.standard[i] == standard[i]);
  }
  assert_true(table.training.mean == table.standard);
  assert_true(table.training.scale == table.standard + 3);
  assert_true(table.validation.scale == table.standard + 3);
  assert_true(table.statistics[0].deviation == 1.0);
  tmb_table_clear(&table);
}

static void
a_test_set_may_have_classes_of_its_own(void** const state)
{
  (void)state;
  TmbTable table;
  toy_table_save("X2.npy", "y2.npy", 90U, N_COLUMNS, 5U, 2U);
  open_table(&apart, 1U, 2U, &table);
  assert_int_equal(table.n_classes, 5U);
  assert_int_equal(table.rows[TRAINING].n, N_ROWS);
  assert_int_equal(table.rows[VALIDATION].n, 90U);
  assert_int_equal(table.counts[TRAINING][4], 0U);
  assert_int_equal(table.counts[VALIDATION][4], 18U);
  assert_string_equal(table.classes[4].name, "4");
  tmb_table_clear(&table);
}

/// Write what tables that are refused are made of.
static void
save_odd_files(void)
{
  static const double values[12] = { 1.0, 2.0, 3.0, 4.0 };
  static const double zeros[12]  = { 0.0 };
  static const double two[2]     = { 0.0, 1.0 };
  static const double bad[3]     = { 0.0, -1.0, 1.0 };
  static const double late[3]    = { 0.0, 0.0, 3.0 };
  static double       nan_row[4] = { 0.0 };
  nan_row[2]                     = (double)NAN;
  matrix_save("three.npy", "f4", false, 3U, N_COLUMNS, values);
  matrix_save("zeros.npy", "i8", false, 3U, 0U, zeros);
  matrix_save("bad.npy", "i8", false, 3U, 0U, bad);
  matrix_save("late.npy", "i8", false, 3U, 0U, late);
  matrix_save("two.npy", "f4", false, 2U, N_COLUMNS, values);
  matrix_save("two_y.npy", "i8", false, 2U, 0U, two);
  matrix_save("narrow.npy", "f4", false, 3U, 3U, values);
  matrix_save("nan.npy", "f4", false, 1U, N_COLUMNS, nan_row);
  matrix_save("one_y.npy", "i8", false, 1U, 0U, zeros);
  bytes_save("a\nb\nc\n", 6U, "names.txt");
}

static void
tables_that_teach_nothing_are_refused(void** const state)
{
  static const struct {
    TmbTablePaths paths;
    const char*   text;
  } rows[] = {
    { { "three.npy", "zeros.npy", NULL, NULL, NULL },
      "zeros.npy: it has one class only, and two are needed" },
    { { "three.npy", "zeros.npy", "X2.npy", "y2.npy", NULL },
      "zeros.npy: it has one class only, and two are needed" },
    { { "three.npy", "bad.npy", NULL, NULL, NULL },
      "bad.npy: the label of row 1 is -1, not" },
    { { "two.npy", "two_y.npy", NULL, NULL, NULL },
      "two.npy: there are too few rows to hold some out" },
    { { "X.npy", "y.npy", "narrow.npy", "zeros.npy", NULL },
      "narrow.npy: it has 3 columns, and X.npy has 4" },
    { { "X.npy", "y.npy", "three.npy", "bad.npy", NULL },
      "bad.npy: the label of row 1 is -1, not" },
    { { "X.npy", "y.npy", "three.npy", "y2.npy", NULL },
      "y2.npy: it has 90 labels for the 3 rows of three.npy" },
    { { "X.npy", "y.npy", "three.npy", "late.npy", "names.txt" },
      "names.txt: it names 3 classes, and there is a label 3" },
    { { "X.npy", "y.npy", "nan.npy", "one_y.npy", NULL },
      "nan.npy: the value in row 0, column 2 is not finite" },
  };

  (void)state;
  save_odd_files();
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbTable        table;
    TmbMessage      why = { "" };
    const TmbStatus status =
      tmb_table_open(&rows[i].paths, 1U, 1U, &table, &why);
    tmb_table_clear(&table);
    if (status != TMB_BAD_FILE ||
        strncmp(why.text, rows[i].text, strlen(rows[i].text)) != 0) {
      fail_msg("%s: status %d, %s", rows[i].text, status, why.text);
    }
  }
}

static void
a_failed_allocation_is_said(void** const state)
{
  (void)state;
  toy_table_save("X.npy", "y.npy", 40U, N_COLUMNS, N_CLASSES, 1U);
  for (unsigned i = 0U; i < 2U; ++i) {
    const TmbTablePaths* const paths  = i ? &apart : &held;
    bool                       failed = true;
    for (size_t n = 0U; failed; ++n) {
      TmbTable   table;
      TmbMessage why = { "" };
      alloc_fail_from(n);
      const TmbStatus status = tmb_table_open(paths, 1U, 2U, &table, &why);
      failed                 = alloc_restore();
      tmb_table_clear(&table);
      assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
      assert_true(failed == (why.text[0] != '\0'));
    }
  }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_fifth_of_the_rows_is_held_out),
    TEST(the_seed_chooses_who_is_held_out),
    TEST(the_first_row_of_a_class_is_never_held_out),
    TEST(features_are_standardised_by_the_rows_to_train_on),
    TEST(a_test_set_may_have_classes_of_its_own),
    TEST(tables_that_teach_nothing_are_refused),
    TEST(a_failed_allocation_is_said),
  };
  return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
