// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mel.h"
#include "dsp/onset_strength.h"
#include "tests/support/cmocka.h"

#define N_FRAMES 6U

static void
strength_follows_its_definition(void** const state)
{
  (void)state;
  static const struct {
    const char*            label;
    TmbOnsetStrengthConfig config;
    float                  log_mel[N_FRAMES][4];
    float                  exact[N_FRAMES];
  } rows[] = {
    { "a steady sound has none",
      { 1U, 1U, 0U, TMB_ONSET_MEAN },
      { { 1, 2, 3, 4 },
        { 1, 2, 3, 4 },
        { 1, 2, 3, 4 },
        { 1, 2, 3, 4 },
        { 1, 2, 3, 4 },
        { 1, 2, 3, 4 } },
      { 0, 0, 0, 0, 0, 0 } },
    { "rises count, falls don't",
      { 1U, 1U, 0U, TMB_ONSET_MEAN },
      { { 0, 0, 0, 0 }, { 8, 0, 0, -4 }, { 0, 0, 0, 0 } },
      { 0, 2, 1, 0, 0, 0 } },
    { "shifted",
      { 1U, 1U, 2U, TMB_ONSET_MEAN },
      { { 0, 0, 0, 0 }, { 8, 0, 0, -4 }, { 0, 0, 0, 0 } },
      { 0, 0, 0, 2, 1, 0 } },
    { "from two frames before",
      { 2U, 1U, 0U, TMB_ONSET_MEAN },
      { { 0, 0, 0, 0 }, { 4, 0, 0, 0 }, { 8, 0, 0, 0 }, { 8, 0, 0, 0 } },
      { 0, 0, 2, 1, 0, 0 } },
    { "median of an even number is between the middle ones",
      { 1U, 1U, 0U, TMB_ONSET_MEDIAN },
      { { 0, 0, 0, 0 }, { 9, 1, 100, 2 }, { 0, 2, 101, 3 } },
      { 0, 5.5f, 1, 0, 0, 0 } },
    { "what moves by a band is a rise",
      { 1U, 1U, 0U, TMB_ONSET_MEAN },
      { { 0, 8, 0, 0 }, { 0, 0, 8, 0 }, { 0, 8, 0, 0 } },
      { 0, 2, 2, 0, 0, 0 } },
    { "but not after a maximum filter",
      { 1U, 3U, 0U, TMB_ONSET_MEAN },
      { { 0, 8, 0, 0 }, { 0, 0, 8, 0 }, { 0, 8, 0, 0 } },
      { 0, 0, 0, 0, 0, 0 } },
    { "of two bands, the filter takes the lower one too",
      { 1U, 2U, 0U, TMB_ONSET_MEAN },
      { { 0, 8, 0, 0 }, { 0, 0, 8, 0 }, { 0, 8, 0, 0 } },
      { 0, 0, 2, 0, 0, 0 } },
    { "a filter wider than the bands",
      { 1U, TMB_MAX_BANDS, 0U, TMB_ONSET_MEAN },
      { { 0, 0, 0, 8 }, { 8, 8, 8, 12 } },
      { 0, 1, 0, 0, 0, 0 } },
    { "shifted beyond the end",
      { 1U, 1U, UINT32_MAX, TMB_ONSET_MEAN },
      { { 0, 0, 0, 0 }, { 8, 0, 0, 0 } },
      { 0, 0, 0, 0, 0, 0 } },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    float envelope[N_FRAMES] = { -1, -1, -1, -1, -1, -1 };
    assert_int_equal(
      tmb_onset_strength(
        rows[r].log_mel[0], N_FRAMES, 4U, &rows[r].config, envelope),
      TMB_OK);
    for (unsigned i = 0U; i < N_FRAMES; ++i) {
      if (envelope[i] != rows[r].exact[i]) {
        fail_msg("%s: frame %u is %g", rows[r].label, i, (double)envelope[i]);
      }
    }
  }
}

static void
no_frames_have_no_strength(void** const state)
{
  (void)state;
  static const TmbOnsetStrengthConfig config = { 1U, 1U, 2U, TMB_ONSET_MEAN };
  float                               envelope[1] = { -1.0f };
  assert_int_equal(tmb_onset_strength(NULL, 0U, 4U, &config, envelope), TMB_OK);
  assert_true(envelope[0] == -1.0f);
}

static void
settings_are_checked(void** const state)
{
  (void)state;
  static const struct {
    const char*            label;
    uint32_t               n_bands;
    TmbOnsetStrengthConfig config;
  } rows[] = {
    { "no bands", 0U, { 1U, 1U, 0U, TMB_ONSET_MEAN } },
    { "too many bands", TMB_MAX_BANDS + 1U, { 1U, 1U, 0U, TMB_ONSET_MEAN } },
    { "no lag", 1U, { 0U, 1U, 0U, TMB_ONSET_MEAN } },
    { "no filter", 1U, { 1U, 0U, 0U, TMB_ONSET_MEAN } },
    { "filter too wide", 1U, { 1U, TMB_MAX_BANDS + 1U, 0U, TMB_ONSET_MEAN } },
  };
  const float log_mel[TMB_MAX_BANDS + 1U] = { 0.0f };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    float envelope[1];
    if (tmb_onset_strength(
          log_mel, 1U, rows[r].n_bands, &rows[r].config, envelope) !=
        TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(strength_follows_its_definition),
    cmocka_unit_test(no_frames_have_no_strength),
    cmocka_unit_test(settings_are_checked),
  };
  return cmocka_run_group_tests_name("onset_strength", tests, NULL, NULL);
}
