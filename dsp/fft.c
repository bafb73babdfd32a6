// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/fft.h"

#include <fftw3.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TMB_PI 3.14159265358979323846

// There are plans that allocate buffers when they are executed, but not among
// those made here: tests/test_realtime.c looks at every length
TMB_TRUST(void fftwf_execute(fftwf_plan plan))

/**
   Samples in pairs, (x[0], x[1]), (x[2], x[3]) and so on, taken as complex
   numbers, have a transform Z of half the length, in which the transforms of
   the even and the odd samples can be told apart, one being symmetric and the
   other antisymmetric; see Sorensen et al., Real-Valued Fast Fourier Transform
   Algorithms (1987).  FFTW does the like for real samples, but the last step
   takes it twice the time of all others; here that is a loop that vectorises.
*/
struct TmbFftImpl {
  uint32_t       n_half;  ///< Length of the complex transform
  float*         samples; ///< [2 n_half] Taken as complex numbers by the plan
  fftwf_complex* output;  ///< [n_half] Z
  float*         half_re; ///< [n_half + 1] Z / 2, with Z[n_half] = Z[0]
  float*         half_im;
  float*         turn_re; ///< [n_half + 1] exp(-pi i (k / n_half + 1/2))
  float*         turn_im;
  fftwf_plan     plan;
};

static bool
is_fast(uint32_t n)
{
  while (n % 2U == 0U) {
    n /= 2U;
  }
  return n == 1U || n == 3U || n == 5U || n == 9U || n == 15U;
}

uint32_t
tmb_fft_length(const uint32_t n)
{
  uint32_t length = (n < 2U) ? 2U : n + (n % 2U);
  while (!is_fast(length)) {
    length += 2U;
  }
  return length;
}

TmbStatus
tmb_fft_new(const uint32_t n, TmbFft** const fft)
{
  *fft = NULL;
  if (n < 2U || n > TMB_MAX_FFT || n % 2U) {
    return TMB_BAD_ARG;
  }

  TmbFft* const self = (TmbFft*)calloc(1U, sizeof(TmbFft));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const uint32_t n_half = n / 2U;

  self->n_half  = n_half;
  self->samples = fftwf_alloc_real(n);
  self->output  = fftwf_alloc_complex(n_half);
  self->half_re = fftwf_alloc_real(n_half + 1U);
  self->half_im = fftwf_alloc_real(n_half + 1U);
  self->turn_re = fftwf_alloc_real(n_half + 1U);
  self->turn_im = fftwf_alloc_real(n_half + 1U);
  if (!self->samples || !self->output || !self->half_re || !self->half_im ||
      !self->turn_re || !self->turn_im) {
    tmb_fft_free(self);
    return TMB_NO_MEMORY;
  }

  memset(self->samples, 0, n * sizeof(float));
  for (uint32_t k = 0U; k <= n_half; ++k) {
    const double angle = TMB_PI * (double)k / (double)n_half;

    self->turn_re[k] = (float)-sin(angle);
    self->turn_im[k] = (float)-cos(angle);
  }

  // The planner is one for the process, and the host's other plugins use it
  fftwf_make_planner_thread_safe();
  self->plan = fftwf_plan_dft_1d((int)n_half,
                                 (fftwf_complex*)self->samples,
                                 self->output,
                                 FFTW_FORWARD,
                                 FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
  if (!self->plan) {
    tmb_fft_free(self);
    return TMB_NO_MEMORY;
  }

  *fft = self;
  return TMB_OK;
}

void
tmb_fft_free(TmbFft* const fft)
{
  if (fft) {
    if (fft->plan) {
      fftwf_destroy_plan(fft->plan);
    }
    fftwf_free(fft->turn_im);
    fftwf_free(fft->turn_re);
    fftwf_free(fft->half_im);
    fftwf_free(fft->half_re);
    fftwf_free(fft->output);
    fftwf_free(fft->samples);
    free(fft);
  }
}

float*
tmb_fft_input(TmbFft* const fft)
{
  return fft->samples;
}

/// Real and imaginary parts apart, so that what follows vectorises.
TMB_WIDE static void
split(TmbFft* const fft)
{
  const uint32_t             n  = fft->n_half;
  const fftwf_complex* const z  = (const fftwf_complex*)fft->output;
  float* const               re = fft->half_re;
  float* const               im = fft->half_im;
  for (uint32_t k = 0U; k < n; ++k) {
    re[k] = 0.5f * z[k][0];
    im[k] = 0.5f * z[k][1];
  }
  re[n] = re[0];
  im[n] = im[0];
}

/// X[k] from Z[k] and Z[n_half - k], which `back` counts down to.
TMB_WIDE static void
join(const TmbFft* const fft,
     const size_t        n_bins,
     float* restrict re,
     float* restrict im)
{
  const float* const turn_re = fft->turn_re;
  const float* const turn_im = fft->turn_im;
  const float* const half_re = fft->half_re;
  const float* const half_im = fft->half_im;
  const float* const back_re = half_re + fft->n_half - (n_bins - 1U);
  const float* const back_im = half_im + fft->n_half - (n_bins - 1U);
  for (size_t k = 0U; k < n_bins; ++k) {
    const size_t back    = n_bins - 1U - k;
    const float  even_re = half_re[k] + back_re[back];
    const float  even_im = half_im[k] - back_im[back];
    const float  odd_re  = half_re[k] - back_re[back];
    const float  odd_im  = half_im[k] + back_im[back];

    re[k] = even_re + ((turn_re[k] * odd_re) - (turn_im[k] * odd_im));
    im[k] = even_im + ((turn_re[k] * odd_im) + (turn_im[k] * odd_re));
  }
}

void
tmb_fft_run(TmbFft* const  fft,
            const uint32_t n_bins,
            float* const   re,
            float* const   im)
{
  fftwf_execute(fft->plan);
  split(fft);
  join(fft, n_bins, re, im);
}
