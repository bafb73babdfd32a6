// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/history.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/report_files.h"
#include "tests/support/scratch.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD                                                               \
  "epoch,learning_rate,loss,accuracy,validation_loss,validation_accuracy," \
  "seconds\r\n"

#define NONE ((double)NAN)

static const TmbHistoryRow samples[] = {
  { 1U, 0.001, 2.5, 0.25, 2.75, 0.125, 1.5 },
  { 2U, 1e-9, 1234.5, 1.0, NONE, NONE, 0.0 },
  { 40U, 0.5, (double)INFINITY, NONE, NONE, 0.0, NONE },
};
enum { N_SAMPLES = sizeof(samples) / sizeof(*samples) };

static TmbHistory
make_samples(void)
{
  TmbHistory history = { .name = NULL };
  for (size_t i = 0U; i < N_SAMPLES; ++i) {
    assert_int_equal(tmb_history_add(&history, &samples[i]), TMB_OK);
  }
  return history;
}

static void
an_epoch_is_a_line_and_what_is_not_known_is_empty(void** const state)
{
  static const char text[] = HEAD "1,0.001,2.5,0.25,2.75,0.125,1.5\r\n"
                                  "2,1e-9,1234.5,1.0,,,0.0\r\n"
                                  "40,0.5,,,,0.0,\r\n";

  (void)state;
  TmbHistory history = make_samples();
  report_save_history("x.csv", &history);
  tmb_history_clear(&history);

  Bytes bytes = bytes_load("x.csv");
  assert_int_equal(bytes.n, sizeof(text) - 1U);
  assert_memory_equal(bytes.bytes, text, sizeof(text) - 1U);
  bytes_free(&bytes);
}

static void
expect_same(const double a, const double b)
{
  assert_true(isfinite(b) ? a == b : isnan(a));
}

static void
what_was_written_is_read(void** const state)
{
  (void)state;
  TmbHistory written = make_samples();
  TmbHistory read    = { .name = NULL };
  TmbMessage why     = { "" };
  report_save_history("my run.csv", &written);
  if (tmb_history_read("my run.csv", &read, &why)) {
    fail_msg("%s", why.text);
  }
  assert_string_equal(read.name, "my run");
  assert_int_equal(read.n_rows, N_SAMPLES);
  for (size_t i = 0U; i < N_SAMPLES; ++i) {
    assert_int_equal(read.rows[i].epoch, samples[i].epoch);
    expect_same(read.rows[i].learning_rate, samples[i].learning_rate);
    expect_same(read.rows[i].loss, samples[i].loss);
    expect_same(read.rows[i].accuracy, samples[i].accuracy);
    expect_same(read.rows[i].validation_loss, samples[i].validation_loss);
    expect_same(read.rows[i].validation_accuracy,
                samples[i].validation_accuracy);
    expect_same(read.rows[i].seconds, samples[i].seconds);
  }
  tmb_history_clear(&read);
  tmb_history_clear(&written);
}

static void
numbers_have_a_point_in_any_locale(void** const state)
{
  char              path[512];
  char              here[480];
  const char* const build[] = {
    "/usr/bin/localedef", "-i", "de_DE", "-f", "UTF-8", path, NULL
  };
  assert_non_null(getcwd(here, sizeof(here)));
  (void)snprintf(path, sizeof(path), "%s/de_DE.UTF-8", here);
  Process process = process_run(build, NULL);
  process_free(&process);
  assert_int_equal(setenv("LOCPATH", here, 1), 0);
  assert_non_null(setlocale(LC_ALL, "de_DE.UTF-8"));
  assert_string_equal(localeconv()->decimal_point, ",");
  an_epoch_is_a_line_and_what_is_not_known_is_empty(state);
  what_was_written_is_read(state);
  (void)setlocale(LC_ALL, "C");
}

static void
a_history_is_named_after_its_file_or_folder(void** const state)
{
  static const struct {
    const char* path;
    const char* name;
  } rows[] = {
    { "run.csv", "run" },         { "sweep/lr.0.1.csv", "lr.0.1" },
    { "sweep/plain", "plain" },   { "sweep/first/history.csv", "first" },
    { "history.csv", "history" },
  };

  (void)state;
  TmbHistory written = make_samples();
  assert_int_equal(mkdir("sweep", 0700), 0);
  assert_int_equal(mkdir("sweep/first", 0700), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbHistory read = { .name = NULL };
    TmbMessage why;
    report_save_history(rows[i].path, &written);
    assert_int_equal(tmb_history_read(rows[i].path, &read, &why), TMB_OK);
    assert_string_equal(read.name, rows[i].name);
    tmb_history_clear(&read);
  }
  tmb_history_clear(&written);
}

