// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/front_end.h"
#include "dsp/onset.h"
#include "tests/support/alloc.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define TEST_PI 3.14159265358979323846
#define RATE_HZ 44100.0
#define N_HOP 512U
#define MAX_ONSETS 32U

/// What the detector said about a signal.
typedef struct {
  uint32_t n;
  double   times[MAX_ONSETS];  ///< Where notes began, seconds
  double   delays[MAX_ONSETS]; ///< From there to when it was said
} Onsets;

static TmbAnalysis*
new_analysis(void)
{
  const TmbFrontEnd* const front_end = &tmb_default_front_end;
  TmbAnalysis*             analysis  = NULL;
  assert_int_equal(tmb_analysis_new(RATE_HZ,
                                    front_end->window_s,
                                    front_end->hop_s,
                                    NULL,
                                    front_end->rate_hz,
                                    &analysis),
                   TMB_OK);
  return analysis;
}

static TmbOnset*
new_onset(void)
{
  TmbAnalysis* const     analysis = new_analysis();
  const TmbAnalysisTimes times    = tmb_analysis_times(analysis);
  TmbOnset*              onset    = NULL;
  assert_int_equal(tmb_onset_new(&times, RATE_HZ, &onset), TMB_OK);
  tmb_analysis_free(analysis);
  return onset;
}

/// Run a detector over a signal.
static Onsets
detect_with(TmbOnset* const onset, const Signal* const signal)
{
  TmbAnalysis* const analysis = new_analysis();
  Onsets             onsets   = { 0U, { 0.0 }, { 0.0 } };
  TmbView            view     = { .level_db = 0.0f };
  for (uint32_t taken = 0U; taken < signal->n;) {
    taken +=
      tmb_analysis_push(analysis, signal->y + taken, signal->n - taken, &view);

    uint64_t start = 0U;
    if (view.short_db && tmb_onset_push(onset, &view, &start)) {
      assert_true(onsets.n < MAX_ONSETS);
      onsets.delays[onsets.n] = (double)(taken - start) / RATE_HZ;
      onsets.times[onsets.n]  = (double)start / RATE_HZ;
      ++onsets.n;
    }
  }
  tmb_analysis_free(analysis);
  return onsets;
}

