// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mfcc.h"
#include "dsp/onset.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdlib.h>

#define TEST_PI 3.14159265358979323846
#define RATE_HZ 44100.0
#define N_WINDOW 2048U
#define N_HOP 512U
#define HOP_S (512.0 / 44100.0)
#define N_BANDS 80U
#define MAX_ONSETS 32U

/// What the detector said about a signal.
typedef struct {
  uint32_t n;
  double   times[MAX_ONSETS]; ///< Middles of the windows, seconds
} Onsets;

/// Level of the newest hop in window `i`, dBFS.
static float
level(const Signal* const signal, const uint32_t i)
{
  const uint32_t start = (i * N_HOP) + (N_WINDOW / 2U) - N_HOP;
  double         sum   = 0.0;
  for (uint32_t j = start; j < start + N_HOP && j < signal->n; ++j) {
    sum += (double)signal->y[j] * (double)signal->y[j];
  }
  return (float)(10.0 * log10((sum / (double)N_HOP) + 1e-12));
}

/// Run a detector over a signal, with levels as the extractor has them.
static Onsets
detect_with(TmbOnset* const onset, const Signal* const signal)
{
  static const TmbMelConfig config = { RATE_HZ, N_WINDOW,    N_BANDS,     30.0,
                                       10800.0, TMB_MEL_HTK, TMB_MEL_MEAN };
  static const float        energy = 768.0f; // Of the Hann window
  Onsets                    onsets = { 0U, { 0.0 } };
  uint32_t                  n      = 0U;
  float* const              bands = mel_spectrogram(signal, N_HOP, &config, &n);
  // Where the signal is cut off, its spectrum splatters: look no further
  n = (signal->n - (N_WINDOW / 2U)) / N_HOP;
  for (uint32_t i = 0U; i < n; ++i) {
    float* const frame = bands + ((size_t)i * N_BANDS);
    for (uint32_t b = 0U; b < N_BANDS; ++b) {
      frame[b] /= energy;
    }
    tmb_power_to_db(frame, N_BANDS, frame);
    if (tmb_onset_push(onset, frame, level(signal, i))) {
      assert_true(onsets.n < MAX_ONSETS);
      onsets.times[onsets.n++] = (double)i * HOP_S;
    }
  }
  free(bands);
  return onsets;
}

static Onsets
detect(const Signal* const signal, const float sensitivity)
{
  TmbOnset* onset = NULL;
  assert_int_equal(tmb_onset_new(N_BANDS, HOP_S, &onset), TMB_OK);
  tmb_onset_set(onset, sensitivity, -60.0f);
  const Onsets onsets = detect_with(onset, signal);
  tmb_onset_free(onset);
  return onsets;
}

/// Demand exactly these onsets, each within 50 ms.
static void
expect(const Onsets* const onsets,
       const double* const times,
       const uint32_t      n,
       const char* const   label)
{
  if (onsets->n != n) {
    fail_msg("%s: %u onsets, not %u", label, onsets->n, n);
  }
  for (uint32_t i = 0U; i < n; ++i) {
    if (!(fabs(onsets->times[i] - times[i]) <= 0.05)) {
      fail_msg(
        "%s: onset at %.3f s, not %.3f s", label, onsets->times[i], times[i]);
    }
  }
}

static void
silence_has_no_onset(void** const state)
{
  (void)state;
  static const float sensitivities[] = { 0.0f, 0.5f, 1.0f };
  Signal             silence         = signal_new(88200U);
  for (unsigned i = 0U; i < 3U; ++i) {
    const Onsets onsets = detect(&silence, sensitivities[i]);
    expect(&onsets, NULL, 0U, "silence");
  }
  signal_free(&silence);
}

static void
noise_below_the_gate_has_no_onset(void** const state)
{
  (void)state;
  Signal noise = signal_new(88200U);
  signal_fill_noise(&noise);
  for (uint32_t i = 0U; i < noise.n; ++i) {
    noise.y[i] *= 1e-3f; // -71 dBFS
  }
  const Onsets onsets = detect(&noise, 0.5f);
  expect(&onsets, NULL, 0U, "noise");
  signal_free(&noise);
}