static void
columns_are_found_by_name(void** const state)
{
  static const char text[] =
    "note,loss,accuracy,validation_loss,validation_accuracy,seconds,"
    "learning_rate,epoch\nwarm,3,1,2,0.5,9,0.25,7\n";

  (void)state;
  TmbHistory history = { .name = NULL };
  TmbMessage why     = { "" };
  bytes_save(text, strlen(text), "x.csv");
  if (tmb_history_read("x.csv", &history, &why)) {
    fail_msg("%s", why.text);
  }
  assert_int_equal(history.rows[0].epoch, 7U);
  assert_true(history.rows[0].loss == 3.0);
  assert_true(history.rows[0].learning_rate == 0.25);
  tmb_history_clear(&history);
}

static void
what_is_no_history_is_one_sentence(void** const state)
{
  static const struct {
    const char* text;
    const char* reason;
  } rows[] = {
    { "", "x.csv: the file is empty" },
    { "a,b\n1,2\n", "x.csv: row 1 has no column \"epoch\"" },
    { "epoch,learning_rate,loss\n1,2,3\n", "no column \"accuracy\"" },
    { HEAD, "x.csv: it has 0 epochs" },
    { HEAD "1,2,3\n", "x.csv: row 2 has not as many fields" },
    { HEAD "0,1,1,1,1,1,1\n", "row 2 has the epoch \"0\", not one above 0" },
    { HEAD "1.5,1,1,1,1,1,1\n", "the epoch \"1.5\"" },
    { HEAD ",1,1,1,1,1,1\n", "the epoch \"\"" },
    { HEAD "-1,1,1,1,1,1,1\n", "the epoch \"-1\"" },
    { HEAD "4294967296,1,1,1,1,1,1\n", "the epoch \"4294967296\"" },
    { HEAD "2,1,1,1,1,1,1\n2,1,1,1,1,1,1\n",
      "row 3 has the epoch \"2\", not one above 2" },
    { HEAD "1,1,nan,1,1,1,1\n", "the loss \"nan\", not a number of 0 or more" },
    { HEAD "1,1,inf,1,1,1,1\n", "the loss \"inf\"" },
    { HEAD "1,1,1e999,1,1,1,1\n", "the loss \"1e999\"" },
    { HEAD "1,1,-0.1,1,1,1,1\n", "the loss \"-0.1\"" },
    { HEAD "1,1,0x1,1,1,1,1\n", "the loss \"0x1\"" },
    { HEAD "1,1,1 2,1,1,1,1\n", "the loss \"1 2\"" },
    { HEAD "1,1,true,1,1,1,1\n", "the loss \"true\"" },
    { HEAD "1,1,1,1.01,1,1,1\n",
      "the accuracy \"1.01\", not a number from 0 to 1" },
    { HEAD "1,1,1,1,1,1,\"1\n", "x.csv: a quote is not closed" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbHistory history = { .name = NULL };
    TmbMessage why     = { "" };
    bytes_save(rows[i].text, strlen(rows[i].text), "x.csv");
    const TmbStatus status = tmb_history_read("x.csv", &history, &why);
    if (status != TMB_BAD_FILE || !strstr(why.text, rows[i].reason) ||
        strncmp(why.text, "x.csv: ", 7U) != 0) {
      fail_msg("%s: %s", rows[i].reason, why.text);
    }
    tmb_history_clear(&history);
  }

  TmbHistory history = { .name = NULL };
  TmbMessage why     = { "" };
  assert_int_equal(tmb_history_read("none.csv", &history, &why), TMB_NO_FILE);
  assert_string_equal(why.text, "none.csv: No such file or directory");
  tmb_history_clear(&history);
}

static void
too_many_epochs_are_refused(void** const state)
{
  (void)state;
  FILE* const out = fopen("x.csv", "wb");
  assert_non_null(out);
  tmb_history_write_head(out);
  for (uint32_t i = 0U; i <= TMB_MAX_EPOCHS; ++i) {
    (void)fprintf(out, "%u,,,,,,\r\n", i + 1U);
  }
  assert_int_equal(fclose(out), 0);

  TmbHistory history = { .name = NULL };
  TmbMessage why     = { "" };
  assert_int_equal(tmb_history_read("x.csv", &history, &why), TMB_BAD_FILE);
  assert_string_equal(why.text, "x.csv: it has 100001 epochs, not 1 to 100000");
  tmb_history_clear(&history);
}

static void
epochs_rise(void** const state)
{
  (void)state;
  TmbHistory history = make_samples();
  assert_int_equal(tmb_history_add(&history, &samples[0]), TMB_BAD_ARG);
  assert_int_equal(tmb_history_add(&history, &samples[2]), TMB_BAD_ARG);
  assert_int_equal(history.n_rows, N_SAMPLES);
  tmb_history_clear(&history);
  assert_int_equal(history.n_rows, 0U);
  assert_int_equal(tmb_history_add(&history, &samples[0]), TMB_OK);
  tmb_history_clear(&history);
}

static void
the_best_epoch_has_the_highest_validation_accuracy(void** const state)
{
  static const struct {
    const char* label;
    double      loss[3];
    double      validation_loss[3];
    double      validation_accuracy[3];
    uint32_t    best; ///< Epoch, or 0
  } rows[] = {
    // clang-format off
    { "the highest",
      { 3.0, 2.0, 1.0 }, { 1.0, 3.0, 2.0 }, { 0.5, 0.9, 0.7 }, 2U },
    { "of two the one with less loss",
      { 1.0, 2.0, 3.0 }, { 2.0, 1.0, 0.5 }, { 0.9, 0.9, 0.7 }, 2U },
    { "the first of two alike",
      { 3.0, 2.0, 1.0 }, { 2.0, 1.0, 1.0 }, { 0.5, 0.9, 0.9 }, 2U },
    { "accuracy unknown",
      { 3.0, 2.0, 1.0 }, { 2.0, 1.0, 3.0 }, { NONE, NONE, NONE }, 2U },
    { "no validation",
      { 3.0, 1.0, 2.0 }, { NONE, NONE, NONE }, { NONE, NONE, NONE }, 2U },
    { "the first of two losses alike",
      { 1.0, 3.0, 1.0 }, { NONE, NONE, NONE }, { NONE, NONE, NONE }, 1U },
    { "some validation",
      { 0.1, 1.0, 2.0 }, { NONE, 5.0, NONE }, { NONE, 0.1, NONE }, 2U },
    { "some training",
      { NONE, 1.0, NONE }, { NONE, NONE, NONE }, { NONE, NONE, NONE }, 2U },
    { "nothing known",
      { NONE, NONE, NONE }, { NONE, NONE, NONE }, { NONE, NONE, NONE }, 0U },
    // clang-format on
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbHistory history = { .name = NULL };
    for (uint32_t j = 0U; j < 3U; ++j) {
      const TmbHistoryRow row = {
        .epoch               = j + 1U,
        .loss                = rows[i].loss[j],
        .validation_loss     = rows[i].validation_loss[j],
        .validation_accuracy = rows[i].validation_accuracy[j],
      };
      assert_int_equal(tmb_history_add(&history, &row), TMB_OK);
    }
    const TmbHistoryRow* const best = tmb_history_best(&history);
    if ((best ? best->epoch : 0U) != rows[i].best) {
      fail_msg("%s: %u", rows[i].label, best ? best->epoch : 0U);
    }
    tmb_history_clear(&history);
  }

  TmbHistory histories[] = { report_history("a", 20U, 0.0001),
                             report_history("b", 20U, 0.001),
                             make_samples() };
  assert_int_equal(tmb_history_best_of(histories, 3U), 1U);
  assert_int_equal(tmb_history_best_of(histories + 2, 1U), 0U);
  assert_int_equal(tmb_history_best_of(histories, 0U), 0U);
  for (size_t i = 0U; i < 3U; ++i) {
    tmb_history_clear(&histories[i]);
  }
}

static void
a_failed_allocation_is_told(void** const state)
{
  (void)state;
  TmbHistory written = make_samples();
  TmbStatus  status  = TMB_NO_MEMORY;
  report_save_history("x.csv", &written);
  tmb_history_clear(&written);
  for (size_t n = 0U; status; ++n) {
    TmbHistory history = { .name = NULL };
    TmbMessage why     = { "" };
    alloc_fail_from(n);
    status            = tmb_history_read("x.csv", &history, &why);
    const bool failed = alloc_restore();
    tmb_history_clear(&history);
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_true(!failed || strstr(why.text, "x.csv: "));
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(an_epoch_is_a_line_and_what_is_not_known_is_empty),
    TEST(what_was_written_is_read),
    TEST(numbers_have_a_point_in_any_locale),
    TEST(a_history_is_named_after_its_file_or_folder),
    TEST(columns_are_found_by_name),
    TEST(what_is_no_history_is_one_sentence),
    TEST(too_many_epochs_are_refused),
    TEST(epochs_rise),
    TEST(the_best_epoch_has_the_highest_validation_accuracy),
    TEST(a_failed_allocation_is_told),
  };
  return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
