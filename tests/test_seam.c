// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  A recogniser that begins in the middle of a stream must become one that heard
  everything, and its digest must tell when.
*/

#include "dsp/front_end.h"
#include "dsp/recogniser.h"
#include "tests/support/bundle.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <samplerate.h>
#include <stdbool.h>
#include <string.h>

#define TWO_PI 6.28318530717958647692

#define RATE_HZ 22050.0 ///< Where one rate will do
#define WARM_UP_S 10.0
#define BOUNDARY_S 25.0 ///< Until here the late one warms up
#define STREAM_S 40.0
#define MAX_EVENTS 200U

static const char* const recordings[] = {
  "tests/demo/acoustic_guitar.flac", "tests/demo/flute.flac",
  "tests/demo/piano.flac",           "tests/demo/trumpet.flac",
  "tests/demo/vibraphone.flac",      "tests/demo/violin.flac",
};

static const double rates_hz[] = { 8000.0, 22050.0, 44100.0, 48000.0, 96000.0 };

enum {
  N_RECORDINGS = sizeof(recordings) / sizeof(recordings[0]),
  N_RATES      = sizeof(rates_hz) / sizeof(rates_hz[0]),
};

static TmbModel* model;

static int
load_model(void** const state)
{
  (void)state;
  const Folder folder = folder_new();
  TmbMessage   why    = { "" };
  bundle_write_model(folder_file(&folder, "model"), 1U);
  assert_int_equal(tmb_model_load(folder_file(&folder, "model"), &model, &why),
                   TMB_OK);
  folder_remove(&folder);
  return 0;
}

static int
free_model(void** const state)
{
  (void)state;
  tmb_model_free(model);
  return 0;
}

/// The demo recordings one after another, at some rate, cut to STREAM_S.
static Signal
new_music(const double rate_hz)
{
  const Signal music = signal_new((uint32_t)(STREAM_S * rate_hz));
  uint32_t     n     = 0U;
  for (size_t i = 0U; i < N_RECORDINGS && n < music.n; ++i) {
    double   from_hz = 0.0;
    Signal   sound   = bundle_recording(recordings[i], &from_hz);
    SRC_DATA data    = { .data_in       = sound.y,
                         .data_out      = music.y + n,
                         .input_frames  = (long)sound.n,
                         .output_frames = (long)(music.n - n),
                         .src_ratio     = rate_hz / from_hz };
    assert_int_equal(src_simple(&data, SRC_LINEAR, 1), 0);
    n += (uint32_t)data.output_frames_gen;
    signal_free(&sound);
  }
  assert_int_equal(n, music.n);
  return music;
}

static uint32_t
at(const double seconds, const double rate_hz)
{
  return (uint32_t)(seconds * rate_hz);
}

/// What a recogniser tells, posteriors included.
typedef struct {
  uint32_t n;
  TmbEvent events[MAX_EVENTS];
  float    posteriors[MAX_EVENTS][BUNDLE_CLASSES];
} Heard;

/// Push samples `first` to `end` - 1.
static Heard
hear(TmbRecogniser* const recogniser,
     const Signal* const  signal,
     const uint32_t       first,
     const uint32_t       end)
{
  Heard    heard = { .n = 0U };
  uint32_t time  = first;
  TmbEvent event;
  do {
    time +=
      tmb_recogniser_push(recogniser, signal->y + time, end - time, &event);
    if (event.type != TMB_EVENT_NONE) {
      assert_true(heard.n < MAX_EVENTS);
      memcpy(heard.posteriors[heard.n],
             event.posterior,
             sizeof(heard.posteriors[0]));
      heard.events[heard.n++] = event;
    }
  } while (event.type != TMB_EVENT_NONE);
  assert_int_equal(time, end);
  return heard;
}

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

static TmbRecogniser*
new_recogniser(const double rate_hz)
{
  TmbRecogniser* recogniser = NULL;
  assert_int_equal(tmb_recogniser_new(model, rate_hz, &recogniser), TMB_OK);
  return recogniser;
}

