// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/spectrum.h"

#include <fftw3.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TMB_PI 3.14159265358979323846

struct TmbSpectrumImpl {
  uint32_t       n_window;
  uint32_t       n_bins;
  float*         window; ///< [n_window]
  float*         input;  ///< [n_fft] Zero from n_window on
  fftwf_complex* output; ///< [n_bins]
  fftwf_plan     plan;
};

void
tmb_hann(float* const window, const uint32_t n)
{
  for (uint32_t i = 0U; i < n; ++i) {
    window[i] =
      (float)(0.5 - (0.5 * cos(2.0 * TMB_PI * (double)i / (double)n)));
  }
}

static bool
is_smooth(uint32_t n)
{
  static const uint32_t primes[] = { 2U, 3U, 5U };
  for (uint32_t i = 0U; i < 3U; ++i) {
    while (n % primes[i] == 0U) {
      n /= primes[i];
    }
  }
  return n == 1U;
}

uint32_t
tmb_fft_length(const uint32_t n)
{
  uint32_t length = (n < 2U) ? 2U : n + (n % 2U);
  while (!is_smooth(length)) {
    length += 2U;
  }
  return length;
}

TmbStatus
tmb_spectrum_new(const float* const  window,
                 const uint32_t      n_window,
                 const uint32_t      n_fft,
                 TmbSpectrum** const spectrum)
{
  *spectrum = NULL;
  if (!n_window || n_window > n_fft || n_fft > TMB_MAX_FFT || n_fft % 2U) {
    return TMB_BAD_ARG;
  }

  TmbSpectrum* const self = (TmbSpectrum*)calloc(1U, sizeof(TmbSpectrum));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_window = n_window;
  self->n_bins   = (n_fft / 2U) + 1U;
  self->window   = fftwf_alloc_real(n_window);
  self->input    = fftwf_alloc_real(n_fft);
  self->output   = fftwf_alloc_complex(self->n_bins);
  if (!self->window || !self->input || !self->output) {
    tmb_spectrum_free(self);
    return TMB_NO_MEMORY;
  }

  memcpy(self->window, window, n_window * sizeof(float));
  memset(self->input, 0, n_fft * sizeof(float));

  // The planner is one for the process, and the host's other plugins use it
  fftwf_make_planner_thread_safe();
  self->plan = fftwf_plan_dft_r2c_1d(
    (int)n_fft, self->input, self->output, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
  if (!self->plan) {
    tmb_spectrum_free(self);
    return TMB_NO_MEMORY;
  }

  *spectrum = self;
  return TMB_OK;
}

void
tmb_spectrum_free(TmbSpectrum* const spectrum)
{
  if (spectrum) {
    if (spectrum->plan) {
      fftwf_destroy_plan(spectrum->plan);
    }
    fftwf_free(spectrum->output);
    fftwf_free(spectrum->input);
    fftwf_free(spectrum->window);
    free(spectrum);
  }
}

void
tmb_spectrum_power(TmbSpectrum* const spectrum,
                   const float* const samples,
                   float* const       power)
{
  for (uint32_t i = 0U; i < spectrum->n_window; ++i) {
    spectrum->input[i] = samples[i] * spectrum->window[i];
  }

  fftwf_execute(spectrum->plan);

  for (uint32_t k = 0U; k < spectrum->n_bins; ++k) {
    const float re = spectrum->output[k][0];
    const float im = spectrum->output[k][1];

    power[k] = (re * re) + (im * im);
  }
}
