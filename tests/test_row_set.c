// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/row_set.h"

#include "dsp/model.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/npy_file.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_table.h"
#include "trainer/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_ROWS 40000U ///< More than are surveyed at a time
#define N_COLUMNS 7U
#define SMALL_ROWS 6U
#define SMALL_COLUMNS 2U
#define N_SMALL ((size_t)SMALL_ROWS * SMALL_COLUMNS)

static const double small_values[SMALL_ROWS * SMALL_COLUMNS] = {
  0.0, 7.0, 1.0, 7.0, 2.0, 7.0, 3.0, 7.0, 4.0, 7.0, 14.0, 7.0
};
static const double small_labels[SMALL_ROWS] = { 0.0, 1.0, 2.0, 2.0, 1.0, 2.0 };

static TmbRowSet
open_set(const char* const features, const char* const labels)
{
  TmbRowSet  set;
  TmbMessage why = { "" };
  if (tmb_row_set_open(features, labels, &set, &why)) {
    fail_msg("%s", why.text);
  }
  return set;
}

/// Survey a set of files, and demand that it goes well.
static void
survey(const char* const           features,
       const char* const           labels,
       const uint32_t              n_threads,
       TmbFeatureStatistics* const statistics,
       char                        digest[TMB_DIGEST_TEXT])
{
  TmbMessage why = { "" };
  TmbRowSet  set = open_set(features, labels);
  if (tmb_row_set_survey(&set, n_threads, statistics, digest, &why)) {
    fail_msg("%s", why.text);
  }
  tmb_row_set_close(&set);
}

/// Write X.npy, with the small values, and y.npy.
static int
setup(void** const state)
{
  if (scratch_setup(state)) {
    return -1;
  }
  matrix_save("X.npy", "f4", false, SMALL_ROWS, SMALL_COLUMNS, small_values);
  matrix_save("y.npy", "i8", false, SMALL_ROWS, 0U, small_labels);
  return 0;
}

static double
make_value(const uint32_t column, const uint32_t row, TmbRandom* const random)
{
  const double noise = tmb_random_normal(random);
  switch (column) {
    case 0U:
      return noise;
    case 1U:
      return 1e6 + noise; // Far from zero
    case 2U:
      return row ? 1e6 + noise : -1e9; // The first is like no other
    case 3U:
      return (double)0.1f; // Constant
    case 4U:
      return (row == N_ROWS - 1U) ? 1.0 + 0x1p-23 : 1.0; // Near it
    case 5U:
      return 1e-30 * noise;
    default:
      return (row % 2U) ? 3e38 : -3e38;
  }
}

static void
statistics_are_right_however_far_from_zero(void** const state)
{
  static double       values[N_ROWS * N_COLUMNS];
  static const double labels[N_ROWS];

  (void)state;
  TmbRandom random;
  tmb_random_init(&random, 1U, 0U);
  for (uint32_t i = 0U; i < N_ROWS * N_COLUMNS; ++i) {
    values[i] =
      (double)(float)make_value(i % N_COLUMNS, i / N_COLUMNS, &random);
  }
  matrix_save("far.npy", "f4", false, N_ROWS, N_COLUMNS, values);
  matrix_save("none.npy", "u1", false, N_ROWS, 0U, labels);

  TmbFeatureStatistics statistics[N_COLUMNS];
  char                 digest[TMB_DIGEST_TEXT];
  survey("far.npy", "none.npy", 2U, statistics, digest);
  for (uint32_t j = 0U; j < N_COLUMNS; ++j) {
    long double sum    = 0.0L;
    long double square = 0.0L;
    double      least  = values[j];
    double      most   = values[j];
    for (uint32_t i = 0U; i < N_ROWS; ++i) {
      const double x = values[(i * N_COLUMNS) + j];
      sum += (long double)x;
      least = fmin(least, x);
      most  = fmax(most, x);
    }
    const long double mean = sum / N_ROWS;
    for (uint32_t i = 0U; i < N_ROWS; ++i) {
      const long double x = (long double)values[(i * N_COLUMNS) + j] - mean;
      square += x * x;
    }
    const double deviation = (double)sqrtl(square / N_ROWS);
    if (fabs(statistics[j].mean - (double)mean) > 1e-6 * deviation ||
        fabs(statistics[j].deviation - deviation) > 1e-6 * deviation ||
        statistics[j].least != least || statistics[j].most != most) {
      fail_msg("column %u: mean %.17g, deviation %.17g, not %.17g, %.17g",
               j,
               statistics[j].mean,
               statistics[j].deviation,
               (double)mean,
               deviation);
    }
  }
  assert_true(statistics[3].deviation == 0.0);
  assert_true(statistics[4].deviation > 0.0);
}