/// Digest at `end` of one that began with sample `first`.
static uint64_t
digest_at(const Signal* const signal,
          const double        rate_hz,
          const uint32_t      first,
          const uint32_t      end)
{
  TmbRecogniser* const recogniser = new_recogniser(rate_hz);
  tmb_recogniser_begin(recogniser, first);
  (void)hear(recogniser, signal, first, end);
  const uint64_t digest = tmb_recogniser_digest(recogniser);
  tmb_recogniser_free(recogniser);
  return digest;
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
  const uint32_t       boundary = at(BOUNDARY_S, rate_hz);
  TmbRecogniser* const whole    = new_recogniser(rate_hz);
  Rest                 rest;
  (void)hear(whole, signal, 0U, boundary);
  rest.before = tmb_recogniser_digest(whole);
  rest.heard  = hear(whole, signal, boundary, signal->n);
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
  const uint32_t       boundary = at(BOUNDARY_S, rate_hz);
  TmbRecogniser* const late     = new_recogniser(rate_hz);
  (void)hear(late, signal, 0U, at(0.9, rate_hz)); // Amid a note
  tmb_recogniser_begin(late, first);
  (void)hear(late, signal, first, boundary);
  if (tmb_recogniser_digest(late) != rest->before) {
    fail_msg("%s at %g Hz: other digests", label, rate_hz);
  }

  const Heard heard = hear(late, signal, boundary, signal->n);
  expect_same(&rest->heard, &heard, label);
  assert_true(tmb_recogniser_digest(late) == rest->after);
  tmb_recogniser_free(late);
}

/// Samples taken when the short window with this number is complete.
static uint32_t
window_end(const uint32_t number, const double rate_hz)
{
  const double half_hop = 0.5 * tmb_default_front_end.hop_s * rate_hz;
  const double n_window = round(tmb_default_front_end.window_s * rate_hz);
  return (uint32_t)(floor((number * half_hop) + 0.5) + ceil(0.5 * n_window));
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
    Signal     music = new_music(rate_hz);
    const Rest rest  = hear_all(&music, rate_hz);
    assert_true(rest.heard.n > 20U);
    for (size_t i = 0U; i < sizeof(rows) / sizeof(rows[0]); ++i) {
      expect_seam(&rest, &music, rate_hz, rows[i].first, rows[i].label);
    }
    signal_free(&music);
  }
}

static void
silence(const Signal* const sound, const uint32_t first, const uint32_t end)
{
  memset(sound->y + first, 0, (end - first) * sizeof(float));
}

/// It decays in one from far above, in the other from nothing.
static void
both_forget_in_silence(void** const state)
{
  (void)state;
  static const double begins_s[] = { 12.0, 15.0, 18.9, 19.1, 20.5 };
  for (size_t r = 0U; r < N_RATES; ++r) {
    const double rate_hz = rates_hz[r];
    Signal       music   = new_music(rate_hz);
    silence(
      &music, at(BOUNDARY_S - 6.0, rate_hz), at(BOUNDARY_S + 6.0, rate_hz));

    const Rest rest = hear_all(&music, rate_hz);
    assert_true(rest.heard.n > 9U);
    for (size_t i = 0U; i < sizeof(begins_s) / sizeof(begins_s[0]); ++i) {
      expect_seam(&rest, &music, rate_hz, at(begins_s[i], rate_hz), "silence");
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
    Signal         music = new_music(RATE_HZ);
    const uint32_t end   = at(rows[r].end_s, RATE_HZ);
    for (uint32_t i = at(rows[r].first_s, RATE_HZ); i < end; ++i) {
      music.y[i] = wrong[i % (sizeof(wrong) / sizeof(wrong[0]))];
    }

    const Rest rest = hear_all(&music, RATE_HZ);
    assert_true(rest.heard.n > 20U);
    expect_seam(&rest,
                &music,
                RATE_HZ,
                at(BOUNDARY_S - WARM_UP_S, RATE_HZ),
                rows[r].label);
    signal_free(&music);
  }
}

/// But where it is does count.
static void
what_was_long_before_is_forgotten(void** const state)
{
  (void)state;
  Signal         music    = new_music(RATE_HZ);
  Signal         other    = new_music(RATE_HZ);
  const uint32_t boundary = at(BOUNDARY_S, RATE_HZ);
  const uint32_t n_past   = at(BOUNDARY_S - WARM_UP_S, RATE_HZ);
  signal_add_hit(&other, RATE_HZ, 1.0, 0.2);
  memcpy(
    other.y + n_past, music.y + n_past, (music.n - n_past) * sizeof(float));

  const uint64_t digest = digest_at(&music, RATE_HZ, 0U, boundary);
  assert_true(digest == digest_at(&other, RATE_HZ, 0U, boundary));

  // One sample later
  memmove(other.y + 1, music.y, (music.n - 1U) * sizeof(float));
  assert_true(digest != digest_at(&other, RATE_HZ, 0U, boundary + 1U));
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
  Signal         music  = new_music(RATE_HZ);
  const uint64_t digest = digest_at(&music, RATE_HZ, 0U, boundary);
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    float* const sample = &music.y[boundary - rows[r].n_ago];
    const float  was    = *sample;
    *sample             = nextafterf(was, 1.0f);
    assert_true(fabsf(was) > 1e-6f); // Or it would be no sound
    if (digest == digest_at(&music, RATE_HZ, 0U, boundary)) {
      fail_msg("%s", rows[r].label);
    }
    *sample = was;
  }
  assert_true(digest == digest_at(&music, RATE_HZ, 0U, boundary));
  signal_free(&music);
}

