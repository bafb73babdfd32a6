// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  A recogniser that begins in the middle of a stream must become one that heard
  everything.
*/

#include "dsp/front_end.h"
#include "dsp/recogniser.h"
#include "tests/support/cmocka.h"
#include "tests/support/hearing.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdbool.h>

#define RATE_HZ 22050.0 ///< Where one rate will do
#define WARM_UP_S 10.0
#define BOUNDARY_S 25.0 ///< Until here the late one warms up

static const double rates_hz[] = { 8000.0, 22050.0, 44100.0, 48000.0, 96000.0 };

enum { N_RATES = sizeof(rates_hz) / sizeof(rates_hz[0]) };

static void
expect_same(const Heard* const a, const Heard* const b, const char* const label)
{
  bool same = a->n == b->n;
  for (uint32_t i = 0U; same && i < a->n; ++i) {
    const TmbEvent* const   x = &a->events[i];
    const TmbEvent* const   y = &b->events[i];
    const TmbVerdict* const v = &x->verdict;
    const TmbVerdict* const w = &y->verdict;

    same = x->type == y->type && x->time == y->time && x->onset == y->onset &&
           x->duration == y->duration;
    if (x->type != TMB_EVENT_ONSET) {
      same = same && v->instrument == w->instrument &&
             v->confidence == w->confidence && v->family == w->family &&
             v->family_confidence == w->family_confidence;
      assert_memory_equal(
        a->posteriors[i], b->posteriors[i], sizeof(a->posteriors[i]));
    }
  }
  if (!same) {
    fail_msg("%s: other events", label);
  }
}

/// What one tells from the boundary on that has heard all.
typedef struct {
  uint64_t before; ///< Its digest at the boundary
  Heard    heard;
  uint64_t after; ///< Its digest at the end
} Rest;

static Rest
hear_all(const Signal* const signal, const double rate_hz)
{
  const uint32_t       boundary = samples_at(BOUNDARY_S, rate_hz);
  TmbRecogniser* const whole    = hearing_new(rate_hz);
  Rest                 rest;
  (void)hearing_push(whole, signal, 0U, boundary);
  rest.before = tmb_recogniser_digest(whole);
  rest.heard  = hearing_push(whole, signal, boundary, signal->n);
  rest.after  = tmb_recogniser_digest(whole);
  tmb_recogniser_free(whole);
  return rest;
}

/// Begin another, which heard something else before, with sample `first`; from
/// the boundary on it must be the same.
static void
expect_seam(const Rest* const   rest,
            const Signal* const signal,
            const double        rate_hz,
            const uint32_t      first,
            const char* const   label)
{
  const uint32_t       boundary = samples_at(BOUNDARY_S, rate_hz);
  TmbRecogniser* const late     = hearing_new(rate_hz);
  (void)hearing_push(late, signal, 0U, samples_at(0.9, rate_hz)); // Amid a note
  tmb_recogniser_begin(late, first);
  (void)hearing_push(late, signal, first, boundary);
  if (tmb_recogniser_digest(late) != rest->before) {
    fail_msg("%s at %g Hz: other digests", label, rate_hz);
  }

  const Heard heard = hearing_push(late, signal, boundary, signal->n);
  expect_same(&rest->heard, &heard, label);
  assert_true(tmb_recogniser_digest(late) == rest->after);
  tmb_recogniser_free(late);
}

static void
one_that_begins_in_the_middle_becomes_one_that_heard_all(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < N_RATES; ++r) {
    const double   rate_hz = rates_hz[r];
    const double   about_s = BOUNDARY_S - WARM_UP_S;
    const uint32_t number =
      2U * (uint32_t)(about_s / tmb_default_front_end.hop_s);
    const struct {
      const char* label;
      uint32_t    first;
    } rows[] = {
      { "behind a long window", window_end(number, rate_hz) },
      { "behind a short window", window_end(number + 1U, rate_hz) },
      { "with a window's last sample", window_end(number, rate_hz) - 1U },
      { "off the grid", window_end(number, rate_hz) + 17U },
    };
    Signal     music = music_new(rate_hz);
    const Rest rest  = hear_all(&music, rate_hz);
    assert_true(rest.heard.n > 20U);
    for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
      expect_seam(&rest, &music, rate_hz, rows[i].first, rows[i].label);
    }
    signal_free(&music);
  }
}

