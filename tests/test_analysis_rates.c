// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Windows, bands and levels, which are the same at every sample rate

#include "dsp/analysis.h"
#include "dsp/front_end.h"
#include "tests/support/cmocka.h"
#include "tests/support/looks.h"
#include "tests/support/signals.h"

#include <math.h>

#define TEST_PI 3.14159265358979323846
#define RATE_HZ 44100.0 ///< That of the usual
#define N_PARTIALS 700U ///< Of what sounds like noise

static const TmbFrontEnd* const front_end = &tmb_default_front_end;

static const double rates[] = { 8000.0,  11025.0,  16000.0, 22050.0,
                                32000.0, 44100.0,  48000.0, 88200.0,
                                96000.0, 192000.0, 384000.0 };
#define N_RATES (sizeof(rates) / sizeof(rates[0]))

static void
short_windows_end_every_half_hop_and_long_ones_with_every_other(
  void** const state)
{
  (void)state;
  for (size_t r = 0U; r < N_RATES; ++r) {
    TmbAnalysis* const     analysis = analysis_new(rates[r]);
    const TmbAnalysisTimes times    = tmb_analysis_times(analysis);
    Signal                 ramp     = signal_new((uint32_t)(0.2 * rates[r]));
    assert_true(fabs(times.hop - (front_end->hop_s * rates[r])) < 1e-9);
    assert_int_equal(times.n_long, lround(front_end->window_s * rates[r]));
    for (uint32_t i = 0U; i < ramp.n; ++i) {
      ramp.y[i] = (float)(i + 1U);
    }

    Looks looks = looks_at(analysis, &ramp, ramp.n);
    assert_true(looks.n > 20U);
    for (uint32_t i = 0U; i < looks.n; ++i) {
      const Look* const look   = &looks.looks[i];
      const long        middle = lround(0.5 * (double)i * times.hop);
      const uint64_t    end =
        (uint64_t)middle + times.n_long - (times.n_long / 2U);
      assert_int_equal(look->taken, end);
      assert_int_equal(look->is_long, i % 2U == 0U);
      assert_true(look->newest == (float)end);
      assert_true(
        look->oldest ==
        ((end >= times.n_short) ? (float)(end - times.n_short + 1U) : 0.0f));
    }
    looks_free(&looks);
    signal_free(&ramp);
    tmb_analysis_free(analysis);
  }
}

/// Mean of the whole bins that have no half bins between them.
static double
mean_power(const TmbAnalysis* const analysis, const float* const power)
{
  TmbMelConfig config = { .n_bands = 0U };
  tmb_analysis_fit(analysis, &config);
  const uint32_t n_bins = analysis_bins(analysis);
  double         sum    = 0.0;
  for (uint32_t i = 2U * config.n_fine; i < n_bins; ++i) {
    sum += (double)power[i];
  }
  return sum / (double)(n_bins - (2U * config.n_fine));
}

/// The power of an impulse is the squared window where it is.
static void
long_windows_are_hann_windows_centred_on_multiples_of_the_hop(
  void** const state)
{
  (void)state;
  for (size_t r = 0U; r < N_RATES; ++r) {
    TmbAnalysis* const     analysis = analysis_new_up_to(rates[r], rates[r]);
    const TmbAnalysisTimes times    = tmb_analysis_times(analysis);
    Signal                 impulse  = signal_new((uint32_t)(0.3 * rates[r]));
    const uint32_t         place    = impulse.n / 2U;
    const double           scale =
      front_end->rate_hz / rates[r] / (0.375 * (double)times.n_long);
    impulse.y[place] = 1.0f;

    uint32_t n_long  = 0U;
    uint32_t n_taken = 0U;
    while (n_taken < impulse.n) {
      TmbView view;
      n_taken += tmb_analysis_push(
        analysis, impulse.y + n_taken, impulse.n - n_taken, &view);
      if (view.power) {
        const long   middle = lround((double)n_long * times.hop);
        const double at =
          (double)((long)place - middle + (long)(times.n_long / 2U)) /
          (double)times.n_long;
        const double window = (at >= 0.0 && at <= 1.0)
                                ? 0.5 - (0.5 * cos(2.0 * TEST_PI * at))
                                : 0.0;
        const double power  = mean_power(analysis, view.power);
        if (!(fabs(power - (scale * window * window)) <= 1e-5 * scale)) {
          fail_msg("%g Hz, window %u", rates[r], n_long);
        }
        ++n_long;
      }
    }
    assert_true(n_long > 20U);
    signal_free(&impulse);
    tmb_analysis_free(analysis);
  }
}

/// What sounds like noise up to 3.9 kHz, but is the same at any rate.
static Signal
new_noise(const double rate_hz)
{
  Signal   self = signal_new((uint32_t)(0.5 * rate_hz));
  uint32_t x    = 22222U;
  for (uint32_t p = 0U; p < N_PARTIALS; ++p) {
    x = (1664525U * x) + 1013904223U;

    // A partial turns by a step at each sample
    const double angle = 2.0 * TEST_PI * ((double)x / 4294967296.0);
    const double hz    = 20.0 + (3900.0 * (double)p / (double)N_PARTIALS);
    const double step  = 2.0 * TEST_PI * hz / rate_hz;
    const double re    = cos(step);
    const double im    = sin(step);
    double       c     = 0.02 * cos(angle);
    double       s     = 0.02 * sin(angle);
    for (uint32_t i = 0U; i < self.n; ++i) {
      const double next = (c * re) - (s * im);
      self.y[i] += (float)s;
      s = (s * re) + (c * im);
      c = next;
    }
  }
  return self;
}