static void
threads_do_not_matter(void** const state)
{
  (void)state;
  TmbFeatureStatistics first[5];
  char                 digest[TMB_DIGEST_TEXT];
  toy_table_save("X.npy", "y.npy", 70000U, 5U, 3U, 1U);
  survey("X.npy", "y.npy", 1U, first, digest);
  for (uint32_t n_threads = 2U; n_threads < 8U; ++n_threads) {
    TmbFeatureStatistics others[5];
    char                 other[TMB_DIGEST_TEXT];
    survey("X.npy", "y.npy", n_threads, others, other);
    assert_memory_equal(others, first, sizeof(first));
    assert_string_equal(other, digest);
  }
}

static bool
statistics_equal(const TmbFeatureStatistics a[SMALL_COLUMNS],
                 const TmbFeatureStatistics b[SMALL_COLUMNS])
{
  bool equal = true;
  for (size_t i = 0U; i < SMALL_COLUMNS; ++i) {
    equal = equal && a[i].mean == b[i].mean &&
            a[i].deviation == b[i].deviation && a[i].least == b[i].least &&
            a[i].most == b[i].most;
  }
  return equal;
}

static void
the_form_of_the_files_does_not_matter(void** const state)
{
  static const struct {
    const char* label;
    const char* features;
    const char* labels;
    bool        is_fortran;
  } rows[] = {
    { "doubles", "f8", "i8", false },      { "columns", "f8", "i8", true },
    { "halves", "f2", "u1", false },       { "half columns", "f2", "i4", true },
    { "bytes", "u1", "i2", false },        { "shorts", "i2", "i4", true },
    { "whole labels", "f4", "f8", false },
  };
  static const char* const members[] = { "a.npy", "b.npy", NULL };

  (void)state;
  TmbFeatureStatistics first[SMALL_COLUMNS];
  char                 digest[TMB_DIGEST_TEXT];
  char                 other[TMB_DIGEST_TEXT];
  survey("X.npy", "y.npy", 1U, first, digest);
  assert_int_equal(strlen(digest), TMB_DIGEST_TEXT - 1U);
  assert_true(first[0].mean == 4.0 && first[0].least == 0.0);
  assert_true(fabs(first[0].deviation - sqrt(65.0 / 3.0)) < 1e-12);
  assert_true(first[1].mean == 7.0 && first[1].deviation == 0.0);

  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbFeatureStatistics statistics[SMALL_COLUMNS];
    matrix_save("a.npy",
                rows[i].features,
                rows[i].is_fortran,
                SMALL_ROWS,
                SMALL_COLUMNS,
                small_values);
    matrix_save("b.npy", rows[i].labels, false, SMALL_ROWS, 1U, small_labels);
    survey("a.npy", "b.npy", 1U, statistics, other);
    if (strcmp(digest, other) != 0 || !statistics_equal(first, statistics)) {
      fail_msg("%s", rows[i].label);
    }
  }
  archive_save("data.npz", members);
  survey("data.npz:a", "data.npz:b", 2U, NULL, other);
  assert_string_equal(digest, other);
}

static void
every_value_and_label_is_in_the_digest(void** const state)
{
  (void)state;
  char digest[TMB_DIGEST_TEXT];
  char other[TMB_DIGEST_TEXT];
  survey("X.npy", "y.npy", 1U, NULL, digest);
  for (size_t i = 0U; i < N_SMALL; ++i) {
    double values[SMALL_ROWS * SMALL_COLUMNS];
    memcpy(values, small_values, sizeof(values));
    values[i] += 1.0;
    matrix_save("a.npy", "f4", false, SMALL_ROWS, SMALL_COLUMNS, values);
    survey("a.npy", "y.npy", 1U, NULL, other);
    assert_string_not_equal(digest, other);
  }
  for (size_t i = 0U; i < SMALL_ROWS; ++i) {
    double labels[SMALL_ROWS];
    memcpy(labels, small_labels, sizeof(labels));
    labels[i] += 1.0;
    matrix_save("b.npy", "i8", false, SMALL_ROWS, 0U, labels);
    survey("X.npy", "b.npy", 1U, NULL, other);
    assert_string_not_equal(digest, other);
  }
}

