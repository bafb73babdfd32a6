// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/exact_spectrum.h"

#include "dsp/attributes.h"
#include "dsp/fft.h"

#include <fftw3.h>

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define TMB_PI 3.14159265358979323846

struct TmbExactSpectrumImpl {
  uint32_t      n_window;
  uint32_t      n_fft;
  uint32_t      n_bins;
  uint32_t      offset; ///< Of the window in the transform
  double*       window; ///< [n_window]
  double*       input;  ///< [n_fft]
  fftw_complex* output; ///< [n_bins]
  fftw_plan     plan;
};

TmbStatus
tmb_exact_spectrum_new(const uint32_t           n_window,
                       const uint32_t           n_fft,
                       TmbExactSpectrum** const spectrum)
{
  *spectrum = NULL;
  if (!n_window || n_window > n_fft || n_fft > 2U * TMB_MAX_FFT || n_fft % 2U) {
    return TMB_BAD_ARG;
  }

  TmbExactSpectrum* const self =
    (TmbExactSpectrum*)calloc(1U, sizeof(TmbExactSpectrum));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_window = n_window;
  self->n_fft    = n_fft;
  self->n_bins   = (n_fft / 2U) + 1U;
  self->offset   = (n_fft - n_window) / 2U;
  self->window   = (double*)calloc(n_window, sizeof(double));
  self->input    = fftw_alloc_real(n_fft);
  self->output   = fftw_alloc_complex(self->n_bins);
  if (self->window && self->input && self->output) {
    fftw_make_planner_thread_safe();
    // It takes a third less time if the input may be overwritten
    self->plan = fftw_plan_dft_r2c_1d((int)n_fft,
                                      self->input,
                                      self->output,
                                      FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
  }
  if (!self->plan) {
    tmb_exact_spectrum_free(self);
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < n_window; ++i) {
    const double phase = 2.0 * TMB_PI * (double)i / (double)n_window;

    self->window[i] = 0.5 - (0.5 * cos(phase));
  }
  *spectrum = self;
  return TMB_OK;
}

void
tmb_exact_spectrum_free(TmbExactSpectrum* const spectrum)
{
  if (spectrum) {
    if (spectrum->plan) {
      fftw_destroy_plan(spectrum->plan);
    }
    fftw_free(spectrum->output);
    fftw_free(spectrum->input);
    free(spectrum->window);
    free(spectrum);
  }
}

TMB_WIDE static void
apply_window(const TmbExactSpectrum* const self, const float* const samples)
{
  const size_t        n      = self->n_window;
  const size_t        end    = self->offset + n;
  const double* const window = self->window;
  double* const       input  = self->input + self->offset;
  memset(self->input, 0, self->offset * sizeof(double));
  for (size_t i = 0U; i < n; ++i) {
    input[i] = (double)samples[i] * window[i];
  }
  memset(self->input + end, 0, (self->n_fft - end) * sizeof(double));
}

TMB_WIDE static void
square(const fftw_complex* const output, const size_t n, float* const power)
{
  for (size_t k = 0U; k < n; ++k) {
    const double re = output[k][0];
    const double im = output[k][1];

    power[k] = (float)((re * re) + (im * im));
  }
}

void
tmb_exact_spectrum_power(TmbExactSpectrum* const self,
                         const float* const      samples,
                         float* const            power)
{
  apply_window(self, samples);
  fftw_execute(self->plan);
  square((const fftw_complex*)self->output, self->n_bins, power);
}
