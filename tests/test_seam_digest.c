// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What a recogniser's digest tells of what it heard

#include "dsp/front_end.h"
#include "dsp/recogniser.h"
#include "tests/support/cmocka.h"
#include "tests/support/hearing.h"
#include "tests/support/signals.h"

#include <math.h>
#include <string.h>

#define TWO_PI 6.28318530717958647692

#define RATE_HZ 22050.0 ///< Where one rate will do
#define WARM_UP_S 10.0
#define BOUNDARY_S 25.0 ///< Until here the late one warms up

/// But where it is does count.
static void
what_was_long_before_is_forgotten(void** const state)
{
  (void)state;
  Signal         music    = music_new(RATE_HZ);
  Signal         other    = music_new(RATE_HZ);
  const uint32_t boundary = samples_at(BOUNDARY_S, RATE_HZ);
  const uint32_t n_past   = samples_at(BOUNDARY_S - WARM_UP_S, RATE_HZ);
  signal_add_hit(&other, RATE_HZ, 1.0, 0.2);
  memcpy(
    other.y + n_past, music.y + n_past, (music.n - n_past) * sizeof(float));

  const uint64_t digest = hearing_digest(&music, RATE_HZ, 0U, boundary);
  assert_true(digest == hearing_digest(&other, RATE_HZ, 0U, boundary));

  // One sample later
  memmove(other.y + 1, music.y, (music.n - 1U) * sizeof(float));
  assert_true(digest != hearing_digest(&other, RATE_HZ, 0U, boundary + 1U));
  signal_free(&other);
  signal_free(&music);
}

static void
one_bit_of_the_last_window_counts(void** const state)
{
  (void)state;
  const uint32_t boundary = window_end(2001U, RATE_HZ);
  const uint32_t n_window =
    (uint32_t)lround(tmb_default_front_end.window_s * RATE_HZ);
  const uint32_t n_half_hop =
    (uint32_t)(0.5 * tmb_default_front_end.hop_s * RATE_HZ);
  const struct {
    const char* label;
    uint32_t    n_ago;
  } rows[] = {
    { "newest", 1U },
    { "middle", n_window / 2U },
    { "oldest that the next window shows", n_window - n_half_hop - 1U },
  };
  Signal         music  = music_new(RATE_HZ);
  const uint64_t digest = hearing_digest(&music, RATE_HZ, 0U, boundary);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    float* const sample = &music.y[boundary - rows[r].n_ago];
    const float  was    = *sample;
    *sample             = nextafterf(was, 1.0f);
    assert_true(fabsf(was) > 1e-6f); // Or it would be no sound
    if (digest == hearing_digest(&music, RATE_HZ, 0U, boundary)) {
      fail_msg("%s", rows[r].label);
    }
    *sample = was;
  }
  assert_true(digest == hearing_digest(&music, RATE_HZ, 0U, boundary));
  signal_free(&music);
}

/// A note from hop `first` on, the same in each hop.
static Signal
new_drone(const uint32_t first)
{
  const uint32_t n_hop = samples_at(tmb_default_front_end.hop_s, RATE_HZ);
  const Signal   drone = signal_new(samples_at(20.0, RATE_HZ));
  for (uint32_t i = first * n_hop; i < drone.n; ++i) {
    const double phase = 8.0 * (double)(i % n_hop) / (double)n_hop;
    drone.y[i] =
      (float)((0.2 * sin(TWO_PI * phase)) + (0.1 * sin(TWO_PI * 2.0 * phase)));
  }
  return drone;
}

/// At 15 s; until then it must have been one note, already named.
static uint64_t
digest_of_drone(const Signal* const drone, Heard* const heard)
{
  TmbRecogniser* const recogniser = hearing_new(RATE_HZ);
  *heard = hearing_push(recogniser, drone, 0U, samples_at(15.0, RATE_HZ));
  assert_int_equal(heard->n, 2U);
  const uint64_t digest = tmb_recogniser_digest(recogniser);
  tmb_recogniser_free(recogniser);
  return digest;
}

