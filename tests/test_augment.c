// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/augment.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_FRAMES 44U
#define N_BANDS 80U
#define N_LEVELS (N_FRAMES * N_BANDS)

typedef struct {
  float frames[N_LEVELS];
  float scratch[N_LEVELS];
} Patch;

/// Silence, then a peak at `band` that falls by a decibel a frame.
static void
fill(Patch* const patch, const uint32_t band)
{
  for (uint32_t i = 0U; i < N_FRAMES; ++i) {
    for (uint32_t b = 0U; b < N_BANDS; ++b) {
      const float distance = fabsf((float)b - (float)band);
      const float level    = -3.0f * distance - (float)i;

      patch->frames[(i * N_BANDS) + b] = (i < 3U) ? -100.0f : level;
    }
  }
}

static void
augment(Patch* const patch, const uint64_t seed, const uint32_t n_frames)
{
  TmbRandom random;
  tmb_random_init(&random, seed, 0U);
  tmb_augment_note(
    &tmb_default_front_end, &random, patch->frames, n_frames, patch->scratch);
}

static uint32_t
loudest_band(const Patch* const patch, const uint32_t frame)
{
  const float* const levels = patch->frames + ((size_t)frame * N_BANDS);
  uint32_t           best   = 0U;
  for (uint32_t b = 1U; b < N_BANDS; ++b) {
    best = (levels[b] > levels[best]) ? b : best;
  }
  return best;
}

static void
augment_repeats_with_its_seed(void** const state)
{
  (void)state;
  Patch first;
  Patch again;
  Patch other;
  fill(&first, 30U);
  fill(&again, 30U);
  fill(&other, 30U);
  augment(&first, 1U, N_FRAMES);
  augment(&again, 1U, N_FRAMES);
  augment(&other, 2U, N_FRAMES);
  assert_memory_equal(first.frames, again.frames, sizeof(first.frames));
  assert_memory_not_equal(first.frames, other.frames, sizeof(first.frames));
}

static void
augment_gives_finite_levels_that_are_not_louder(void** const state)
{
  (void)state;
  for (uint64_t seed = 0U; seed < 500U; ++seed) {
    Patch patch;
    fill(&patch, (uint32_t)(seed % N_BANDS));
    augment(&patch, seed, N_FRAMES);
    for (uint32_t i = 0U; i < N_LEVELS; ++i) {
      assert_true(isfinite(patch.frames[i]));
      // Reverberation and noise may add some
      assert_true(patch.frames[i] < 10.0f && patch.frames[i] >= -100.0f);
    }
  }
}

/// Three semitones are 3.3 bands at most at the 30th band and there about.
static void
augment_keeps_the_note_near_its_frequency(void** const state)
{
  (void)state;
  uint32_t lowest  = N_BANDS;
  uint32_t highest = 0U;
  for (uint64_t seed = 0U; seed < 500U; ++seed) {
    Patch patch;
    fill(&patch, 30U);
    augment(&patch, seed, N_FRAMES);

    const uint32_t band = loudest_band(&patch, 7U);
    lowest              = (band < lowest) ? band : lowest;
    highest             = (band > highest) ? band : highest;
  }
  assert_in_range(lowest, 23U, 28U);
  assert_in_range(highest, 32U, 38U);
}

/// Bands from the top down that hold nothing in any frame.
static uint32_t
silent_bands(const Patch* const patch)
{
  for (uint32_t n = 0U; n < N_BANDS; ++n) {
    for (uint32_t i = 0U; i < N_FRAMES; ++i) {
      if (patch->frames[(i * N_BANDS) + N_BANDS - 1U - n] > -100.0f) {
        return n;
      }
    }
  }
  return N_BANDS;
}

static void
augment_takes_some_notes_as_of_a_low_rate(void** const state)
{
  (void)state;
  uint32_t n_limited = 0U;
  for (uint64_t seed = 0U; seed < 1000U; ++seed) {
    Patch patch;
    fill(&patch, 30U);
    augment(&patch, seed, N_FRAMES);

    const uint32_t n = silent_bands(&patch);
    assert_in_range(n, 0U, 27U); // The 53rd band is the last below 4 kHz
    n_limited += n > 0U;
  }
  assert_in_range(n_limited, 60U, 180U);
}

static void
augment_leaves_alone_what_is_not_there_yet(void** const state)
{
  (void)state;
  for (uint32_t n = 1U; n < N_FRAMES; ++n) {
    Patch patch;
    Patch past;
    fill(&patch, 30U);
    fill(&past, 30U);
    augment(&patch, n, n);
    assert_memory_equal(patch.frames + ((size_t)n * N_BANDS),
                        past.frames + ((size_t)n * N_BANDS),
                        (size_t)(N_FRAMES - n) * N_BANDS * sizeof(float));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(augment_repeats_with_its_seed),
    cmocka_unit_test(augment_gives_finite_levels_that_are_not_louder),
    cmocka_unit_test(augment_keeps_the_note_near_its_frequency),
    cmocka_unit_test(augment_takes_some_notes_as_of_a_low_rate),
    cmocka_unit_test(augment_leaves_alone_what_is_not_there_yet),
  };
  return cmocka_run_group_tests_name("augment", tests, NULL, NULL);
}
