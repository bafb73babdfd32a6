// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/augment.h"

#include "tests/support/cmocka.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define N_FRAMES 44U
#define N_BANDS 80U
#define N_LEVELS (N_FRAMES * N_BANDS)
#define N_SEEDS 500U

typedef struct {
  float frames[N_LEVELS];
  float scratch[N_LEVELS];
} Patch;

/// Nothing but what a test adds.
static const TmbAugmentation nothing = { .altered = 1.0 };

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
augment(Patch* const                 patch,
        const TmbAugmentation* const settings,
        const uint64_t               seed,
        const TmbLent* const         lent,
        const uint32_t               n_frames)
{
  TmbAugmenter   augmenter;
  TmbRandom      random;
  const TmbPatch part = { patch->frames, patch->scratch, n_frames, N_BANDS };
  tmb_random_init(&random, seed, 0U);
  tmb_augmenter_init(&augmenter, settings, &tmb_default_front_end);
  tmb_augment_note(&augmenter, &random, lent, &part);
}

static void
augment_well(Patch* const patch, const uint64_t seed)
{
  const TmbAugmentation settings = TMB_DEFAULT_AUGMENTATION;
  const TmbLent         none     = { NULL, NULL };
  augment(patch, &settings, seed, &none, N_FRAMES);
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
  augment_well(&first, 1U);
  augment_well(&again, 1U);
  augment_well(&other, 2U);
  assert_memory_equal(first.frames, again.frames, sizeof(first.frames));
  assert_memory_not_equal(first.frames, other.frames, sizeof(first.frames));
}

static void
augment_gives_levels_within_the_floor_and_a_little_above_0(void** const state)
{
  (void)state;
  for (uint64_t seed = 0U; seed < N_SEEDS; ++seed) {
    Patch patch;
    fill(&patch, (uint32_t)(seed % N_BANDS));
    for (uint32_t i = 0U; i < N_LEVELS; ++i) {
      patch.frames[i] += 40.0f - 0.2f * (float)seed; // Loudness does not matter
    }
    augment_well(&patch, seed);
    for (uint32_t i = 0U; i < N_LEVELS; ++i) {
      // Coloured noise may be louder than the note
      assert_true(patch.frames[i] < 20.0f && patch.frames[i] >= -100.0f);
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
  for (uint64_t seed = 0U; seed < N_SEEDS; ++seed) {
    Patch patch;
    fill(&patch, 30U);
    augment_well(&patch, seed);

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
  TmbAugmentation settings  = nothing;
  const TmbLent   none      = { NULL, NULL };
  uint32_t        n_limited = 0U;
  settings.limit            = 0.12;
  for (uint64_t seed = 0U; seed < (uint64_t)2U * N_SEEDS; ++seed) {
    Patch patch;
    fill(&patch, 60U);
    augment(&patch, &settings, seed, &none, N_FRAMES);

    const uint32_t n = silent_bands(&patch);
    assert_in_range(n, 0U, 26U); // 54 bands begin below 4 kHz
    n_limited += n > 0U;
  }
  assert_in_range(n_limited, 60U, 180U);
}

/// How often a note is other than one to which nothing was done.
static uint32_t
count_altered(const TmbAugmentation* const settings)
{
  const TmbLent none = { NULL, NULL };
  uint32_t      n    = 0U;
  for (uint64_t seed = 0U; seed < N_SEEDS; ++seed) {
    Patch patch;
    Patch plain;
    bool  is_altered = false;
    fill(&patch, 40U);
    fill(&plain, 40U);
    augment(&patch, settings, seed, &none, N_FRAMES);
    augment(&plain, &nothing, seed, &none, N_FRAMES);
    for (uint32_t i = 0U; i < N_LEVELS; ++i) {
      is_altered =
        is_altered || fabsf(patch.frames[i] - plain.frames[i]) > 0.01f;
    }
    n += is_altered;
  }
  return n;
}

static void
each_step_is_taken_as_often_as_it_is_told(void** const state)
{
  static const struct {
    const char*     label;
    TmbAugmentation settings;
    uint32_t        percent; ///< Of notes of which something is left to hear
  } rows[] = {
    { "nothing", { .altered = 1.0 }, 0U },
    { "warp", { .warp = 3.0 }, 100U },
    { "stretch", { .stretch = 0.2 }, 100U },
    { "shift", { .shift = 3.0 }, 86U },          // One of seven is none
    { "release", { .release = 0.5 }, 34U },      // Or only after its end
    { "reverberation", { .reverb = 0.4 }, 38U }, // Or too little of it
    { "low-pass, high-pass", { .filter = 0.2 }, 36U },
    { "noise", { .noise = 1.0 }, 98U },
    { "some noise", { .noise = 0.5 }, 49U },
  };

  (void)state;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    const uint32_t n = 100U * count_altered(&rows[r].settings) / N_SEEDS;
    print_message("%s: %u %%\n", rows[r].label, n);
    assert_in_range(n + 6U, rows[r].percent, rows[r].percent + 12U);
  }
}

static void
what_is_lent_is_heard(void** const state)
{
  (void)state;
  float         tail[N_BANDS]    = { 0.0f };
  float         body_db[N_BANDS] = { 0.0f };
  const TmbLent none             = { NULL, NULL };
  const TmbLent lent             = { tail, body_db };
  tail[70]                       = 1.0f;
  body_db[20]                    = -6.0f;
  for (uint64_t seed = 0U; seed < N_SEEDS; ++seed) {
    Patch patch;
    Patch plain;
    fill(&patch, 20U);
    fill(&plain, 20U);
    augment(&patch, &nothing, seed, &lent, N_FRAMES);
    augment(&plain, &nothing, seed, &none, N_FRAMES);

    // The peak had 0 dB at frame 3, its neighbour has -3, which is 0 dB then
    const float* const before = patch.frames;
    const float* const start  = patch.frames + ((size_t)3U * N_BANDS);
    assert_true(fabsf(start[20] + 3.0f) < 0.01f);
    assert_true(fabsf(start[21]) < 0.01f);
    assert_true(before[70] > -37.5f && before[70] < 0.1f + 3.0f);
    assert_true(plain.frames[70] < -96.0f);
  }
}

static void
augment_leaves_alone_what_is_not_there_yet(void** const state)
{
  (void)state;
  const TmbAugmentation settings = TMB_DEFAULT_AUGMENTATION;
  const TmbLent         none     = { NULL, NULL };
  for (uint32_t n = 1U; n < N_FRAMES; ++n) {
    Patch patch;
    Patch past;
    fill(&patch, 30U);
    fill(&past, 30U);
    augment(&patch, &settings, n, &none, n);
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
    cmocka_unit_test(
      augment_gives_levels_within_the_floor_and_a_little_above_0),
    cmocka_unit_test(augment_keeps_the_note_near_its_frequency),
    cmocka_unit_test(augment_takes_some_notes_as_of_a_low_rate),
    cmocka_unit_test(each_step_is_taken_as_often_as_it_is_told),
    cmocka_unit_test(what_is_lent_is_heard),
    cmocka_unit_test(augment_leaves_alone_what_is_not_there_yet),
  };
  return cmocka_run_group_tests_name("augment", tests, NULL, NULL);
}
