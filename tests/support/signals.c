// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/signals.h"

#include "dsp/framer.h"
#include "dsp/spectrum.h"
#include "tests/support/cmocka.h"
#include "trainer/exact_spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEST_PI 3.14159265358979323846
#define N_HARMONICS 10U
#define GOLDEN_RATE_HZ 22050.0

Signal
signal_new(const uint32_t n)
{
  const Signal self = { n, (float*)calloc(n, sizeof(float)) };
  assert_non_null(self.y);
  return self;
}

void
signal_free(Signal* const signal)
{
  free(signal->y);
  signal->y = NULL;
}

void
signal_fill_noise(Signal* const signal)
{
  uint32_t x = 22222U; // A linear congruential generator, exact in float
  for (uint32_t i = 0U; i < signal->n; ++i) {
    x            = (1664525U * x) + 1013904223U;
    signal->y[i] = 0.5f * (((float)(x >> 8U) / 8388608.0f) - 1.0f);
  }
}

void
signal_silence(const Signal* const signal,
               const uint32_t      first,
               const uint32_t      end)
{
  memset(signal->y + first, 0, (end - first) * sizeof(float));
}

void
signal_add_sine(Signal* const signal,
                const double  rate_hz,
                const double  start,
                const double  hz,
                const double  amplitude)
{
  for (uint32_t i = (uint32_t)ceil(start); i < signal->n; ++i) {
    const double t = ((double)i - start) / rate_hz;
    signal->y[i] += (float)(amplitude * sin(2.0 * TEST_PI * hz * t));
  }
}

void
signal_add_note(Signal* const signal,
                const double  rate_hz,
                const double  start_s,
                const double  hz,
                const double  tilt_db,
                const double  decay_s)
{
  // Without an attack, a click
  signal_add_swell(signal, rate_hz, start_s, hz, tilt_db, 0.005, decay_s);
}

void
signal_add_swell(Signal* const signal,
                 const double  rate_hz,
                 const double  start_s,
                 const double  hz,
                 const double  tilt_db,
                 const double  attack_s,
                 const double  decay_s)
{
  double gains[N_HARMONICS];
  for (unsigned h = 0U; h < N_HARMONICS; ++h) {
    gains[h] = pow(10.0, -tilt_db * log2((double)h + 1.0) / 20.0);
  }

  const uint32_t first = (uint32_t)ceil(start_s * rate_hz);
  for (uint32_t i = first; i < signal->n; ++i) {
    const double t      = ((double)i / rate_hz) - start_s;
    const double attack = (t < attack_s) ? t / attack_s : 1.0;
    const double level  = 0.2 * attack * exp(-t / decay_s);
    double       sum    = 0.0;
    for (unsigned h = 0U; h < N_HARMONICS; ++h) {
      sum += gains[h] * sin(2.0 * TEST_PI * (double)(h + 1U) * hz * t);
    }
    signal->y[i] += (float)(level * sum);
  }
}

void
signal_add_hit(Signal* const signal,
               const double  rate_hz,
               const double  start_s,
               const double  decay_s)
{
  Signal noise = signal_new(signal->n);
  signal_fill_noise(&noise);
  for (uint32_t i = (uint32_t)ceil(start_s * rate_hz); i < signal->n; ++i) {
    const double t = ((double)i / rate_hz) - start_s;
    signal->y[i] += (float)(0.5 * exp(-t / decay_s)) * noise.y[i];
  }
  signal_free(&noise);
}

/// Four notes from C4 up by semitones, of half a second and five harmonics.
static void
fill_notes(Signal* const signal, const uint32_t start, const bool is_16_bit)
{
  for (uint32_t i = start; i < signal->n; ++i) {
    const uint32_t note = (i - start) / 11025U;
    const double   hz   = 440.0 * pow(2.0, ((double)note - 9.0) / 12.0);
    const double   t    = (double)((i - start) % 11025U) / GOLDEN_RATE_HZ;
    double         sum  = 0.0;
    for (unsigned h = 1U; h <= 5U; ++h) {
      sum += sin(2.0 * TEST_PI * (double)h * hz * t) / (double)h;
    }

    const double y = 0.3 * exp(-6.0 * t) * sum;
    signal->y[i]   = (float)(is_16_bit ? rint(y * 32767.0) / 32768.0 : y);
  }
}

