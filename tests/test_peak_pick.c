// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/peak_pick.h"
#include "tests/support/cmocka.h"

#include <math.h>

#define MAX_FRAMES 12U

static void
peaks_follow_their_definition(void** const state)
{
  (void)state;
  static const struct {
    const char*   label;
    TmbPeakConfig config;
    uint32_t      n;
    float         x[MAX_FRAMES];
    uint32_t      n_peaks;
    uint32_t      peaks[MAX_FRAMES];
  } rows[] = {
    { "nothing", { 1, 1, 1, 1, 0.0f, 0 }, 0, { 0 }, 0, { 0 } },
    { "one frame", { 1, 1, 1, 1, 0.0f, 0 }, 1, { 3 }, 1, { 0 } },
    { "largest of both sides",
      { 1, 2, 1, 2, 0.0f, 0 },
      7,
      { 0, 2, 1, 3, 3.5f, 1, 0 },
      2,
      { 1, 4 } },
    { "the first and the last frame",
      { 2, 3, 2, 3, 0.5f, 0 },
      5,
      { 5, 1, 0, 1, 5 },
      2,
      { 0, 4 } },
    { "a plateau, in all its frames",
      { 1, 2, 3, 3, 0.1f, 0 },
      8,
      { 0, 0, 1, 1, 1, 0, 0, 0 },
      3,
      { 2, 3, 4 } },
    { "a plateau, with a wait of one",
      { 1, 2, 3, 3, 0.1f, 1 },
      8,
      { 0, 0, 1, 1, 1, 0, 0, 0 },
      2,
      { 2, 4 } },
    { "a plateau, with a wait beyond its end",
      { 1, 2, 3, 3, 0.1f, 5 },
      8,
      { 0, 0, 1, 1, 1, 0, 0, 0 },
      1,
      { 2 } },
    { "a wait beyond all frames",
      { 1, 2, 1, 2, 0.1f, UINT32_MAX },
      5,
      { 0, 1, 0, 1, 0 },
      1,
      { 1 } },
    { "windows beyond all frames",
      { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, 0.1f, 0 },
      5,
      { 0, 1, 0, 2, 0 },
      1,
      { 3 } },
    { "just above the mean",
      { 1, 2, 1, 2, 0.5f, 0 },
      3,
      { 0, 0.75f, 0 },
      1,
      { 1 } },
    { "just not above the mean",
      { 1, 2, 1, 2, 0.5f, 0 },
      3,
      { 0, 0.74f, 0 },
      0,
      { 0 } },
    { "not a number",
      { 1, 2, 0, 1, 0.0f, 0 },
      5,
      { 0, NAN, 0, 1, 0 },
      1,
      { 3 } },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    uint32_t       peaks[MAX_FRAMES];
    const uint32_t n_peaks =
      tmb_peak_pick(rows[r].x, rows[r].n, &rows[r].config, peaks);
    if (n_peaks != rows[r].n_peaks) {
      fail_msg("%s: %u peaks", rows[r].label, n_peaks);
    }
    for (uint32_t i = 0U; i < n_peaks; ++i) {
      if (peaks[i] != rows[r].peaks[i]) {
        fail_msg("%s: peak %u is at %u", rows[r].label, i, peaks[i]);
      }
    }
  }
}

static void
onsets_are_looked_for_in_librosas_time(void** const state)
{
  (void)state;
  static const struct {
    double   rate_hz;
    double   hop;
    uint32_t n_30ms;
    uint32_t n_100ms;
  } rows[] = {
    { 22050.0, 512.0, 1U, 4U },  { 44100.0, 512.0, 2U, 8U },
    { 48000.0, 480.0, 3U, 10U }, { 44100.0, 441.0, 3U, 10U },
    { 8000.0, 1024.0, 0U, 0U },  { 384000.0, 64.0, 180U, 600U },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    const TmbPeakConfig config = tmb_onset_peaks(rows[r].rate_hz, rows[r].hop);
    assert_int_equal(config.pre_max, rows[r].n_30ms);
    assert_int_equal(config.post_max, 1U);
    assert_int_equal(config.pre_avg, rows[r].n_100ms);
    assert_int_equal(config.post_avg, rows[r].n_100ms + 1U);
    assert_int_equal(config.wait, rows[r].n_30ms);
    assert_true(config.delta == 0.07f);
  }
}

static void
onsets_do_not_depend_on_level_or_offset(void** const state)
{
  (void)state;
  static const float scales[][2] = {
    { 1.0f, 0.0f }, { 1e-6f, 0.0f }, { 1e6f, 3e6f }, { 0.5f, -20.0f }
  };
  for (unsigned s = 0U; s < 4U; ++s) {
    uint32_t onsets[MAX_FRAMES];
    float    x[MAX_FRAMES] = { 0, 0, 0, 4, 1, 0, 0, 0, 0, 2, 0, 0 };
    for (unsigned i = 0U; i < MAX_FRAMES; ++i) {
      x[i] = (scales[s][0] * x[i]) + scales[s][1];
    }
    assert_int_equal(tmb_onset_pick(x, MAX_FRAMES, 22050.0, 512.0, onsets), 2U);
    assert_int_equal(onsets[0], 3U);
    assert_int_equal(onsets[1], 9U);
    assert_float_equal(x[0], 0.0f, 0.0f);
    assert_float_equal(x[3], 1.0f, 1e-6f);
    assert_float_equal(x[9], 0.5f, 1e-6f);
  }
}

static void
what_is_no_envelope_has_no_onsets(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n;
    float       x[4];
  } rows[] = {
    { "empty", 0U, { 0 } },
    { "one frame", 1U, { 1 } },
    { "silence", 4U, { 0, 0, 0, 0 } },
    { "constant", 4U, { 7, 7, 7, 7 } },
    { "not a number", 4U, { 0, 1, NAN, 0 } },
    { "infinite", 4U, { 0, INFINITY, 0, 0 } },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    float    x[4] = { rows[r].x[0], rows[r].x[1], rows[r].x[2], rows[r].x[3] };
    uint32_t onsets[4];
    if (tmb_onset_pick(x, rows[r].n, 22050.0, 512.0, onsets)) {
      fail_msg("%s", rows[r].label);
    }
  }
}

static void
onsets_go_back_to_the_minimum_before(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    onset;
    uint32_t    exact;
  } rows[] = {
    { "no minimum before", 2U, 0U },
    { "on a minimum", 4U, 4U },
    { "after a minimum", 6U, 4U },
    { "before the end of a flat valley", 8U, 4U },
    { "after a flat valley, to its end", 10U, 9U },
    { "the last frame", 11U, 9U },
  };
  static const float x[]       = { 0, 1, 3, 2, 1, 2, 4, 1, 1, 1, 5, 3 };
  uint32_t           onsets[6] = { 0U };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    onsets[r]    = rows[r].onset;
    uint32_t one = rows[r].onset;
    tmb_onset_backtrack(x, 12U, &one, 1U);
    if (one != rows[r].exact) {
      fail_msg("%s: %u", rows[r].label, one);
    }
  }

  tmb_onset_backtrack(x, 12U, onsets, 6U);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    assert_int_equal(onsets[r], rows[r].exact);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(peaks_follow_their_definition),
    cmocka_unit_test(onsets_are_looked_for_in_librosas_time),
    cmocka_unit_test(onsets_do_not_depend_on_level_or_offset),
    cmocka_unit_test(what_is_no_envelope_has_no_onsets),
    cmocka_unit_test(onsets_go_back_to_the_minimum_before),
  };
  return cmocka_run_group_tests_name("peak_pick", tests, NULL, NULL);
}
