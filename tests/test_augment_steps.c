// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/augment_steps.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define N_FRAMES 44U
#define N_BANDS 80U
#define N_LEVELS (N_FRAMES * N_BANDS)
#define SILENT (-100.0f)

/// A note, with its memory.
typedef struct {
  float    frames[N_LEVELS];
  float    scratch[N_LEVELS];
  TmbPatch patch;
} Note;

/// @param level_db Of all its frames and bands.
static void
fill(Note* const note, const float level_db)
{
  for (uint32_t i = 0U; i < N_LEVELS; ++i) {
    note->frames[i] = level_db;
  }
  note->patch = (TmbPatch){ note->frames, note->scratch, N_FRAMES, N_BANDS };
}

static float*
at(Note* const note, const uint32_t frame, const uint32_t band)
{
  return &note->frames[(frame * N_BANDS) + band];
}

static void
assert_near(const float value, const double expected, const double tolerance)
{
  if (!(fabs((double)value - expected) <= tolerance)) {
    fail_msg("%.9g is not %.9g", (double)value, expected);
  }
}

static uint32_t
loudest_band(Note* const note, const uint32_t frame)
{
  uint32_t best = 0U;
  for (uint32_t b = 1U; b < N_BANDS; ++b) {
    best = (*at(note, frame, b) > *at(note, frame, best)) ? b : best;
  }
  return best;
}

static void
a_warp_moves_a_line_to_the_band_of_its_new_frequency(void** const state)
{
  static const struct {
    uint32_t from;
    uint32_t to;
  } rows[] = { { 40U, 40U }, { 40U, 42U }, { 40U, 37U },
               { 5U, 6U },   { 70U, 73U }, { 79U, 76U } };

  (void)state;
  TmbBandGrid grid;
  tmb_band_grid_init(&grid, &tmb_default_front_end);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    Note note;
    fill(&note, SILENT);
    for (uint32_t i = 0U; i < N_FRAMES; ++i) {
      *at(&note, i, rows[r].from) = -(float)i;
    }
    tmb_warp_frequency(&note.patch,
                       &grid,
                       grid.centres_hz[rows[r].to] /
                         grid.centres_hz[rows[r].from]);
    for (uint32_t i = 0U; i < N_FRAMES; ++i) {
      assert_int_equal(loudest_band(&note, i), rows[r].to);
      assert_near(*at(&note, i, rows[r].to), -(double)i, 1e-3);
    }
  }
}

static void
a_warp_in_time_moves_and_stretches_what_follows_the_onset(void** const state)
{
  static const struct {
    const char* label;
    double      stretch;
    double      shift;
    double      of[4]; ///< What frames 1, 3, 13 and 43 were before
  } rows[] = { { "nothing", 1.0, 0.0, { 1.0, 3.0, 13.0, 43.0 } },
               { "earlier", 1.0, 2.0, { 3.0, 5.0, 15.0, 43.0 } },
               { "later", 1.0, -3.0, { 0.0, 0.0, 10.0, 40.0 } },
               { "slower", 0.85, 0.0, { 1.0, 3.0, 11.5, 37.0 } },
               { "faster", 1.25, 1.0, { 2.0, 4.0, 16.5, 43.0 } } };
  static const uint32_t frames[4] = { 1U, 3U, 13U, 43U };

  (void)state;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    Note note;
    fill(&note, 0.0f);
    for (uint32_t i = 0U; i < N_FRAMES; ++i) {
      for (uint32_t b = 0U; b < N_BANDS; ++b) {
        *at(&note, i, b) = (float)i;
      }
    }
    print_message("%s\n", rows[r].label);
    tmb_warp_time(&note.patch, 3U, rows[r].stretch, rows[r].shift);
    for (unsigned j = 0U; j < 4U; ++j) {
      assert_near(*at(&note, frames[j], 0U), rows[r].of[j], 1e-4);
      assert_near(*at(&note, frames[j], 79U), rows[r].of[j], 1e-4);
    }
  }
}

static void
a_release_lowers_later_frames_only(void** const state)
{
  (void)state;
  Note note;
  fill(&note, -10.0f);
  tmb_release(&note.patch, 20U, 2.5f);
  for (uint32_t i = 0U; i < N_FRAMES; ++i) {
    const double fallen = (i > 20U) ? 2.5 * (i - 20U) : 0.0;
    assert_near(*at(&note, i, 0U), -10.0 - fallen, 1e-4);
    assert_near(*at(&note, i, 79U), -10.0 - fallen, 1e-4);
  }

  fill(&note, -10.0f);
  tmb_release(&note.patch, 50U, 8.0f); // After its end
  assert_near(*at(&note, 43U, 40U), -10.0, 0.0);
}

