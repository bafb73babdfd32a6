// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TMB_PI 3.14159265358979323846

/**
   Half bins from whole ones.  With the time origin in the middle of the
   transform, bin k + 1/2 is about

     c1 (X[k] + X[k+1]) + c3 (X[k-1] + X[k+2]) + c5 (X[k-2] + X[k+3]),

   exactly so for samples that are multiplied by
   g(t) = 2 c1 cos(pi t) + 2 c3 cos(3 pi t) + 2 c5 cos(5 pi t) with t from -1/2
   to 1/2.  These bring g nearest to 1 where a Hann window is large: by least
   squares, weighted with the window's square, which leaves an error 33 dB below
   the window.  c3 is negative; with the origin at the first sample, as FFTW has
   it, odd bins change their sign, and every sum becomes a difference.
*/
#define INNER (2560.0 / (1323.0 * TMB_PI)) ///< c1
#define MIDDLE (640.0 / (1323.0 * TMB_PI)) ///< -c3
#define OUTER (128.0 / (945.0 * TMB_PI))   ///< c5

#define N_MIRRORED 2U ///< Bins below 0 that the first half bins need

struct TmbSpectrumImpl {
  uint32_t n_window;
  uint32_t n_bins;
  uint32_t offset; ///< Of the window in the transform, the same on both sides
  TmbFft*  fft;
  float*   window; ///< [n_window]
  float*   re;     ///< [#N_MIRRORED + n_bins] Bins from -#N_MIRRORED on
  float*   im;     ///< Likewise
  float*   half;   ///< [n_bins] Power of the half bin above each
  float    inner;  ///< #INNER, scaled so that half bins hold as much power
  float    middle; ///< #MIDDLE, likewise
  float    outer;  ///< #OUTER, likewise
};

void
tmb_hann(float* const window, const uint32_t n)
{
  for (uint32_t i = 0U; i < n; ++i) {
    window[i] =
      (float)(0.5 - (0.5 * cos(2.0 * TMB_PI * (double)i / (double)n)));
  }
}

/**
   What the power of half bins must be multiplied by.

   A stationary sound has the energy of its window in each bin, and the window
   of half bins is not quite the same.
*/
static double
half_bin_gain(const float* const window,
              const uint32_t     n_window,
              const uint32_t     n_fft,
              const uint32_t     offset)
{
  double whole = 0.0;
  double half  = 0.0;
  for (uint32_t i = 0U; i < n_window; ++i) {
    const double angle =
      TMB_PI * (((double)(offset + i) / (double)n_fft) - 0.5);
    const double g = 2.0 * ((INNER * cos(angle)) - (MIDDLE * cos(3.0 * angle)) +
                            (OUTER * cos(5.0 * angle)));
    const double energy = (double)window[i] * (double)window[i];

    whole += energy;
    half += energy * g * g;
  }
  return (half > 0.0) ? whole / half : 1.0;
}

TmbStatus
tmb_spectrum_new(const float* const  window,
                 const uint32_t      n_window,
                 const uint32_t      n_fft,
                 TmbSpectrum** const spectrum)
{
  *spectrum = NULL;
  if (!n_window || n_window > n_fft) {
    return TMB_BAD_ARG;
  }

  TmbSpectrum* const self = (TmbSpectrum*)calloc(1U, sizeof(TmbSpectrum));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const TmbStatus status = tmb_fft_new(n_fft, &self->fft);
  if (status) {
    tmb_spectrum_free(self);
    return status;
  }

  self->n_window = n_window;
  self->n_bins   = (n_fft / 2U) + 1U;
  self->offset   = (n_fft - n_window) / 2U;
  self->window   = (float*)calloc(n_window, sizeof(float));
  self->re       = (float*)calloc(N_MIRRORED + self->n_bins, sizeof(float));
  self->im       = (float*)calloc(N_MIRRORED + self->n_bins, sizeof(float));
  self->half     = (float*)calloc(self->n_bins, sizeof(float));
  if (!self->window || !self->re || !self->im || !self->half) {
    tmb_spectrum_free(self);
    return TMB_NO_MEMORY;
  }

  memcpy(self->window, window, n_window * sizeof(float));

  const double gain =
    sqrt(half_bin_gain(window, n_window, n_fft, self->offset));
  self->inner  = (float)(INNER * gain);
  self->middle = (float)(MIDDLE * gain);
  self->outer  = (float)(OUTER * gain);
  *spectrum    = self;
  return TMB_OK;
}

