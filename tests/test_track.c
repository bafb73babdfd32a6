// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/net.h"
#include "dsp/track.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"

#include <math.h>
#include <string.h>

#define N_CLASSES 3U
#define N_OUTPUTS (N_CLASSES + 1U) ///< The last is "none of these"
#define MAX_NOTES 11U
#define THRESHOLD 0.4f

/// What a note can be like; a letter each, so that a tune is a word.
static const struct {
  char  letter;
  float posterior[N_OUTPUTS];
} kinds[] = {
  { 'a', { 0.6f, 0.2f, 0.1f, 0.1f } },
  { 'A', { 0.97f, 0.01f, 0.01f, 0.01f } },
  { 'b', { 0.2f, 0.6f, 0.1f, 0.1f } },
  { 'B', { 0.0f, 1.0f, 0.0f, 0.0f } },
  { 'c', { 0.2f, 0.1f, 0.6f, 0.1f } },
  { 'w', { 0.3f, 0.35f, 0.3f, 0.05f } }, // Weak, below the threshold
  { 'u', { 0.05f, 0.2f, 0.05f, 0.7f } }, // None of these
};

static TmbTrack*
new_track(void)
{
  TmbTrack* track = NULL;
  assert_int_equal(tmb_track_new(N_CLASSES, N_OUTPUTS, &track), TMB_OK);
  return track;
}

/// Hear a note of a kind; the track's instrument, if it need not hold.
static int
hear(TmbTrack* const track, const char letter, const uint64_t time)
{
  size_t k = 0U;
  while (kinds[k].letter != letter) {
    assert_true(++k < sizeof(kinds) / sizeof(*kinds));
  }
  return tmb_track_push(track, kinds[k].posterior, time, 0U, THRESHOLD);
}

static void
a_tune_names_its_track(void** const state)
{
  // After each note the track's instrument, '-' for none
  static const struct {
    const char* label;
    const char* notes;
    const char* track;
  } rows[] = {
    { "a very sure note is enough", "Aa", "aa" },
    { "two that agree are enough", "aa", "-a" },
    { "also with another between them", "aba", "--a" },
    { "also with two", "acbb", "---b" },
    { "weak notes must be more", "wwwwwwww", "--bbbbbb" },
    { "a sure note names nothing against the evidence", "bbuuA", "-bbbb" },
    { "one odd note changes nothing", "aaaaab", "-aaaaa" },
    { "however sure it is", "aaaaaB", "-aaaaa" },
    { "nor with one of its kind long ago", "aaBaaaaaaB", "-aaaaaaaaa" },
    { "a change is followed after two notes", "aabbb", "-aabb" },
    { "after three if it was long the same", "aaaaaabbbb", "-aaaaaaabb" },
    { "also from the surest start", "AAAAABBBB", "aaaaaaabb" },
    { "weak notes take longer", "aaawwwwww", "-aaaaaaaa" },
    { "sounds that are no instrument rename nothing", "aauuuuuu", "-aaaaaaa" },
    { "they name nothing", "uuuuuuuu", "--------" },
    { "nor do they hide a change", "aabuubb", "-aaaabb" },
    { "there and back", "aabbbaaa", "-aabbbaa" },
  };

  (void)state;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    TmbTrack* const track            = new_track();
    char            heard[MAX_NOTES] = "";
    for (size_t i = 0U; rows[r].notes[i]; ++i) {
      heard[i] = "-abc"[1 + hear(track, rows[r].notes[i], i)];
    }
    if (strcmp(heard, rows[r].track) != 0) {
      fail_msg("%s: %s gives %s", rows[r].label, rows[r].notes, heard);
    }
    tmb_track_free(track);
  }
}

static void
an_instrument_is_held(void** const state)
{
  (void)state;
  const uint64_t     hold  = 5000U;
  const float* const first = kinds[1].posterior;
  const float* const other = kinds[3].posterior;
  TmbTrack* const    track = new_track();
  assert_int_equal(tmb_track_push(track, first, 1000U, hold, THRESHOLD), 0);
  for (uint64_t time = 2000U; time < 6000U; time += 1000U) {
    assert_int_equal(tmb_track_push(track, other, time, hold, THRESHOLD), 0);
  }
  assert_int_equal(tmb_track_push(track, other, 6000U, hold, THRESHOLD), 1);
  tmb_track_free(track);
}

static void
the_threshold_holds_for_the_track_too(void** const state)
{
  (void)state;
  TmbTrack* const    track = new_track();
  const float* const note  = kinds[0].posterior;
  assert_int_equal(tmb_track_push(track, note, 1U, 0U, 0.9f), -1);
  assert_int_equal(tmb_track_push(track, note, 2U, 0U, 0.9f), -1);
  assert_true(tmb_track_posterior(track)[0] < 0.9f);
  assert_int_equal(tmb_track_push(track, note, 3U, 0U, 0.5f), 0);
  tmb_track_free(track);
}