static void
levels_come_back_from_powers(void** const state)
{
  (void)state;
  Note note;
  fill(&note, 0.0f);
  for (uint32_t i = 0U; i < N_LEVELS; ++i) {
    note.frames[i] = 12.5f - (0.03f * (float)i);
  }
  tmb_patch_level(&note.patch);
  tmb_patch_to_power(&note.patch);
  assert_near(note.frames[0], 1.0, 1e-6);
  tmb_patch_to_db(&note.patch);
  for (uint32_t i = 0U; i < N_LEVELS; ++i) {
    assert_near(note.frames[i], fmax(-0.03 * i, -100.0), 1e-3);
  }
}

static void
a_tail_falls_after_the_third_frame(void** const state)
{
  (void)state;
  float spectrum[N_BANDS] = { 0.0f };
  Note  note;
  fill(&note, 0.0f);
  memset(note.frames, 0, sizeof(note.frames)); // Powers
  spectrum[7] = 1.0f;
  spectrum[8] = 0.1f;
  tmb_add_tail(&note.patch, spectrum, -12.0f, 1.5f);
  tmb_patch_to_db(&note.patch);
  for (uint32_t i = 0U; i < N_FRAMES; ++i) {
    const double level_db = -12.0 - ((i > 2U) ? 1.5 * (i - 2U) : 0.0);
    assert_near(*at(&note, i, 7U), level_db, 1e-3);
    assert_near(*at(&note, i, 8U), level_db - 10.0, 1e-3);
    assert_near(*at(&note, i, 9U), -100.0, 1e-3);
  }
}

static void
reverberation_adds_power_after_a_sound_only(void** const state)
{
  (void)state;
  Note note;
  fill(&note, 0.0f);
  memset(note.frames, 0, sizeof(note.frames)); // Powers
  *at(&note, 10U, 30U) = 2.0f;
  *at(&note, 12U, 30U) = 1.0f;
  tmb_reverberate(&note.patch, 0.5f, 0.8f);
  for (uint32_t i = 0U; i < N_FRAMES; ++i) {
    double power = (i == 10U) ? 2.0 : (i == 12U) ? 1.0 : 0.0;
    power += (i > 10U) ? 2.0 * 0.5 * pow(0.8, i - 10.0) : 0.0;
    power += (i > 12U) ? 1.0 * 0.5 * pow(0.8, i - 12.0) : 0.0;
    assert_near(*at(&note, i, 30U), power, 1e-6);
    assert_near(*at(&note, i, 31U), 0.0, 0.0);
  }
}

static void
slopes_weaken_bands_beyond_their_corner(void** const state)
{
  (void)state;
  float gains_db[N_BANDS] = { 0.0f };
  Note  note;
  fill(&note, 0.0f);
  tmb_add_slopes(gains_db, N_BANDS, 60.5f, 0.0f, 4.0f);
  tmb_add_slopes(gains_db, N_BANDS, 2.0f, 3.0f, 0.0f);
  gains_db[40] = 5.0f;
  tmb_patch_to_power(&note.patch);
  tmb_apply_gains(&note.patch, gains_db);
  tmb_patch_to_db(&note.patch);
  for (uint32_t i = 0U; i < N_FRAMES; i += 43U) {
    assert_near(*at(&note, i, 0U), -6.0, 1e-3);
    assert_near(*at(&note, i, 2U), 0.0, 1e-3);
    assert_near(*at(&note, i, 40U), 5.0, 1e-3);
    assert_near(*at(&note, i, 60U), 0.0, 1e-3);
    assert_near(*at(&note, i, 61U), -2.0, 1e-3);
    assert_near(*at(&note, i, 79U), -74.0, 1e-3);
  }
}

static void
noise_never_lowers_a_level_and_is_within_its_jitter(void** const state)
{
  (void)state;
  float     levels_db[N_BANDS];
  double    sum   = 0.0;
  double    least = 0.0;
  double    most  = 0.0;
  Note      note;
  TmbRandom random;
  fill(&note, SILENT);
  for (uint32_t b = 0U; b < N_BANDS; ++b) {
    levels_db[b]      = -30.0f - (0.2f * (float)b);
    *at(&note, 5U, b) = -20.0f;
  }
  tmb_random_init(&random, 1U, 0U);
  tmb_patch_to_power(&note.patch);
  tmb_add_noise(&note.patch, levels_db, &random);
  tmb_patch_to_db(&note.patch);
  for (uint32_t b = 0U; b < N_BANDS; ++b) {
    assert_in_range((uint32_t)(*at(&note, 5U, b) + 20.0f), 0U, 1U);
    for (uint32_t i = 6U; i < N_FRAMES; ++i) {
      const double jitter = (double)(*at(&note, i, b) - levels_db[b]);
      assert_true(fabs(jitter) < 4.001);
      sum += jitter;
      least = fmin(least, jitter);
      most  = fmax(most, jitter);
    }
  }
  assert_true(least < -3.9 && most > 3.9);
  assert_true(fabs(sum / (38.0 * N_BANDS)) < 0.2);
}