/// Harmonics up to 3.5 kHz.
static Signal
new_tone(const double rate_hz)
{
  Signal self = signal_new((uint32_t)(0.5 * rate_hz));
  for (unsigned h = 1U; h <= 15U; ++h) {
    signal_add_sine(&self, rate_hz, 0.0, 233.1 * (double)h, 0.2 / (double)h);
  }
  return self;
}

/// The upper edge of one of LOOK_BANDS.
static double
edge_hz(const uint32_t band)
{
  const bool     is_short = band < TMB_SHORT_BANDS;
  const double   low      = tmb_hz_to_mel(TMB_MEL_HTK, 60.0);
  const double   high = tmb_hz_to_mel(TMB_MEL_HTK, is_short ? 10800.0 : 5000.0);
  const uint32_t i    = is_short ? band : band - TMB_SHORT_BANDS;
  const uint32_t n    = is_short ? TMB_SHORT_BANDS : TMB_LONG_BANDS;
  return tmb_mel_to_hz(
    TMB_MEL_HTK, low + ((high - low) * (double)(i + 2U) / (double)(n + 1U)));
}

/**
   RMS difference of a band's levels, dB.

   Where both are more than 25 dB below the loudest, skirts of the windows count
   too, which half bins show less exactly; see dsp/spectrum.c.
*/
static double
difference(const Looks* const a,
           const Looks* const b,
           const uint32_t     band,
           const float        loudest_db)
{
  double   sum = 0.0;
  uint32_t n   = 0U;
  for (uint32_t i = 8U; i < a->n && i < b->n; ++i) { // Past the start
    if (band < TMB_SHORT_BANDS || a->looks[i].is_long) {
      const float x = a->looks[i].levels[band];
      const float y = b->looks[i].levels[band];
      const float d = (fmaxf(x, y) > loudest_db - 25.0f) ? x - y : 0.0f;
      sum += (double)d * (double)d;
      ++n;
    }
  }
  return sqrt(sum / (double)n);
}

static float
loudest(const Looks* const looks)
{
  float self = -INFINITY;
  for (uint32_t i = 0U; i < looks->n; ++i) {
    for (uint32_t b = 0U; b < LOOK_BANDS; ++b) {
      self = fmaxf(self, looks->looks[i].levels[b]);
    }
  }
  return self;
}

static void
the_same_sound_has_the_same_levels_at_every_rate(void** const state)
{
  (void)state;
  static const struct {
    const char* label;
    Signal (*make)(double rate_hz);
  } sounds[] = { { "tone", new_tone }, { "noise", new_noise } };
  for (size_t s = 0U; s < 2U; ++s) {
    Signal usual = sounds[s].make(RATE_HZ);
    Looks  known = looks_anew(&usual, RATE_HZ, usual.n);
    for (size_t r = 0U; r < N_RATES; ++r) {
      Signal signal = sounds[s].make(rates[r]);
      Looks  looks  = looks_anew(&signal, rates[r], signal.n);
      double worst  = 0.0;
      assert_in_range(looks.n, known.n - 1U, known.n + 1U);
      for (uint32_t b = 0U; b < LOOK_BANDS; ++b) {
        if (edge_hz(b) < 3500.0) {
          worst = fmax(worst, difference(&looks, &known, b, loudest(&known)));
        }
      }
      print_message("%s at %g Hz: off by %.3f dB at most\n",
                    sounds[s].label,
                    rates[r],
                    worst);
      assert_true(worst <= 0.55);
      looks_free(&looks);
      signal_free(&signal);
    }
    looks_free(&known);
    signal_free(&usual);
  }
}

static void
bands_above_half_the_rate_are_silent(void** const state)
{
  (void)state;
  Signal noise = signal_new(8000U);
  signal_fill_noise(&noise);
  Looks looks = looks_anew(&noise, 8000.0, noise.n);
  for (uint32_t i = 0U; i < looks.n; ++i) {
    for (uint32_t b = 2U; b < LOOK_BANDS; ++b) {
      // The lower edge of a band is the upper one of that two below
      if (looks.looks[i].is_long && b != TMB_SHORT_BANDS &&
          b != TMB_SHORT_BANDS + 1U && edge_hz(b - 2U) > 4000.0) {
        assert_float_equal(looks.looks[i].levels[b], -100.0f, 1e-4f);
      }
    }
  }
  looks_free(&looks);
  signal_free(&noise);
}

static void
level_is_decibels_of_full_scale(void** const state)
{
  (void)state;
  for (size_t r = 0U; r < N_RATES; ++r) {
    Signal sine = signal_new((uint32_t)rates[r]);
    signal_add_sine(&sine, rates[r], 0.3 * rates[r], 1000.0, 1.0);
    Looks looks = looks_anew(&sine, rates[r], sine.n);
    assert_float_equal(looks.looks[0].level_db, TMB_LEAST_LEVEL_DB, 0.0f);
    for (uint32_t i = looks.n / 2U; i < looks.n; ++i) {
      assert_float_equal(looks.looks[i].level_db, -3.01f, 0.4f); // Part periods
    }
    looks_free(&looks);
    signal_free(&sine);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(
      short_windows_end_every_half_hop_and_long_ones_with_every_other),
    cmocka_unit_test(
      long_windows_are_hann_windows_centred_on_multiples_of_the_hop),
    cmocka_unit_test(the_same_sound_has_the_same_levels_at_every_rate),
    cmocka_unit_test(bands_above_half_the_rate_are_silent),
    cmocka_unit_test(level_is_decibels_of_full_scale),
  };
  return cmocka_run_group_tests_name("analysis_rates", tests, NULL, NULL);
}