static Onsets
detect(const Signal* const signal, const float sensitivity)
{
  TmbOnset* const onset = new_onset();
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

/// Three seconds of a note whose pitch and level waver.
static Signal
new_wavering_note(const double hz,
                  const double semitones,
                  const double swing_db,
                  const double waver_hz)
{
  Signal signal = signal_new(132300U);
  double phase  = 0.0;
  for (uint32_t i = 0U; i < signal.n; ++i) {
    const double swing = sin(2.0 * TEST_PI * waver_hz * (double)i / RATE_HZ);
    const double gain  = pow(10.0, swing_db / 20.0 * swing);
    phase += 2.0 * TEST_PI * hz / RATE_HZ * exp2(semitones / 12.0 * swing);
    for (unsigned h = 1U; h <= 10U; ++h) {
      signal.y[i] += (float)(gain * 0.1 * sin((double)h * phase) / (double)h);
    }
  }
  return signal;
}

static void
vibrato_and_tremolo_are_no_onsets(void** const state)
{
  (void)state;
  static const double start[]   = { 0.0 };
  static const double pitches[] = { 110.0, 165.0, 220.0, 330.0, 440.0,
                                    550.0, 660.0, 880.0, 1320.0 };
  static const struct {
    const char* label;
    double      semitones; ///< Up and down
    double      swing_db;  ///< Likewise
    double      waver_hz;
  } rows[] = {
    { "gentle vibrato", 0.3, 0.0, 5.0 },
    { "wide vibrato", 0.5, 0.0, 6.0 },
    { "tremolo", 0.0, 3.0, 5.0 },
    { "vibrato of pitch and level", 0.4, 2.0, 6.0 },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    for (unsigned p = 0U; p < sizeof(pitches) / sizeof(pitches[0]); ++p) {
      Signal signal = new_wavering_note(
        pitches[p], rows[r].semitones, rows[r].swing_db, rows[r].waver_hz);
      const Onsets onsets = detect(&signal, 0.5f);
      expect(&onsets, start, 1U, rows[r].label);
      signal_free(&signal);
    }
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
  static const double start[]   = { 0.2 };
  static const double pitches[] = { 110.0, 330.0, 440.0, 880.0 };
  for (unsigned i = 0U; i < 32U; ++i) {
    Signal signal = signal_new(88200U);
    signal_add_note(&signal, RATE_HZ, start[0], pitches[i / 8U], 6.0, 1.0);
    for (uint32_t k = 44100U + ((i % 8U) * N_HOP / 8U); k < signal.n; ++k) {
      signal.y[k] = 0.0f;
    }
    const Onsets onsets = detect(&signal, 0.5f);
    expect(&onsets, start, 1U, "cut off");
    signal_free(&signal);
  }
}

static void
the_noise_of_a_release_is_no_onset(void** const state)
{
  (void)state;
  // A damper falls on the string, 35 dB below the note's beginning
  static const double start[] = { 0.2 };
  Signal              signal  = signal_new(88200U);
  Signal              noise   = signal_new(88200U);
  signal_add_note(&signal, RATE_HZ, start[0], 262.0, 6.0, 1.5);
  signal_add_hit(&noise, RATE_HZ, 1.0, 0.01);
  for (uint32_t i = 44100U; i < signal.n; ++i) {
    const double since_s = ((double)i / RATE_HZ) - 1.0;
    signal.y[i] *= (float)exp(-since_s / 0.03);
    signal.y[i] += 0.02f * noise.y[i];
  }
  const Onsets onsets = detect(&signal, 0.5f);
  expect(&onsets, start, 1U, "release");
  signal_free(&noise);
  signal_free(&signal);
}

static void
slow_attacks_are_found(void** const state)
{
  (void)state;
  static const double attacks_s[] = { 0.05, 0.1, 0.2 };
  for (size_t a = 0U; a < sizeof(attacks_s) / sizeof(attacks_s[0]); ++a) {
    static const double times[] = { 0.5, 1.5 };
    Signal              signal  = signal_new(110250U);
    signal_add_swell(&signal, RATE_HZ, 0.5, 196.0, 9.0, attacks_s[a], 0.5);
    signal_add_swell(&signal, RATE_HZ, 1.5, 220.0, 9.0, attacks_s[a], 0.5);
    const Onsets onsets = detect(&signal, 0.5f);
    expect(&onsets, times, 2U, "swell");
    signal_free(&signal);
  }
}

static void
plucks_and_hits_are_known_in_15_ms(void** const state)
{
  (void)state;
  for (unsigned i = 0U; i < 40U; ++i) {
    const double start  = 0.5 + (0.0013 * (double)i);
    Signal       signal = signal_new(44100U);
    if (i % 2U) {
      signal_add_hit(&signal, RATE_HZ, start, 0.05);
    } else {
      signal_add_note(
        &signal, RATE_HZ, start, 82.4 * (1.0 + (double)i), 6.0, 0.3);
    }
    const Onsets onsets = detect(&signal, 0.5f);
    expect(&onsets, &start, 1U, (i % 2U) ? "hit" : "pluck");

    const double known = onsets.times[0] + onsets.delays[0];
    if (!(known - start <= 0.015 && fabs(onsets.times[0] - start) <= 0.005)) {
      fail_msg("%s at %.4f s: told as %.4f s, known at %.4f s",
               (i % 2U) ? "hit" : "pluck",
               start,
               onsets.times[0],
               known);
    }
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
  Signal soft   = signal_new(88200U);
  signal_add_note(&signal, RATE_HZ, 0.0, 110.0, 0.0, (double)INFINITY);
  signal_add_note(&soft, RATE_HZ, 1.0, 880.0, 6.0, 0.3);
  for (uint32_t i = 0U; i < signal.n; ++i) {
    signal.y[i] += 0.3f * soft.y[i];
  }
  const Onsets dull  = detect(&signal, 0.0f);
  const Onsets alert = detect(&signal, 1.0f);
  assert_int_equal(dull.n, 1U);
  assert_int_equal(alert.n, 2U);
  signal_free(&soft);
  signal_free(&signal);
}

static void
reset_forgets_the_signal(void** const state)
{
  (void)state;
  TmbOnset* const onset  = new_onset();
  Signal          signal = signal_new(88200U);
  signal_add_note(&signal, RATE_HZ, 0.1, 196.0, 6.0, 0.5);
  signal_add_note(&signal, RATE_HZ, 0.9, 247.0, 6.0, 0.5);
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
    const char*      label;
    TmbAnalysisTimes times;
    double           rate_hz;
  } rows[] = {
    { "no short window", { 0U, 2048U, 512.0 }, RATE_HZ },
    { "no hop", { 1023U, 2048U, 0.0 }, RATE_HZ },
    { "hop not a number", { 1023U, 2048U, (double)NAN }, RATE_HZ },
    { "no rate", { 1023U, 2048U, 512.0 }, 0.0 },
    { "rate not a number", { 1023U, 2048U, 512.0 }, (double)NAN },
  };
  for (size_t r = 0U; r < sizeof(rows) / sizeof(rows[0]); ++r) {
    TmbOnset* onset = NULL;
    if (tmb_onset_new(&rows[r].times, rows[r].rate_hz, &onset) != TMB_BAD_ARG) {
      fail_msg("%s", rows[r].label);
    }
    assert_null(onset);
  }
}

static void
new_reports_a_failed_allocation(void** const state)
{
  (void)state;
  static const TmbAnalysisTimes times = { 1023U, 2048U, 512.0 };
  TmbOnset*                     onset = NULL;
  alloc_fail_from(0U);
  const TmbStatus status = tmb_onset_new(&times, RATE_HZ, &onset);
  assert_true(alloc_restore());
  assert_int_equal(status, TMB_NO_MEMORY);
  assert_null(onset);
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
    cmocka_unit_test(slow_attacks_are_found),
    cmocka_unit_test(plucks_and_hits_are_known_in_15_ms),
    cmocka_unit_test(vibrato_and_tremolo_are_no_onsets),
    cmocka_unit_test(a_decay_is_no_onset),
    cmocka_unit_test(a_sound_that_stops_is_no_onset),
    cmocka_unit_test(the_noise_of_a_release_is_no_onset),
    cmocka_unit_test(onsets_are_50_ms_apart_at_least),
    cmocka_unit_test(sensitivity_finds_weaker_onsets),
    cmocka_unit_test(reset_forgets_the_signal),
    cmocka_unit_test(new_checks_its_arguments),
    cmocka_unit_test(new_reports_a_failed_allocation),
  };
  return cmocka_run_group_tests_name("onset", tests, NULL, NULL);
}