static void
classes_are_counted(void** const state)
{
  (void)state;
  TmbMessage why                     = { "" };
  uint32_t   counts[TMB_MAX_CLASSES] = { 0U, 1U };
  TmbRowSet  set                     = open_set("X.npy", "y.npy");
  assert_int_equal(set.n, SMALL_ROWS);
  assert_int_equal(tmb_row_set_count(&set, counts, &why), TMB_OK);
  assert_int_equal(counts[0], 1U);
  assert_int_equal(counts[1], 3U); // Added to
  assert_int_equal(counts[2], 3U);
  assert_int_equal(counts[3], 0U);
  for (uint32_t i = 0U; i < SMALL_ROWS; ++i) {
    float row[SMALL_COLUMNS];
    assert_int_equal(tmb_row_set_class(&set, i), (uint32_t)small_labels[i]);
    assert_int_equal(tmb_row_set_draw(&set, i, NULL, row),
                     (uint32_t)small_labels[i]);
    assert_true(row[0] == (float)small_values[(size_t)2U * i]);
  }
  tmb_row_set_close(&set);
}

static void
a_label_that_is_no_class_is_named_by_its_row(void** const state)
{
  static const struct {
    double      label;
    const char* text;
  } rows[] = {
    { -1.0, "label of row 4 is -1," },
    { 1.5, "label of row 4 is 1.5," },
    { 1024.0, "label of row 4 is 1024, not a whole number from 0 to 1023" },
    { 1e9, "label of row 4 is 1e+09," },
    { (double)NAN, "label of row 4 is nan," },
    { (double)INFINITY, "label of row 4 is inf," },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    double labels[SMALL_ROWS];
    memcpy(labels, small_labels, sizeof(labels));
    labels[4] = rows[i].label;
    matrix_save("b.npy", "f8", false, SMALL_ROWS, 0U, labels);

    TmbMessage why                     = { "" };
    uint32_t   counts[TMB_MAX_CLASSES] = { 0U };
    TmbRowSet  set                     = open_set("X.npy", "b.npy");
    assert_int_equal(tmb_row_set_count(&set, counts, &why), TMB_BAD_FILE);
    if (strncmp(why.text, "b.npy: ", 7U) != 0 ||
        !strstr(why.text, rows[i].text)) {
      fail_msg("%s", why.text);
    }
    tmb_row_set_close(&set);
  }
}

static void
a_value_that_is_not_finite_is_named_by_its_place(void** const state)
{
  static const double bad[] = { (double)NAN, (double)INFINITY, -1e300 };
  static double       values[N_ROWS * SMALL_COLUMNS];

  (void)state;
  static const double labels[N_ROWS];
  matrix_save("none.npy", "u1", false, N_ROWS, 0U, labels);
  for (size_t i = 0U; i < sizeof(bad) / sizeof(*bad); ++i) {
    for (uint32_t n_threads = 1U; n_threads < 4U; ++n_threads) {
      memset(values, 0, sizeof(values));
      values[((size_t)20000U * SMALL_COLUMNS) + 1U] = bad[i];
      values[(size_t)39999U * SMALL_COLUMNS]        = bad[i]; // Not the first
      matrix_save("a.npy", "f8", false, N_ROWS, SMALL_COLUMNS, values);

      TmbMessage why = { "" };
      char       digest[TMB_DIGEST_TEXT];
      TmbRowSet  set = open_set("a.npy", "none.npy");
      assert_int_equal(tmb_row_set_survey(&set, n_threads, NULL, digest, &why),
                       TMB_BAD_FILE);
      assert_string_equal(
        why.text, "a.npy: the value in row 20000, column 1 is not finite");
      tmb_row_set_close(&set);
    }
  }
}