/// A note from hop `first` on, the same in each hop.
static Signal
new_drone(const uint32_t first)
{
  const uint32_t n_hop = at(tmb_default_front_end.hop_s, RATE_HZ);
  const Signal   drone = signal_new(at(20.0, RATE_HZ));
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
  TmbRecogniser* const recogniser = new_recogniser(RATE_HZ);
  *heard = hear(recogniser, drone, 0U, at(15.0, RATE_HZ));
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
  for (uint32_t i = at(1.25, RATE_HZ); i < at(1.35, RATE_HZ); ++i) {
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
  const uint32_t first = at(5.0, RATE_HZ);
  const uint32_t end   = at(15.0, RATE_HZ);
  Signal music = new_drone((uint32_t)(6.0 / tmb_default_front_end.hop_s));
  signal_add_hit(&music, RATE_HZ, 1.0, 0.2);
  assert_true(digest_at(&music, RATE_HZ, 0U, end) ==
              digest_at(&music, RATE_HZ, first, end));
  signal_free(&music);
}

/// Longest how loud it was, by which later sounds are measured.
static void
what_ended_counts_until_it_has_faded(void** const state)
{
  (void)state;
  Signal quiet = signal_new(at(8.0, RATE_HZ));
  Signal tone  = signal_new(quiet.n);
  signal_add_sine(&tone, RATE_HZ, at(1.0, RATE_HZ), 440.0, 1.0);
  silence(&tone, at(1.1, RATE_HZ), tone.n);
  for (uint32_t t = 1U; t <= 8U; ++t) {
    const uint32_t end = at(t, RATE_HZ);
    assert_int_equal(digest_at(&quiet, RATE_HZ, 0U, end) ==
                       digest_at(&tone, RATE_HZ, 0U, end),
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
  const uint32_t       first = at(5.0, RATE_HZ);
  const uint32_t       next  = at(16.0, RATE_HZ);
  Signal               drone = new_drone(100U);
  TmbRecogniser* const whole = new_recogniser(RATE_HZ);
  TmbRecogniser* const late  = new_recogniser(RATE_HZ);
  signal_add_note(&drone, RATE_HZ, 16.0, 330.0, 0.0, 1.0);

  tmb_recogniser_begin(late, first);
  (void)hear(whole, &drone, 0U, next);
  (void)hear(late, &drone, first, next);
  assert_true(tmb_recogniser_digest(whole) != tmb_recogniser_digest(late));

  const uint32_t end      = at(17.0, RATE_HZ);
  const Heard    of_whole = hear(whole, &drone, next, end);
  const Heard    of_late  = hear(late, &drone, next, end);
  assert_int_equal(of_whole.events[0].type, TMB_EVENT_END);
  assert_int_equal(of_late.events[0].type, TMB_EVENT_END);
  assert_true(of_whole.events[0].onset < of_late.events[0].onset);
  assert_true(tmb_recogniser_digest(whole) == tmb_recogniser_digest(late));
  tmb_recogniser_free(late);
  tmb_recogniser_free(whole);
  signal_free(&drone);
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
  Signal               music     = new_music(rate_hz);
  TmbRecogniser* const one       = new_recogniser(rate_hz);
  assert_true(hop == floor(hop));

  const uint32_t end   = at(12.0, rate_hz);
  const Heard    heard = hear(one, &music, 0U, end);
  assert_true(heard.n > 20U);
  for (size_t f = 0U; f < 2U; ++f) {
    const uint64_t first = firsts[f] - (firsts[f] % (uint64_t)hop);
    tmb_recogniser_begin(one, first);
    Heard far_out = hear(one, &music, 0U, end);
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
    cmocka_unit_test(what_was_long_before_is_forgotten),
    cmocka_unit_test(one_bit_of_the_last_window_counts),
    cmocka_unit_test(onset_and_name_of_a_note_that_sounds_count),
    cmocka_unit_test(of_a_note_within_the_warm_up_all_is_known),
    cmocka_unit_test(what_ended_counts_until_it_has_faded),
    cmocka_unit_test(
      a_note_older_than_the_warm_up_keeps_them_apart_until_it_ends),
    cmocka_unit_test(a_stream_can_be_long),
  };
  return cmocka_run_group_tests_name("seam", tests, load_model, free_model);
}
