// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/gather.h"

#include "tests/support/cmocka.h"

#include <math.h>

static TmbGather*
new_gather(void)
{
  TmbGather* gather = NULL;
  assert_int_equal(tmb_gather_new(&tmb_default_front_end, &gather), TMB_OK);
  return gather;
}

/// Push a frame whose bands all hold `level_db`.
static void
push(TmbGather* const gather, const float level_db)
{
  float bands[TMB_MAX_BANDS];
  for (uint32_t b = 0U; b < tmb_default_front_end.n_bands; ++b) {
    bands[b] = level_db;
  }
  tmb_gather_push(gather, bands, powf(10.0f, 0.1f * level_db));
}

static void
grow(TmbGather* const gather, const float level_db)
{
  push(gather, level_db);
  tmb_gather_grow(gather);
}

/// First band of frame `i` of the note.
static float
level(const TmbGather* const gather, const uint32_t i)
{
  uint32_t           n_available = 0U;
  const float* const frames      = tmb_gather_frames(gather, &n_available);
  assert_true(i < n_available);
  return frames[(size_t)i * tmb_default_front_end.n_bands];
}

static void
a_note_has_the_frames_before_its_onset(void** const state)
{
  (void)state;
  TmbGather* const gather = new_gather();
  push(gather, -90.0f);
  push(gather, -80.0f);
  push(gather, -10.0f);
  tmb_gather_begin(gather);
  assert_true(tmb_gather_has(gather, 4U));
  assert_false(tmb_gather_has(gather, 5U));
  assert_float_equal(level(gather, 0U), -100.0f, 1e-4f); // Before the first
  assert_float_equal(level(gather, 1U), -90.0f, 0.0f);
  assert_float_equal(level(gather, 2U), -80.0f, 0.0f);
  assert_float_equal(level(gather, 3U), -10.0f, 0.0f);
  tmb_gather_free(gather);
}

typedef struct {
  const char* what;
  float       breath_db; ///< From the onset on
  uint32_t    n_breath;  ///< Frames
  float       tone_db;   ///< After it
  uint32_t    start;     ///< Expected, in frames from the onset
} Attack;

static void
a_note_starts_where_it_comes_near_its_loudest(void** const state)
{
  (void)state;
  static const Attack attacks[] = {
    { "an attack at once", -10.0f, 1U, -10.0f, 0U },
    { "a breath 15 dB weaker belongs to it", -25.0f, 5U, -10.0f, 0U },
    { "a breath 25 dB weaker does not", -35.0f, 5U, -10.0f, 5U },
    { "but no longer than an attack lasts",
      -60.0f,
      40U,
      -10.0f,
      TMB_ATTACK_FRAMES },
    { "a note that decays starts at its onset", -10.0f, 2U, -60.0f, 0U },
  };
  for (size_t i = 0U; i < sizeof(attacks) / sizeof(*attacks); ++i) {
    const Attack* const attack = &attacks[i];
    TmbGather* const    gather = new_gather();
    print_message("%s\n", attack->what);
    push(gather, attack->breath_db);
    tmb_gather_begin(gather);
    for (uint32_t j = 1U; j < attack->n_breath; ++j) {
      grow(gather, attack->breath_db);
    }
    for (uint32_t j = 0U; j < 10U; ++j) {
      grow(gather, attack->tone_db);
    }
    assert_int_equal(tmb_gather_start(gather), attack->start);
    tmb_gather_free(gather);
  }
}

static void
a_note_never_has_more_than_its_frames(void** const state)
{
  (void)state;
  const uint32_t   n_note = tmb_front_end_note_frames(&tmb_default_front_end);
  TmbGather* const gather = new_gather();
  push(gather, -20.0f);
  tmb_gather_begin(gather);
  for (uint32_t i = 0U; i < 500U; ++i) {
    // Ever louder, so that the start moves as far as it can
    grow(gather, -20.0f + (float)i);

    uint32_t n_available = 0U;
    (void)tmb_gather_frames(gather, &n_available);
    assert_in_range(n_available, 1U, n_note);
  }
  assert_true(tmb_gather_has(gather, n_note));
  tmb_gather_free(gather);
}

static void
reset_forgets_what_came_before(void** const state)
{
  (void)state;
  TmbGather* const gather = new_gather();
  for (uint32_t i = 0U; i < 4U; ++i) {
    push(gather, -5.0f);
  }
  tmb_gather_reset(gather);
  push(gather, -10.0f);
  tmb_gather_begin(gather);
  assert_float_equal(level(gather, 2U), -100.0f, 1e-4f);
  tmb_gather_free(gather);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_note_has_the_frames_before_its_onset),
    cmocka_unit_test(a_note_starts_where_it_comes_near_its_loudest),
    cmocka_unit_test(a_note_never_has_more_than_its_frames),
    cmocka_unit_test(reset_forgets_what_came_before),
  };
  return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
