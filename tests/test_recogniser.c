// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/recogniser.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_file.h"
#include "tests/support/signals.h"
#include "tests/support/tune.h"

#include <math.h>
#include <stdbool.h>

static void
blocks_of_any_size_give_the_same_events(void** const state)
{
  (void)state;
  static const uint32_t blocks[] = { 1U, 64U, 1000U, 65536U };
  Signal                tune     = tune_new(TUNE_RATE);
  const Records         whole =
    tune_recognise(&tmb_default_settings, &tune, TUNE_RATE, UINT32_MAX);
  for (size_t b = 0U; b < sizeof(blocks) / sizeof(blocks[0]); ++b) {
    const Records records =
      tune_recognise(&tmb_default_settings, &tune, TUNE_RATE, blocks[b]);
    records_expect_same(&whole, &records);
  }
  signal_free(&tune);
}

static void
settings_out_of_range_are_mended(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    TmbSettings wrong;
    TmbSettings right;
  } rows[] = {
    { "not numbers",
      { NAN, NAN, NAN, NAN, NAN },
      { 0.5f, -60.0f, 0.4f, 250.0f, 500.0f } },
    { "too small",
      { -1.0f, -500.0f, -1.0f, -1.0f, -1.0f },
      { 0.0f, -120.0f, 0.0f, 0.0f, 0.0f } },
    { "too large",
      { 2.0f, -60.0f, 2.0f, INFINITY, INFINITY },
      { 1.0f, -60.0f, 1.0f, 60000.0f, 60000.0f } },
  };
  Signal tune = tune_new(TUNE_RATE);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const Records wrong =
      tune_recognise(&rows[r].wrong, &tune, TUNE_RATE, 4096U);
    const Records right =
      tune_recognise(&rows[r].right, &tune, TUNE_RATE, 4096U);
    records_expect_same(&wrong, &right);
  }
  signal_free(&tune);
}

static void
what_is_no_sound_is_survived(void** const state)
{
  (void)state;
  TmbRecogniser* recogniser = NULL;
  Signal         tune       = tune_new(TUNE_RATE);
  Signal         poison     = signal_new(44100U);
  for (uint32_t i = 0U; i < poison.n; ++i) {
    poison.y[i] = (i % 2U) ? NAN : INFINITY;
  }
  assert_int_equal(tmb_recogniser_new(tune_model(), TUNE_RATE, &recogniser),
                   TMB_OK);
  const Records before = tune_push(recogniser, &tune, 512U);
  const Records during = tune_push(recogniser, &poison, 512U);
  const Records after  = tune_push(recogniser, &tune, 512U);
  assert_int_equal(during.n, 0U);
  assert_int_equal(after.n, before.n);
  for (uint32_t i = 1U; i < before.n; i += 3U) {
    assert_int_equal(before.records[i].event.verdict.instrument,
                     after.records[i].event.verdict.instrument);
  }
  tmb_recogniser_free(recogniser);
  signal_free(&poison);
  signal_free(&tune);
}

static void
begin_forgets_the_signal_and_the_track(void** const state)
{
  (void)state;
  TmbRecogniser* recogniser = NULL;
  Signal         tune       = tune_new(TUNE_RATE);
  assert_int_equal(tmb_recogniser_new(tune_model(), TUNE_RATE, &recogniser),
                   TMB_OK);
  const Records first = tune_push(recogniser, &tune, 300U);
  tmb_recogniser_begin(recogniser, 0U);
  assert_float_equal(tmb_recogniser_level(recogniser), -120.0f, 0.0f);
  const Records again = tune_push(recogniser, &tune, 300U);
  records_expect_same(&first, &again);
  tmb_recogniser_free(recogniser);
  signal_free(&tune);
}

static void
external_features_are_refused(void** const state)
{
  (void)state;
  TmbModel*      external   = NULL;
  TmbRecogniser* recogniser = NULL;
  Bytes          file =
    edit_header(MODEL_FILE, "external", "\"timbrel.front_end\"", "\"x\"", 0U);
  assert_int_equal(tmb_model_read(file.bytes, file.n, &external, NULL), TMB_OK);
  assert_int_equal(tmb_recogniser_new(external, TUNE_RATE, &recogniser),
                   TMB_EXTERNAL_FEATURES);
  assert_null(recogniser);
  tmb_model_free(external);
  bytes_free(&file);
}

static void
new_checks_its_rate(void** const state)
{
  (void)state;
  static const double rates[]    = { 0.0, 7999.0, 384001.0, (double)NAN };
  TmbRecogniser*      recogniser = NULL;
  for (size_t r = 0U; r < sizeof(rates) / sizeof(rates[0]); ++r) {
    assert_int_equal(tmb_recogniser_new(tune_model(), rates[r], &recogniser),
                     TMB_BAD_ARG);
    assert_null(recogniser);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  size_t n = 0U;
  for (bool failed = true; failed; ++n) {
    TmbRecogniser* recogniser = NULL;
    alloc_fail_from(n);
    const TmbStatus status =
      tmb_recogniser_new(tune_model(), TUNE_RATE, &recogniser);
    failed = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(recogniser != NULL, !failed);
    tmb_recogniser_free(recogniser);
  }
  assert_true(n > 15U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(blocks_of_any_size_give_the_same_events),
    cmocka_unit_test(settings_out_of_range_are_mended),
    cmocka_unit_test(what_is_no_sound_is_survived),
    cmocka_unit_test(begin_forgets_the_signal_and_the_track),
    cmocka_unit_test(external_features_are_refused),
    cmocka_unit_test(new_checks_its_rate),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name(
    "recogniser", tests, tune_setup, tune_teardown);
}