static void
a_steady_sound_has_one_onset(void** const state)
{
  (void)state;
  static const double start[]   = { 0.5 };
  static const double pitches[] = { 82.4, 196.0, 440.0, 1318.5 };
  for (unsigned p = 0U; p < 4U; ++p) {
    Signal signal = signal_new(132300U);
    signal_add_note(
      &signal, RATE_HZ, start[0], pitches[p], 6.0, (double)INFINITY);
    const Onsets onsets = detect(&signal, 0.5f);
    expect(&onsets, start, 1U, "steady tone");
    signal_free(&signal);
  }

  Signal noise = signal_new(132300U);
  signal_fill_noise(&noise);
  for (uint32_t i = 0U; i < 22050U; ++i) {
    noise.y[i] = 0.0f;
  }
  const Onsets onsets = detect(&noise, 0.5f);
  expect(&onsets, start, 1U, "steady noise");
  signal_free(&noise);
}

static void
a_sound_from_the_first_sample_on_has_an_onset(void** const state)
{
  (void)state;
  static const double start[] = { 0.0 };
  Signal              signal  = signal_new(44100U);
  signal_add_note(&signal, RATE_HZ, 0.0, 220.0, 6.0, 0.3);
  const Onsets onsets = detect(&signal, 0.5f);
  expect(&onsets, start, 1U, "first sample");
  signal_free(&signal);
}

static void
each_pluck_of_a_train_is_found_in_time(void** const state)
{
  (void)state;
  static const double scale[] = { 1.0, 1.125, 1.25, 1.5 };
  static const struct {
    const char* label;
    double      gap_s;
    double      decay_s;
  } rows[] = {
    { "crotchets, ringing", 0.5, 0.3 },
    { "five a second", 0.2, 0.15 },
    { "semiquavers, damped", 0.125, 0.05 },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    Signal signal = signal_new(154350U);
    double times[6];
    for (unsigned i = 0U; i < 6U; ++i) {
      times[i] = 0.3 + (rows[r].gap_s * (double)i);
      signal_add_note(&signal,
                      RATE_HZ,
                      times[i],
                      196.0 * scale[i % 4U],
                      6.0,
                      rows[r].decay_s);
    }
    const Onsets onsets = detect(&signal, 0.5f);
    expect(&onsets, times, 6U, rows[r].label);
    signal_free(&signal);
  }
}

static void
a_note_repeated_is_found_again(void** const state)
{
  (void)state;
  static const double times[] = { 0.3, 0.7, 1.1, 1.5 };
  Signal              signal  = signal_new(88200U);
  for (unsigned i = 0U; i < 4U; ++i) {
    signal_add_note(&signal, RATE_HZ, times[i], 330.0, 6.0, 0.15);
  }
  const Onsets onsets = detect(&signal, 0.5f);
  expect(&onsets, times, 4U, "same note");
  signal_free(&signal);
}

static void
vibrato_is_no_onset(void** const state)
{
  (void)state;
  static const double start[]   = { 0.0 };
  static const double pitches[] = { 220.0, 440.0, 880.0 };
  for (unsigned p = 0U; p < 3U; ++p) {
    // Half a semitone up and down, 6 times a second
    Signal signal = signal_new(132300U);
    double phase  = 0.0;
    for (uint32_t i = 0U; i < signal.n; ++i) {
      const double t = (double)i / RATE_HZ;
      phase += 2.0 * TEST_PI * pitches[p] / RATE_HZ *
               exp2(0.5 / 12.0 * sin(2.0 * TEST_PI * 6.0 * t));
      for (unsigned h = 1U; h <= 10U; ++h) {
        signal.y[i] += (float)(0.1 * sin((double)h * phase) / (double)h);
      }
    }
    const Onsets onsets = detect(&signal, 0.5f);
    expect(&onsets, start, 1U, "vibrato");
    signal_free(&signal);
  }
}

static void
a_decay_is_no_onset(void** const state)
{
  (void)state;
  static const double start[] = { 0.2 };
  Signal              signal  = signal_new(132300U);
  signal_add_note(&signal, RATE_HZ, start[0], 261.6, 3.0, 0.6);
  const Onsets onsets = detect(&signal, 0.5f);
  expect(&onsets, start, 1U, "decay");
  signal_free(&signal);
}

static void
a_sound_that_stops_is_no_onset(void** const state)
{
  (void)state;
  static const double start[] = { 0.2 };
  for (unsigned phase = 0U; phase < 8U; ++phase) {
    Signal signal = signal_new(88200U);
    signal_add_note(&signal, RATE_HZ, start[0], 440.0, 6.0, 1.0);
    for (uint32_t i = 44100U + (phase * N_HOP / 8U); i < signal.n; ++i) {
      signal.y[i] = 0.0f;
    }
    const Onsets onsets = detect(&signal, 0.5f);
    expect(&onsets, start, 1U, "cut off");
    signal_free(&signal);
  }
}