/// It decays in one from far above, in the other from nothing.
static void
both_forget_in_silence(void** const state)
{
  (void)state;
  static const double begins_s[] = { 12.0, 15.0, 18.9, 19.1, 20.5 };
  for (size_t r = 0U; r < N_RATES; ++r) {
    const double rate_hz = rates_hz[r];
    Signal       music   = music_new(rate_hz);
    signal_silence(&music,
                   samples_at(BOUNDARY_S - 6.0, rate_hz),
                   samples_at(BOUNDARY_S + 6.0, rate_hz));

    const Rest rest = hear_all(&music, rate_hz);
    assert_true(rest.heard.n > 9U);
    for (size_t i = 0U; i < sizeof(begins_s) / sizeof(begins_s[0]); ++i) {
      expect_seam(
        &rest, &music, rate_hz, samples_at(begins_s[i], rate_hz), "silence");
    }
    signal_free(&music);
  }
}

static void
both_survive_what_is_no_sound(void** const state)
{
  (void)state;
  static const float wrong[] = { NAN, INFINITY, 1e30f, -1e6f, 1e-30f };
  static const struct {
    const char* label;
    double      first_s;
    double      end_s;
  } rows[] = {
    { "before the warm-up", 14.0, 14.9 }, { "as it begins", 14.8, 15.2 },
    { "amid the warm-up", 17.0, 18.0 },   { "over the boundary", 24.7, 25.3 },
    { "after the boundary", 26.0, 27.0 },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Signal         music = music_new(RATE_HZ);
    const uint32_t end   = samples_at(rows[r].end_s, RATE_HZ);
    for (uint32_t i = samples_at(rows[r].first_s, RATE_HZ); i < end; ++i) {
      music.y[i] = wrong[i % (sizeof(wrong) / sizeof(wrong[0]))];
    }

    const Rest rest = hear_all(&music, RATE_HZ);
    assert_true(rest.heard.n > 20U);
    expect_seam(&rest,
                &music,
                RATE_HZ,
                samples_at(BOUNDARY_S - WARM_UP_S, RATE_HZ),
                rows[r].label);
    signal_free(&music);
  }
}

/// As far out as positions are exact.
static void
a_stream_can_be_long(void** const state)
{
  (void)state;
  // Whole hops behind each other, so that the windows show the same
  const uint64_t       firsts[2] = { UINT64_C(1) << 40U,
                                     (UINT64_C(1) << 52U) - (1U << 22U) };
  const double         rate_hz   = 44100.0;
  const double         hop       = tmb_default_front_end.hop_s * rate_hz;
  Signal               music     = music_new(rate_hz);
  TmbRecogniser* const one       = hearing_new(rate_hz);
  assert_true(hop == floor(hop));

  const uint32_t end   = samples_at(12.0, rate_hz);
  const Heard    heard = hearing_push(one, &music, 0U, end);
  assert_true(heard.n > 20U);
  for (size_t f = 0U; f < 2U; ++f) {
    const uint64_t first = firsts[f] - (firsts[f] % (uint64_t)hop);
    tmb_recogniser_begin(one, first);
    Heard far_out = hearing_push(one, &music, 0U, end);
    for (uint32_t i = 0U; i < far_out.n; ++i) {
      far_out.events[i].time -= first;
      far_out.events[i].onset -= first;
    }
    expect_same(&heard, &far_out, "far out");
  }
  tmb_recogniser_free(one);
  signal_free(&music);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_that_begins_in_the_middle_becomes_one_that_heard_all),
    cmocka_unit_test(both_forget_in_silence),
    cmocka_unit_test(both_survive_what_is_no_sound),
    cmocka_unit_test(a_stream_can_be_long),
  };
  return cmocka_run_group_tests_name(
    "seam", tests, hearing_setup, hearing_teardown);
}