void
tmb_spectrum_free(TmbSpectrum* const spectrum)
{
  if (spectrum) {
    free(spectrum->half);
    free(spectrum->im);
    free(spectrum->re);
    free(spectrum->window);
    tmb_fft_free(spectrum->fft);
    free(spectrum);
  }
}

/// Power of the half bins above the first n bins, in `half`.
TMB_WIDE static void
fill_half(TmbSpectrum* const spectrum, const size_t n)
{
  const float  inner  = spectrum->inner;
  const float  middle = spectrum->middle;
  const float  outer  = spectrum->outer;
  float* const re     = spectrum->re;
  float* const im     = spectrum->im;
  float* const half   = spectrum->half;

  // Bins below zero are the mirror images of those above
  for (uint32_t i = 0U; i < N_MIRRORED; ++i) {
    const uint32_t twin = (2U * N_MIRRORED) - i;

    re[i] = re[twin];
    im[i] = -im[twin];
  }

  for (size_t k = 0U; k < n; ++k) {
    const float half_re = (inner * (re[k + 2U] - re[k + 3U])) +
                          (middle * (re[k + 1U] - re[k + 4U])) +
                          (outer * (re[k] - re[k + 5U]));
    const float half_im = (inner * (im[k + 2U] - im[k + 3U])) +
                          (middle * (im[k + 1U] - im[k + 4U])) +
                          (outer * (im[k] - im[k + 5U]));

    half[k] = (half_re * half_re) + (half_im * half_im);
  }
}

TMB_WIDE static void
apply_window(const float* restrict samples,
             const float* restrict window,
             const size_t n,
             float* restrict input)
{
  for (size_t i = 0U; i < n; ++i) {
    input[i] = samples[i] * window[i];
  }
}

/// Power of bins first to end - 1.
TMB_WIDE static void
square(const TmbSpectrum* const spectrum,
       const size_t             first,
       const size_t             end,
       float* restrict power)
{
  const float* const re = spectrum->re + N_MIRRORED;
  const float* const im = spectrum->im + N_MIRRORED;
  for (size_t k = first; k < end; ++k) {
    power[k - first] = (re[k] * re[k]) + (im[k] * im[k]);
  }
}

/// Power of the first n bins, each followed by the half bin above.
TMB_WIDE static void
square_fine(const TmbSpectrum* const spectrum,
            const size_t             n,
            float* restrict power)
{
  const float* const re   = spectrum->re + N_MIRRORED;
  const float* const im   = spectrum->im + N_MIRRORED;
  const float* const half = spectrum->half;
  for (size_t k = 0U; k < n; ++k) {
    power[2U * k]        = (re[k] * re[k]) + (im[k] * im[k]);
    power[(2U * k) + 1U] = half[k];
  }
}

void
tmb_spectrum_power_fine(TmbSpectrum* const spectrum,
                        const float* const samples,
                        const uint32_t     n_fine,
                        const uint32_t     n_bins,
                        float* const       power)
{
  apply_window(samples,
               spectrum->window,
               spectrum->n_window,
               tmb_fft_input(spectrum->fft) + spectrum->offset);
  tmb_fft_run(spectrum->fft,
              n_bins,
              spectrum->re + N_MIRRORED,
              spectrum->im + N_MIRRORED);
  if (n_fine) {
    fill_half(spectrum, n_fine);
    square_fine(spectrum, n_fine, power);
  }
  square(spectrum, n_fine, n_bins, power + ((size_t)2U * n_fine));
}

void
tmb_spectrum_power(TmbSpectrum* const spectrum,
                   const float* const samples,
                   float* const       power)
{
  tmb_spectrum_power_fine(spectrum, samples, 0U, spectrum->n_bins, power);
}
