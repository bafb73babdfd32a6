// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/gather.h"

#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"

#include <math.h>
#include <stdbool.h>

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

/// First band of frame `i` of the note.
static float
level(const TmbGather* const gather, const uint32_t i)
{
  uint32_t           n_available = 0U;
  const float* const frames      = tmb_gather_frames(gather, &n_available);
  assert_true(i < n_available);
  return frames[(size_t)i * tmb_default_front_end.n_bands];
}

/// The frame of an onset after silence.
#define ONSET 10U

/// Begin a note after silence; the next frame is that of its onset.
static void
begin(TmbGather* const gather)
{
  tmb_gather_reset(gather, 0U);
  for (uint32_t i = 0U; i < ONSET; ++i) {
    push(gather, -100.0f);
  }
  tmb_gather_begin(gather, ONSET);
}

/// Frame number `i` has level -`i` dB.
static void
push_numbered(TmbGather* const gather, const uint32_t first, const uint32_t end)
{
  for (uint32_t i = first; i < end; ++i) {
    push(gather, -(float)i);
  }
}

static uint32_t
available(const TmbGather* const gather)
{
  uint32_t n_available = 0U;
  (void)tmb_gather_frames(gather, &n_available);
  return n_available;
}

/// However long after its frame an onset is noticed, or before.
static void
a_note_has_its_frames_and_those_before_by_number(void** const state)
{
  (void)state;
  const uint32_t   n_before = tmb_default_front_end.n_before;
  const uint32_t   first    = ONSET - n_before;
  TmbGather* const gather   = new_gather();
  for (uint32_t next = ONSET - 5U; next <= ONSET + 1U + TMB_LOOK_BACK; ++next) {
    const uint32_t n_there = (next > first) ? next - first : 0U;
    tmb_gather_reset(gather, 0U);
    push_numbered(gather, 0U, next);
    tmb_gather_begin(gather, ONSET);
    assert_int_equal(available(gather), n_there);
    assert_true(tmb_gather_has(gather, n_there));
    assert_false(tmb_gather_has(gather, n_there + 1U));

    push_numbered(gather, next, 30U);
    assert_int_equal(available(gather), 30U - first);
    for (uint32_t i = first; i < 30U; ++i) {
      assert_float_equal(level(gather, i - first), -(float)i, 0.0f);
    }
    assert_int_equal(tmb_gather_start(gather), 0U);
  }
  tmb_gather_free(gather);
}

/// Also if older frames were heard before a reset.
static void
frames_before_the_first_are_silence(void** const state)
{
  (void)state;
  const uint32_t   n_before = tmb_default_front_end.n_before;
  TmbGather* const gather   = new_gather();
  for (uint32_t onset = 0U; onset <= n_before; ++onset) {
    for (uint32_t next = 0U; next <= onset + 1U + TMB_LOOK_BACK; ++next) {
      push_numbered(gather, 0U, 100U);
      tmb_gather_reset(gather, 0U);
      push_numbered(gather, 0U, next);
      tmb_gather_begin(gather, onset);
      push_numbered(gather, next, 20U);
      assert_int_equal(available(gather), 20U + n_before - onset);
      for (uint32_t i = 0U; i < n_before - onset; ++i) {
        assert_float_equal(level(gather, i), -100.0f, 1e-4f);
      }
      for (uint32_t i = 0U; i < 20U; ++i) {
        assert_float_equal(
          level(gather, n_before - onset + i), -(float)i, 0.0f);
      }
    }
  }
  tmb_gather_free(gather);
}