static void
notes_multiply_and_are_forgotten(void** const state)
{
  (void)state;
  TmbTrack* const track = new_track();
  for (unsigned k = 0U; k < N_OUTPUTS; ++k) {
    assert_float_equal(tmb_track_posterior(track)[k], 0.25f, 1e-6f);
  }

  // Odds of 3 to 1; with those of a note before to the power of 0.8
  (void)hear(track, 'a', 1U);
  const float* const p = tmb_track_posterior(track);
  assert_float_equal(p[0] / p[1], 3.0f, 1e-4f);
  (void)hear(track, 'a', 2U);
  assert_float_equal(p[0] / p[1], powf(3.0f, 1.8f), 1e-4f);

  // Notes that always agree count as five
  for (uint64_t time = 3U; time < 100U; ++time) {
    (void)hear(track, 'a', time);
  }
  assert_float_equal(p[0] / p[1], powf(3.0f, 5.0f), 1e-2f);
  tmb_track_free(track);
}

static void
the_posterior_is_one(void** const state)
{
  (void)state;
  // Impossible classes too must not make it infinite
  TmbTrack* const track = new_track();
  for (uint64_t time = 0U; time < 100U; ++time) {
    (void)hear(track, 'B', time);
    const float* const p = tmb_track_posterior(track);
    assert_float_equal(p[0] + p[1] + p[2] + p[3], 1.0f, 1e-6f);
    assert_true(p[1] > 0.9f && p[0] > 0.0f);
  }
  tmb_track_free(track);
}

static void
a_rest_of_any_length_changes_nothing(void** const state)
{
  (void)state;
  TmbTrack* const track = new_track();
  assert_int_equal(hear(track, 'a', 1U), -1);
  assert_int_equal(hear(track, 'a', 1U << 30U), 0);
  assert_int_equal(hear(track, 'B', UINT64_MAX / 2U), 0);
  assert_int_equal(hear(track, 'B', UINT64_MAX), 1);
  tmb_track_free(track);
}

static void
reset_forgets_all_notes(void** const state)
{
  (void)state;
  TmbTrack* const track = new_track();
  assert_int_equal(hear(track, 'A', 100U), 0);
  assert_int_equal(hear(track, 'b', 200U), 0);
  tmb_track_reset(track);
  assert_float_equal(tmb_track_posterior(track)[0], 0.25f, 1e-6f);
  assert_int_equal(hear(track, 'b', 1U), -1); // Its vote is forgotten as well
  assert_int_equal(hear(track, 'b', 2U), 1);
  tmb_track_free(track);
}

static void
new_checks_its_sizes(void** const state)
{
  static const struct {
    const char* label;
    uint32_t    n_classes;
    uint32_t    n_outputs;
    TmbStatus   status;
  } rows[] = {
    { "no classes", 0U, 0U, TMB_BAD_ARG },
    { "only none of these", 0U, 1U, TMB_BAD_ARG },
    { "fewer outputs", 3U, 2U, TMB_BAD_ARG },
    { "two outputs more", 3U, 5U, TMB_BAD_ARG },
    { "too many outputs", TMB_MAX_WIDTH, TMB_MAX_WIDTH + 1U, TMB_BAD_ARG },
    { "one class", 1U, 1U, TMB_OK },
    { "one class and none of these", 1U, 2U, TMB_OK },
  };

  (void)state;
  for (size_t r = 0U; r < sizeof(rows) / sizeof(*rows); ++r) {
    TmbTrack*       track = NULL;
    const TmbStatus status =
      tmb_track_new(rows[r].n_classes, rows[r].n_outputs, &track);
    if (status != rows[r].status || !track != (status != TMB_OK)) {
      fail_msg("%s: status %d", rows[r].label, (int)status);
    }
    tmb_track_free(track);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  TmbTrack* track = NULL;
  for (size_t n = 0U; n < 4U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_track_new(N_CLASSES, N_OUTPUTS, &track);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(track);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_tune_names_its_track),
    cmocka_unit_test(an_instrument_is_held),
    cmocka_unit_test(the_threshold_holds_for_the_track_too),
    cmocka_unit_test(notes_multiply_and_are_forgotten),
    cmocka_unit_test(the_posterior_is_one),
    cmocka_unit_test(a_rest_of_any_length_changes_nothing),
    cmocka_unit_test(reset_forgets_all_notes),
    cmocka_unit_test(new_checks_its_sizes),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}
