// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/note.h"
#include "tests/support/cmocka.h"
#include "tests/support/model_parts.h"

#include <math.h>
#include <stdbool.h>

#define N_BANDS 8U
#define N_FRAMES 8U
#define N_COEFFS 4U
#define N_FEATURES 13U

/// test_front_end: segments [0, 2) [2, 4) [4, 8), floor 70 dB, 4 coefficients.
static void
describe(const float* const frames,
         const uint32_t     n_available,
         float* const       features)
{
  TmbMfcc* mfcc = NULL;
  assert_int_equal(tmb_front_end_features(&test_front_end), N_FEATURES);
  assert_int_equal(tmb_mfcc_new(N_BANDS, N_COEFFS, 0.0, &mfcc), TMB_OK);
  tmb_note_features(&test_front_end, mfcc, frames, n_available, features);
  tmb_mfcc_free(mfcc);
}

/// Levels that differ from band to band and from frame to frame, -99..0 dB.
static void
fill_frames(float* const frames)
{
  for (unsigned i = 0U; i < N_FRAMES * N_BANDS; ++i) {
    frames[i] = -(float)((37U * i) % 100U);
  }
}

static void
flat_note_has_one_coefficient_a_segment(void** const state)
{
  (void)state;
  float frames[N_FRAMES * N_BANDS];
  float features[N_FEATURES];
  for (unsigned i = 0U; i < N_FRAMES * N_BANDS; ++i) {
    frames[i] = -30.0f;
  }

  // All at the largest level: (0 + 70 / 2) / 20, times sqrt(8) by the DCT
  describe(frames, N_FRAMES, features);
  for (unsigned i = 0U; i < 3U * N_COEFFS; ++i) {
    const float exact = (i % N_COEFFS) ? 0.0f : 1.75f * sqrtf(8.0f);
    assert_float_equal(features[i], exact, 1e-5f);
  }
  assert_float_equal(features[12], 1.0f, 1e-6f);
}

static void
loudness_plays_no_part(void** const state)
{
  (void)state;
  float frames[N_FRAMES * N_BANDS];
  float loud[N_FEATURES];
  float soft[N_FEATURES];
  fill_frames(frames);
  describe(frames, N_FRAMES, loud);
  for (unsigned i = 0U; i < N_FRAMES * N_BANDS; ++i) {
    frames[i] -= 16.0f;
  }
  describe(frames, N_FRAMES, soft);
  assert_memory_equal(loud, soft, sizeof(loud));
}

static void
levels_below_the_floor_are_all_the_same(void** const state)
{
  (void)state;
  float frames[N_FRAMES * N_BANDS];
  float high[N_FEATURES];
  float low[N_FEATURES];
  fill_frames(frames);
  describe(frames, N_FRAMES, high);
  for (unsigned i = 0U; i < N_FRAMES * N_BANDS; ++i) {
    frames[i] = (frames[i] < -70.0f) ? -200.0f : frames[i];
  }
  describe(frames, N_FRAMES, low);
  assert_memory_equal(high, low, sizeof(high));
}

static void
a_segment_is_the_mean_of_its_frames(void** const state)
{
  (void)state;
  float frames[N_FRAMES * N_BANDS];
  float features[N_FEATURES];
  for (unsigned i = 0U; i < N_FRAMES * N_BANDS; ++i) {
    const unsigned frame = i / N_BANDS;
    frames[i]            = -10.0f * (float)frame;
  }

  // Means -5, -25 and -55 dB
  describe(frames, N_FRAMES, features);
  assert_float_equal(features[0], 1.5f * sqrtf(8.0f), 1e-5f);
  assert_float_equal(features[4], 0.5f * sqrtf(8.0f), 1e-5f);
  assert_float_equal(features[8], -1.0f * sqrtf(8.0f), 1e-5f);
}

static void
segments_that_are_not_there_are_zero(void** const state)
{
  (void)state;
  static const struct {
    uint32_t n_available;
    float    fraction; ///< Mean over the three segments
  } rows[] = {
    { 1U, 0.5f / 3.0f }, { 2U, 1.0f / 3.0f },  { 3U, 1.5f / 3.0f },
    { 4U, 2.0f / 3.0f }, { 5U, 2.25f / 3.0f }, { 8U, 1.0f },
  };
  float frames[N_FRAMES * N_BANDS];
  fill_frames(frames);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    float features[N_FEATURES];
    describe(frames, rows[r].n_available, features);
    for (unsigned s = 0U; s < 3U; ++s) {
      const bool is_there = test_front_end.edges[s] < rows[r].n_available;
      for (unsigned k = 0U; k < N_COEFFS; ++k) {
        assert_int_equal(features[(s * N_COEFFS) + k] != 0.0f, is_there);
      }
    }
    assert_float_equal(features[12], rows[r].fraction, 1e-6f);
  }
}

static void
frames_to_come_play_no_part(void** const state)
{
  (void)state;
  float frames[N_FRAMES * N_BANDS];
  float before[N_FEATURES];
  float after[N_FEATURES];
  fill_frames(frames);
  describe(frames, 5U, before);
  for (unsigned i = 5U * N_BANDS; i < N_FRAMES * N_BANDS; ++i) {
    frames[i] = 100.0f;
  }
  describe(frames, 5U, after);
  assert_memory_equal(before, after, sizeof(before));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(flat_note_has_one_coefficient_a_segment),
    cmocka_unit_test(loudness_plays_no_part),
    cmocka_unit_test(levels_below_the_floor_are_all_the_same),
    cmocka_unit_test(a_segment_is_the_mean_of_its_frames),
    cmocka_unit_test(segments_that_are_not_there_are_zero),
    cmocka_unit_test(frames_to_come_play_no_part),
  };
  return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