static void
onset_and_name_of_a_note_that_sounds_count(void** const state)
{
  (void)state;
  Heard          heard;
  Heard          heard_later;
  Heard          heard_other;
  Signal         drone  = new_drone(100U);
  Signal         later  = new_drone(150U);
  const uint64_t digest = digest_of_drone(&drone, &heard);
  assert_true(digest != digest_of_drone(&later, &heard_later));
  assert_true(heard.events[1].onset < heard_later.events[1].onset);
  assert_memory_equal(heard.posteriors[1],
                      heard_later.posteriors[1],
                      sizeof(heard.posteriors[1]));

  // Softer, while it is being named, by too little for an onset
  for (uint32_t i = samples_at(1.25, RATE_HZ); i < samples_at(1.35, RATE_HZ);
       ++i) {
    drone.y[i] *= 0.97f;
  }
  assert_true(digest != digest_of_drone(&drone, &heard_other));
  assert_int_equal(heard.events[1].onset, heard_other.events[1].onset);
  assert_memory_not_equal(heard.posteriors[1],
                          heard_other.posteriors[1],
                          sizeof(heard.posteriors[1]));
  signal_free(&later);
  signal_free(&drone);
}

/// Not what was left of the one before.
static void
of_a_note_within_the_warm_up_all_is_known(void** const state)
{
  (void)state;
  const uint32_t first = samples_at(5.0, RATE_HZ);
  const uint32_t end   = samples_at(15.0, RATE_HZ);
  Signal music = new_drone((uint32_t)(6.0 / tmb_default_front_end.hop_s));
  signal_add_hit(&music, RATE_HZ, 1.0, 0.2);
  assert_true(hearing_digest(&music, RATE_HZ, 0U, end) ==
              hearing_digest(&music, RATE_HZ, first, end));
  signal_free(&music);
}

/// Longest how loud it was, by which later sounds are measured.
static void
what_ended_counts_until_it_has_faded(void** const state)
{
  (void)state;
  Signal quiet = signal_new(samples_at(8.0, RATE_HZ));
  Signal tone  = signal_new(quiet.n);
  signal_add_sine(&tone, RATE_HZ, samples_at(1.0, RATE_HZ), 440.0, 1.0);
  signal_silence(&tone, samples_at(1.1, RATE_HZ), tone.n);
  for (uint32_t t = 1U; t <= 8U; ++t) {
    const uint32_t end = samples_at(t, RATE_HZ);
    assert_int_equal(hearing_digest(&quiet, RATE_HZ, 0U, end) ==
                       hearing_digest(&tone, RATE_HZ, 0U, end),
                     t == 1U || t >= 7U);
  }
  signal_free(&tone);
  signal_free(&quiet);
}

/// No warm-up shows where a note began that is older.
static void
a_note_older_than_the_warm_up_keeps_them_apart_until_it_ends(void** const state)
{
  (void)state;
  const uint32_t       first = samples_at(5.0, RATE_HZ);
  const uint32_t       next  = samples_at(16.0, RATE_HZ);
  Signal               drone = new_drone(100U);
  TmbRecogniser* const whole = hearing_new(RATE_HZ);
  TmbRecogniser* const late  = hearing_new(RATE_HZ);
  signal_add_note(&drone, RATE_HZ, 16.0, 330.0, 0.0, 1.0);

  tmb_recogniser_begin(late, first);
  (void)hearing_push(whole, &drone, 0U, next);
  (void)hearing_push(late, &drone, first, next);
  assert_true(tmb_recogniser_digest(whole) != tmb_recogniser_digest(late));

  const uint32_t end      = samples_at(17.0, RATE_HZ);
  const Heard    of_whole = hearing_push(whole, &drone, next, end);
  const Heard    of_late  = hearing_push(late, &drone, next, end);
  assert_int_equal(of_whole.events[0].type, TMB_EVENT_END);
  assert_int_equal(of_late.events[0].type, TMB_EVENT_END);
  assert_true(of_whole.events[0].onset < of_late.events[0].onset);
  assert_true(tmb_recogniser_digest(whole) == tmb_recogniser_digest(late));
  tmb_recogniser_free(late);
  tmb_recogniser_free(whole);
  signal_free(&drone);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_long_before_is_forgotten),
    cmocka_unit_test(one_bit_of_the_last_window_counts),
    cmocka_unit_test(onset_and_name_of_a_note_that_sounds_count),
    cmocka_unit_test(of_a_note_within_the_warm_up_all_is_known),
    cmocka_unit_test(what_ended_counts_until_it_has_faded),
    cmocka_unit_test(
      a_note_older_than_the_warm_up_keeps_them_apart_until_it_ends),
  };
  return cmocka_run_group_tests_name(
    "seam_digest", tests, hearing_setup, hearing_teardown);
}
