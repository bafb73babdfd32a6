// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mel.h"
#include "dsp/mfcc.h"
#include "dsp/spectrum.h"
#include "tests/support/cmocka.h"
#include "tests/support/signals.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>

#define TEST_PI 3.14159265358979323846
#define IMAGINARY ((double complex)_Complex_I)
#define N_BANDS 80U
#define FMIN_HZ 30.0
#define FMAX_HZ 10800.0
#define WINDOW_S (2048.0 / 44100.0)
#define HOP_S (512.0 / 44100.0)
#define LENGTH_S 0.7
#define N_FRAMES 56U
#define N_PARTIALS 300U

/// Add a partial that starts at `start_s` and falls to 1 / e in `decay_s`.
static void
add_partial(double* const  y,
            const uint32_t n,
            const double   rate_hz,
            const double   start_s,
            const double   hz,
            const double   amplitude,
            const double   decay_s)
{
  const double complex speed =
    (2.0 * TEST_PI * hz * IMAGINARY) - (1.0 / decay_s);
  const uint32_t       first = (uint32_t)ceil(start_s * rate_hz);
  const double complex step  = cexp(speed / rate_hz);
  double complex z = amplitude * cexp(speed * ((first / rate_hz) - start_s));
  for (uint32_t i = first; i < n; ++i) {
    // A smooth attack, whose spectrum folds back at no rate
    const double age = fmin((((double)i / rate_hz) - start_s) / 0.005, 1.0);
    y[i] += cimag(z) * (0.5 - (0.5 * cos(TEST_PI * age)));
    z *= step;
  }
}

/// Four plucked notes in faint noise, all of it below 3.9 kHz.
static Signal
play(const double rate_hz)
{
  static const double notes_hz[] = { 110.0, 261.6, 82.4, 440.0 };
  const uint32_t      n          = (uint32_t)(LENGTH_S * rate_hz);
  double* const       y          = (double*)calloc(n, sizeof(double));
  Signal              signal     = signal_new(n);
  Signal              random     = signal_new(N_PARTIALS);
  assert_non_null(y);
  for (unsigned i = 0U; i < 4U; ++i) {
    for (unsigned h = 1U; (double)h * notes_hz[i] < 3900.0; ++h) {
      add_partial(y,
                  n,
                  rate_hz,
                  0.05 + (0.15 * (double)i),
                  (double)h * notes_hz[i],
                  0.2 / (double)h,
                  0.5 / (1.0 + (0.2 * (double)h)));
    }
  }
  signal_fill_noise(&random);
  for (unsigned i = 0U; i < N_PARTIALS; ++i) {
    const double where = (double)random.y[i] + 0.5;
    add_partial(y, n, rate_hz, 0.0, 20.0 + (3880.0 * where), 1e-3, 1e9);
  }
  for (uint32_t i = 0U; i < n; ++i) {
    signal.y[i] = (float)y[i];
  }
  signal_free(&random);
  free(y);
  return signal;
}

typedef enum { WHOLE_BINS, HALF_BINS, LONG_TRANSFORM } Method;

static TmbMelConfig
bank(const double rate_hz, const uint32_t n_window, const Method method)
{
  TmbMelConfig config = {
    .rate_hz = rate_hz,
    .n_fft   = tmb_fft_length((method == LONG_TRANSFORM ? 2U : 1U) * n_window),
    .n_bands = N_BANDS,
    .fmin_hz = FMIN_HZ,
    .fmax_hz = FMAX_HZ,
    .scale   = TMB_MEL_HTK,
    .norm    = TMB_MEL_MEAN,
  };
  config.n_fine = (method == HALF_BINS) ? tmb_mel_fine_bins(&config) : 0U;
  return config;
}

/// Power density per Hz, so that it is the same at all rates.
static TmbSpectrum*
new_spectrum(const double   rate_hz,
             const uint32_t n_window,
             const uint32_t n_fft)
{
  Signal       window   = signal_new(n_window);
  double       energy   = 0.0;
  TmbSpectrum* spectrum = NULL;
  tmb_hann(window.y, n_window);
  for (uint32_t i = 0U; i < n_window; ++i) {
    energy += (double)window.y[i] * (double)window.y[i];
  }
  for (uint32_t i = 0U; i < n_window; ++i) {
    window.y[i] *= (float)sqrt(44100.0 / (rate_hz * energy));
  }
  assert_int_equal(tmb_spectrum_new(window.y, n_window, n_fft, &spectrum),
                   TMB_OK);
  signal_free(&window);
  return spectrum;
}