static void
onsets_are_50_ms_apart_at_least(void** const state)
{
  (void)state;
  Signal signal = signal_new(88200U);
  for (unsigned i = 0U; i < 100U; ++i) {
    signal_add_note(
      &signal, RATE_HZ, 0.02 * (double)i, 100.0 + (7.0 * (double)i), 0.0, 0.01);
  }
  const Onsets onsets = detect(&signal, 1.0f);
  assert_true(onsets.n > 0U);
  for (uint32_t i = 1U; i < onsets.n; ++i) {
    assert_true(onsets.times[i] - onsets.times[i - 1U] > 0.05);
  }
  signal_free(&signal);
}

static void
sensitivity_finds_weaker_onsets(void** const state)
{
  (void)state;
  // A soft note over a loud steady one
  Signal signal = signal_new(88200U);
  signal_add_note(&signal, RATE_HZ, 0.0, 110.0, 0.0, (double)INFINITY);
  signal_add_sine(&signal, RATE_HZ, 44100.0, 3000.0, 0.02);
  const Onsets dull  = detect(&signal, 0.0f);
  const Onsets alert = detect(&signal, 1.0f);
  assert_int_equal(dull.n, 1U);
  assert_true(alert.n > 1U);
  signal_free(&signal);
}

static void
reset_forgets_the_signal(void** const state)
{
  (void)state;
  TmbOnset* onset  = NULL;
  Signal    signal = signal_new(88200U);
  signal_add_note(&signal, RATE_HZ, 0.1, 196.0, 6.0, 0.5);
  signal_add_note(&signal, RATE_HZ, 0.9, 247.0, 6.0, 0.5);
  assert_int_equal(tmb_onset_new(N_BANDS, HOP_S, &onset), TMB_OK);
  const Onsets first = detect_with(onset, &signal);
  tmb_onset_reset(onset);
  const Onsets again = detect_with(onset, &signal);
  assert_int_equal(first.n, 2U);
  assert_int_equal(again.n, 2U);
  assert_memory_equal(first.times, again.times, sizeof(first.times));
  tmb_onset_free(onset);
  signal_free(&signal);
}

static void
new_checks_its_arguments(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    uint32_t    n_bands;
    double      hop_s;
  } rows[] = {
    { "no bands", 0U, 0.01 },
    { "too many bands", TMB_MAX_BANDS + 1U, 0.01 },
    { "no hop", 80U, 0.0 },
    { "hop not a number", 80U, (double)NAN },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbOnset* onset = NULL;
    if (tmb_onset_new(rows[r].n_bands, rows[r].hop_s, &onset) != TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
    assert_null(onset);
  }
}

static void
new_reports_each_failed_allocation(void** const state)
{
  (void)state;
  TmbOnset* onset = NULL;
  for (size_t n = 0U; n < 2U; ++n) {
    alloc_fail_from(n);
    const TmbStatus status = tmb_onset_new(80U, 0.01, &onset);
    assert_true(alloc_restore());
    assert_int_equal(status, TMB_NO_MEMORY);
    assert_null(onset);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(silence_has_no_onset),
    cmocka_unit_test(noise_below_the_gate_has_no_onset),
    cmocka_unit_test(a_steady_sound_has_one_onset),
    cmocka_unit_test(a_sound_from_the_first_sample_on_has_an_onset),
    cmocka_unit_test(each_pluck_of_a_train_is_found_in_time),
    cmocka_unit_test(a_note_repeated_is_found_again),
    cmocka_unit_test(vibrato_is_no_onset),
    cmocka_unit_test(a_decay_is_no_onset),
    cmocka_unit_test(a_sound_that_stops_is_no_onset),
    cmocka_unit_test(onsets_are_50_ms_apart_at_least),
    cmocka_unit_test(sensitivity_finds_weaker_onsets),
    cmocka_unit_test(reset_forgets_the_signal),
    cmocka_unit_test(new_checks_its_arguments),
    cmocka_unit_test(new_reports_each_failed_allocation),
  };
  return cmocka_run_group_tests_name("onset", tests, NULL, NULL);
}