Signal
signal_golden(const char* const name)
{
  if (!strncmp(name, "notes", 5U)) {
    const uint32_t lead = strstr(name, "lead") ? 5512U : 0U;
    Signal         self = signal_new(lead + 44100U);
    fill_notes(&self, lead, strstr(name, "s16") != NULL);
    return self;
  }

  Signal self = signal_new(22050U);
  if (!strcmp(name, "sine440")) {
    signal_add_sine(&self, GOLDEN_RATE_HZ, 0.0, 440.0, 0.5);
  } else if (!strcmp(name, "chirp")) {
    for (uint32_t i = 0U; i < self.n; ++i) {
      const double t = (double)i / GOLDEN_RATE_HZ;
      const double x = 2.0 * TEST_PI * ((50.0 * t) + (3975.0 * t * t));
      self.y[i]      = (float)(0.5 * sin(x));
    }
  } else if (!strcmp(name, "noise")) {
    signal_fill_noise(&self);
  } else if (!strcmp(name, "impulse")) {
    self.y[11025] = 1.0f;
  } else if (!strcmp(name, "dc")) {
    for (uint32_t i = 0U; i < self.n; ++i) {
      self.y[i] = 0.5f;
    }
  } else {
    assert_string_equal(name, "silence");
  }
  return self;
}

float*
spectrogram(const Signal* const signal,
            const uint32_t      n_fft,
            const uint32_t      n_hop,
            const bool          is_exact,
            uint32_t* const     n_frames)
{
  const uint32_t    n_bins   = (n_fft / 2U) + 1U;
  Signal            window   = signal_new(n_fft);
  Signal            padded   = signal_new(signal->n + (n_fft / 2U));
  TmbFramer*        framer   = NULL;
  TmbSpectrum*      spectrum = NULL;
  TmbExactSpectrum* exact    = NULL;
  tmb_hann(window.y, n_fft);
  memcpy(padded.y, signal->y, signal->n * sizeof(float));
  assert_int_equal(tmb_framer_new(n_fft, n_hop, &framer), TMB_OK);
  assert_int_equal(tmb_spectrum_new(window.y, n_fft, n_fft, &spectrum), TMB_OK);
  assert_int_equal(tmb_exact_spectrum_new(n_fft, n_fft, &exact), TMB_OK);

  *n_frames          = 1U + (signal->n / n_hop);
  float* const power = (float*)calloc(*n_frames, n_bins * sizeof(float));
  assert_non_null(power);

  uint32_t n_taken = 0U;
  for (uint32_t i = 0U; i < *n_frames; ++i) {
    const float* frame = NULL;
    n_taken +=
      tmb_framer_push(framer, padded.y + n_taken, padded.n - n_taken, &frame);
    assert_non_null(frame);
    if (is_exact) {
      tmb_exact_spectrum_power(exact, frame, power + ((size_t)i * n_bins));
    } else {
      tmb_spectrum_power(spectrum, frame, power + ((size_t)i * n_bins));
    }
  }

  tmb_exact_spectrum_free(exact);
  tmb_spectrum_free(spectrum);
  tmb_framer_free(framer);
  signal_free(&padded);
  signal_free(&window);
  return power;
}

float*
mel_spectrogram(const Signal* const       signal,
                const uint32_t            n_hop,
                const bool                is_exact,
                const TmbMelConfig* const config,
                uint32_t* const           n_frames)
{
  float* const power =
    spectrogram(signal, config->n_fft, n_hop, is_exact, n_frames);
  float* const bands =
    (float*)calloc(*n_frames, config->n_bands * sizeof(float));
  TmbMel* mel = NULL;
  assert_non_null(bands);
  assert_int_equal(tmb_mel_new(config, &mel), TMB_OK);

  for (size_t i = 0U; i < *n_frames; ++i) {
    tmb_mel_apply(mel,
                  power + (i * ((config->n_fft / 2U) + 1U)),
                  bands + (i * config->n_bands));
  }

  tmb_mel_free(mel);
  free(power);
  return bands;
}