static void
a_second_note_comes_when_it_is_told_and_ends(void** const state)
{
  static const int delays[] = { -2, 0, 2 };

  (void)state;
  for (size_t r = 0U; r < sizeof(delays) / sizeof(*delays); ++r) {
    Note note;
    Note other;
    fill(&note, 0.0f);
    fill(&other, 0.0f);
    tmb_patch_to_power(&note.patch);
    tmb_patch_to_power(&other.patch);
    other.patch.n_frames = 20U;
    tmb_add_note(&note.patch, &other.patch, delays[r], 3.0f);
    for (int i = 0; i < (int)N_FRAMES; ++i) {
      const bool   is_there = i >= delays[r] && i < 20 + delays[r];
      const double power    = is_there ? 1.0 + pow(10.0, 0.3) : 1.0;
      assert_near(*at(&note, (uint32_t)i, 50U), power, 1e-5);
    }
  }
}

static void
the_largest_power_becomes_1(void** const state)
{
  static const float powers[] = { 1e-30f, 0.3f, 1.0f, 1e20f };

  (void)state;
  for (size_t r = 0U; r < sizeof(powers) / sizeof(*powers); ++r) {
    Note note;
    fill(&note, 0.0f);
    *at(&note, 43U, 79U) = powers[r];
    *at(&note, 0U, 0U)   = 0.25f * powers[r];
    tmb_patch_scale(&note.patch);
    assert_near(*at(&note, 43U, 79U), 1.0, 1e-6);
    assert_near(*at(&note, 0U, 0U), 0.25, 1e-6);
  }

  Note none;
  fill(&none, 0.0f);
  tmb_patch_scale(&none.patch);
  assert_near(none.frames[0], 0.0, 0.0);
}

static void
a_limit_silences_the_bands_above_it(void** const state)
{
  static const struct {
    double   hz;
    uint32_t n; ///< Bands that are left
  } rows[] = { { 4000.0, 54U }, { 20000.0, N_BANDS }, { 1.0, 0U } };

  (void)state;
  TmbBandGrid grid;
  tmb_band_grid_init(&grid, &tmb_default_front_end);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    Note note;
    fill(&note, -7.0f);
    tmb_limit_band(&note.patch, &grid, rows[r].hz);
    for (uint32_t b = 0U; b < N_BANDS; ++b) {
      const bool is_left = *at(&note, 43U, b) > -8.0f;
      assert_true(is_left == (b < rows[r].n));
      assert_near(*at(&note, 0U, b), is_left ? -7.0 : -100.0, 0.0);
    }
  }
}

static void
a_note_of_one_frame_or_band_can_not_be_warped(void** const state)
{
  (void)state;
  TmbFrontEnd front_end = tmb_default_front_end;
  TmbBandGrid grid;
  Note        note;
  front_end.n_bands = 1U;
  tmb_band_grid_init(&grid, &front_end);
  fill(&note, -7.0f);
  note.patch.n_bands  = 1U;
  note.patch.n_frames = 1U;
  tmb_warp_frequency(&note.patch, &grid, 1.1);
  tmb_warp_time(&note.patch, 3U, 1.1, 3.0);
  for (uint32_t i = 0U; i < N_LEVELS; ++i) {
    assert_near(note.frames[i], -7.0, 0.0);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_warp_moves_a_line_to_the_band_of_its_new_frequency),
    cmocka_unit_test(a_warp_in_time_moves_and_stretches_what_follows_the_onset),
    cmocka_unit_test(a_release_lowers_later_frames_only),
    cmocka_unit_test(levels_come_back_from_powers),
    cmocka_unit_test(a_tail_falls_after_the_third_frame),
    cmocka_unit_test(reverberation_adds_power_after_a_sound_only),
    cmocka_unit_test(slopes_weaken_bands_beyond_their_corner),
    cmocka_unit_test(noise_never_lowers_a_level_and_is_within_its_jitter),
    cmocka_unit_test(a_second_note_comes_when_it_is_told_and_ends),
    cmocka_unit_test(the_largest_power_becomes_1),
    cmocka_unit_test(a_limit_silences_the_bands_above_it),
    cmocka_unit_test(a_note_of_one_frame_or_band_can_not_be_warped),
  };
  return cmocka_run_group_tests_name("augment_steps", tests, NULL, NULL);
}