/// What comes before the note's first frame does not belong to it.
static void
frames_of_a_note_to_come_are_waited_for(void** const state)
{
  (void)state;
  TmbGather* const gather = new_gather();
  push_numbered(gather, 0U, 40U);
  tmb_gather_begin(gather, 60U);
  push_numbered(gather, 40U, 60U - tmb_default_front_end.n_before);
  assert_int_equal(available(gather), 0U);
  assert_false(tmb_gather_has(gather, 1U));
  push_numbered(gather, 60U - tmb_default_front_end.n_before, 70U);
  assert_float_equal(
    level(gather, tmb_default_front_end.n_before), -60.0f, 0.0f);
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
    begin(gather);
    for (uint32_t j = 0U; j < attack->n_breath; ++j) {
      push(gather, attack->breath_db);
    }
    for (uint32_t j = 0U; j < 10U; ++j) {
      push(gather, attack->tone_db);
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
  begin(gather);
  for (uint32_t i = 0U; i < 500U; ++i) {
    // Ever louder, so that the start moves as far as it can
    push(gather, -20.0f + (float)i);
    assert_in_range(available(gather), 1U, n_note);
  }
  assert_true(tmb_gather_has(gather, n_note));
  tmb_gather_free(gather);
}

static void
a_note_knows_nothing_of_the_one_before(void** const state)
{
  (void)state;
  TmbGather* const gather = new_gather();
  begin(gather);
  push(gather, -60.0f);
  push(gather, -10.0f);
  assert_int_equal(tmb_gather_start(gather), 1U);
  tmb_gather_begin(gather, ONSET + 2U);
  assert_int_equal(tmb_gather_start(gather), 0U);
  push(gather, -60.0f); // Weaker than the last, but loudest of this
  assert_int_equal(tmb_gather_start(gather), 0U);
  assert_int_equal(available(gather), tmb_default_front_end.n_before + 1U);
  tmb_gather_free(gather);
}

/// Far out, so that numbers don't fit 32 bits; an onset may be before it.
static void
frames_count_from_the_number_that_comes_next(void** const state)
{
  (void)state;
  const uint32_t   n_before = tmb_default_front_end.n_before;
  const uint64_t   next     = (UINT64_C(1) << 45U) + 7U;
  TmbGather* const gather   = new_gather();
  push_numbered(gather, 0U, 100U);
  tmb_gather_reset(gather, next);
  push_numbered(gather, 0U, 5U);
  tmb_gather_begin(gather, next + 3U);
  assert_int_equal(available(gather), 2U + n_before);
  assert_float_equal(level(gather, n_before), -3.0f, 0.0f);
  assert_float_equal(level(gather, n_before + 1U), -4.0f, 0.0f);

  tmb_gather_begin(gather, next - 1U);
  assert_int_equal(tmb_gather_start(gather), 1U);
  assert_int_equal(available(gather), 5U + n_before);
  assert_float_equal(level(gather, n_before - 1U), -100.0f, 1e-4f);
  assert_float_equal(level(gather, n_before), 0.0f, 0.0f);
  tmb_gather_free(gather);
}

/// Of frames 0 to 59, all -30 dB, one of which is softer; a note began with
/// frame 20.
static uint64_t
digest_with(TmbGather* const gather,
            const uint32_t   softer,
            const bool       with_note)
{
  TmbDigest digest = { 0U };
  tmb_gather_reset(gather, 0U);
  for (uint32_t i = 0U; i < 60U; ++i) {
    if (i == 20U) {
      tmb_gather_begin(gather, i);
    }
    push(gather, i == softer ? -31.0f : -30.0f);
  }
  tmb_gather_digest(gather, with_note, &digest);
  return digest.bits;
}

static void
digest_tells_which_frames_count(void** const state)
{
  (void)state;
  const uint32_t   n_before = tmb_default_front_end.n_before;
  const uint32_t   n_note   = tmb_front_end_note_frames(&tmb_default_front_end);
  const uint32_t   n_recent = TMB_LOOK_BACK + n_before + 1U;
  TmbGather* const gather   = new_gather();
  const uint64_t   alone    = digest_with(gather, UINT32_MAX, false);
  const uint64_t   noted    = digest_with(gather, UINT32_MAX, true);
  for (uint32_t i = 0U; i < 60U; ++i) {
    const bool is_recent = i >= 60U - n_recent;
    const bool is_note   = i >= 20U - n_before && i < 20U - n_before + n_note;
    assert_int_equal(digest_with(gather, i, false) != alone, is_recent);
    assert_int_equal(digest_with(gather, i, true) != noted,
                     is_recent || is_note);
  }
  tmb_gather_free(gather);
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  size_t n = 0U;
  for (bool failed = true; failed; ++n) {
    TmbGather* gather = NULL;
    alloc_fail_from(n);
    const TmbStatus status = tmb_gather_new(&tmb_default_front_end, &gather);
    failed                 = alloc_restore();
    assert_int_equal(status, failed ? TMB_NO_MEMORY : TMB_OK);
    assert_int_equal(gather != NULL, !failed);
    tmb_gather_free(gather);
  }
  assert_int_equal(n, 6U);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_note_has_its_frames_and_those_before_by_number),
    cmocka_unit_test(frames_before_the_first_are_silence),
    cmocka_unit_test(frames_of_a_note_to_come_are_waited_for),
    cmocka_unit_test(a_note_starts_where_it_comes_near_its_loudest),
    cmocka_unit_test(a_note_never_has_more_than_its_frames),
    cmocka_unit_test(a_note_knows_nothing_of_the_one_before),
    cmocka_unit_test(frames_count_from_the_number_that_comes_next),
    cmocka_unit_test(digest_tells_which_frames_count),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