static void
a_part_of_the_rows_is_a_set(void** const state)
{
  (void)state;
  TmbMessage           why                     = { "" };
  uint32_t             counts[TMB_MAX_CLASSES] = { 0U };
  TmbFeatureStatistics statistics[SMALL_COLUMNS];
  char                 digest[TMB_DIGEST_TEXT];
  TmbRowSet            set = open_set("X.npy", "y.npy");
  set.rows                 = (uint32_t*)calloc(2U, sizeof(uint32_t));
  assert_non_null(set.rows);
  set.n       = 2U;
  set.rows[0] = 2U;
  set.rows[1] = 5U;
  assert_int_equal(tmb_row_set_count(&set, counts, &why), TMB_OK);
  assert_int_equal(counts[2], 2U);
  assert_int_equal(counts[0] + counts[1], 0U);
  assert_int_equal(tmb_row_set_survey(&set, 2U, statistics, digest, &why),
                   TMB_OK);
  assert_true(statistics[0].mean == 8.0 && statistics[0].deviation == 6.0);
  tmb_row_set_close(&set);
}

static void
files_that_are_no_such_set_are_refused(void** const state)
{
  static const struct {
    const char* features;
    const char* labels;
    const char* text;
  } rows[] = {
    { "X.npy", "missing.npy", "missing.npy: No such file" },
    { "missing.npy", "y.npy", "missing.npy: No such file" },
    { "X.npy", "X.npy", "X.npy: labels are one column, not 2" },
    { "X.npy",
      "four.npy",
      "four.npy: it has 4 labels for the 6 rows of X.npy" },
    { "wide.npy",
      "one.npy",
      "wide.npy: a network takes at most 16384 columns" },
    { "long.npy", "y.npy", "long.npy: it has 5000000000 rows, which is more" },
    { "cube.npy", "y.npy", "cube.npy: has 3 dimensions, not one or two" },
  };

  (void)state;
  matrix_save("four.npy", "i8", false, 4U, 0U, small_labels);
  matrix_save("one.npy", "i8", false, 1U, 0U, small_labels);
  npy_save("wide.npy", NPY_FLOATS "1, 16385)}", NULL, 16385U * sizeof(float));
  npy_save("cube.npy", NPY_FLOATS "6, 2, 1)}", NULL, 12U * sizeof(float));
  static const char huge[] =
    "{'descr': '|u1', 'fortran_order': False, 'shape': (5000000000, 1)}";
  npy_save("long.npy", huge, NULL, 0U);
  const off_t n_long = (off_t)(10U + strlen(huge)) + 5000000000;
  assert_int_equal(truncate("long.npy", n_long), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbRowSet       set;
    TmbMessage      why = { "" };
    const TmbStatus status =
      tmb_row_set_open(rows[i].features, rows[i].labels, &set, &why);
    if (!status || strncmp(why.text, rows[i].text, strlen(rows[i].text)) != 0) {
      fail_msg("%s: %s", rows[i].text, why.text);
    }
    tmb_row_set_close(&set);
  }
}

static void
a_failed_allocation_is_said(void** const state)
{
  (void)state;
  for (size_t n = 0U;; ++n) {
    TmbRowSet            set;
    TmbMessage           why = { "" };
    TmbFeatureStatistics statistics[SMALL_COLUMNS];
    char                 digest[TMB_DIGEST_TEXT];
    alloc_fail_from(n);
    TmbStatus status = tmb_row_set_open("X.npy", "y.npy", &set, &why);
    if (!status) {
      status = tmb_row_set_survey(&set, 2U, statistics, digest, &why);
    }
    const bool failed = alloc_restore();
    tmb_row_set_close(&set);
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_true(failed == (why.text[0] != '\0'));
    if (!failed) {
      break;
    }
  }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(statistics_are_right_however_far_from_zero),
    TEST(threads_do_not_matter),
    TEST(the_form_of_the_files_does_not_matter),
    TEST(every_value_and_label_is_in_the_digest),
    TEST(classes_are_counted),
    TEST(a_label_that_is_no_class_is_named_by_its_row),
    TEST(a_value_that_is_not_finite_is_named_by_its_place),
    TEST(a_part_of_the_rows_is_a_set),
    TEST(files_that_are_no_such_set_are_refused),
    TEST(a_failed_allocation_is_said),
  };
  return cmocka_run_group_tests_name("row_set", tests, NULL, NULL);
}