/// Band levels in dB, [N_FRAMES][N_BANDS].
static Signal
levels_at(const double rate_hz, const Signal* const signal, const Method method)
{
  const uint32_t     n_window = (uint32_t)lround(WINDOW_S * rate_hz);
  const TmbMelConfig config   = bank(rate_hz, n_window, method);
  Signal             levels   = signal_new(N_FRAMES * N_BANDS);
  Signal power = signal_new((config.n_fft / 2U) + 1U + config.n_fine);
  TmbSpectrum* const spectrum = new_spectrum(rate_hz, n_window, config.n_fft);
  TmbMel*            mel      = NULL;
  assert_int_equal(tmb_mel_new(&config, &mel), TMB_OK);

  for (uint32_t i = 0U; i < N_FRAMES; ++i) {
    const double middle_s = (0.5 * WINDOW_S) + ((double)i * HOP_S);
    const long   first    = lround(middle_s * rate_hz) - (long)(n_window / 2U);
    tmb_spectrum_power_fine(spectrum,
                            signal->y + first,
                            config.n_fine,
                            (config.n_fft / 2U) + 1U,
                            power.y);
    tmb_mel_apply(mel, power.y, levels.y + ((size_t)i * N_BANDS));
  }
  tmb_power_to_db(levels.y, levels.n, levels.y);

  tmb_mel_free(mel);
  tmb_spectrum_free(spectrum);
  signal_free(&power);
  return levels;
}

/// Bands wholly below 3.9 kHz.
static unsigned
count_comparable_bands(void)
{
  const double low  = tmb_hz_to_mel(TMB_MEL_HTK, FMIN_HZ);
  const double high = tmb_hz_to_mel(TMB_MEL_HTK, FMAX_HZ);
  const double top  = tmb_hz_to_mel(TMB_MEL_HTK, 3900.0);
  return (unsigned)((top - low) / (high - low) * (N_BANDS + 1.0)) - 1U;
}

/// RMS over time of the difference between two rates, of the worst band, dB.
static double
worst_band(const Signal* const a, const Signal* const b)
{
  const unsigned n_bands = count_comparable_bands();
  double         worst   = 0.0;
  for (unsigned band = 0U; band < n_bands; ++band) {
    double sum = 0.0;
    for (unsigned i = 0U; i < N_FRAMES; ++i) {
      const size_t at         = ((size_t)i * N_BANDS) + band;
      const double difference = (double)a->y[at] - (double)b->y[at];
      sum += difference * difference;
    }
    worst = fmax(worst, sqrt(sum / (double)N_FRAMES));
  }
  return worst;
}

static void
bands_are_the_same_at_all_rates(void** const state)
{
  (void)state;
  enum { N_RATES = 9 };
  static const double rates_hz[N_RATES] = { 8000.0,  11025.0,  16000.0,
                                            22050.0, 44100.0,  48000.0,
                                            96000.0, 192000.0, 384000.0 };
  static const struct {
    const char* label;
    Method      method;
    double      least; ///< dB
    double      most;  ///< dB
  } rows[] = {
    { "whole bins alone do not suffice", WHOLE_BINS, 0.5, 9.0 },
    { "half bins", HALF_BINS, 0.0, 0.5 },
    { "transform twice as long", LONG_TRANSFORM, 0.0, 0.5 },
  };
  Signal signals[N_RATES];
  for (unsigned r = 0U; r < N_RATES; ++r) {
    signals[r] = play(rates_hz[r]);
  }
  for (size_t m = 0U; m < sizeof(rows) / sizeof(rows[0]); ++m) {
    Signal levels[N_RATES];
    double worst = 0.0;
    for (unsigned r = 0U; r < N_RATES; ++r) {
      levels[r] = levels_at(rates_hz[r], &signals[r], rows[m].method);
      for (unsigned s = 0U; s < r; ++s) {
        worst = fmax(worst, worst_band(&levels[r], &levels[s]));
      }
    }
    print_message("%s: %.2f dB\n", rows[m].label, worst);
    if (!(worst >= rows[m].least && worst <= rows[m].most)) {
      fail_msg("%s: %.3f dB", rows[m].label, worst);
    }
    for (unsigned r = 0U; r < N_RATES; ++r) {
      signal_free(&levels[r]);
    }
  }
  for (unsigned r = 0U; r < N_RATES; ++r) {
    signal_free(&signals[r]);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bands_are_the_same_at_all_rates),
  };
  return cmocka_run_group_tests_name("rates", tests, NULL, NULL);
}
