// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mel.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FINE_BINS 10.0 ///< Bands narrower than this need half bins

/// The bins that one triangle covers.
typedef struct {
  uint32_t start;  ///< First bin
  uint32_t n;      ///< Number of bins, may be 0
  uint32_t offset; ///< Of the first weight in TmbMel weights
} Band;

struct TmbMelImpl {
  uint32_t n_bands;
  Band*    bands;   ///< [n_bands]
  float*   weights; ///< All bands' weights, one after the other
};

// Slaney's Auditory Toolbox (1998): 200/3 Hz a mel up to 1 kHz, then 27 steps
// for a factor of 6.4
#define SLANEY_HZ_PER_MEL (200.0 / 3.0)
#define SLANEY_KNEE_HZ 1000.0
#define SLANEY_KNEE_MEL (SLANEY_KNEE_HZ / SLANEY_HZ_PER_MEL)

static double
slaney_log_step(void)
{
  return log(6.4) / 27.0;
}

double
tmb_hz_to_mel(const TmbMelScale scale, const double hz)
{
  if (scale == TMB_MEL_HTK) {
    return 2595.0 * log10(1.0 + (hz / 700.0));
  }
  return (hz < SLANEY_KNEE_HZ)
           ? hz / SLANEY_HZ_PER_MEL
           : SLANEY_KNEE_MEL + (log(hz / SLANEY_KNEE_HZ) / slaney_log_step());
}

double
tmb_mel_to_hz(const TmbMelScale scale, const double mel)
{
  if (scale == TMB_MEL_HTK) {
    return 700.0 * (pow(10.0, mel / 2595.0) - 1.0);
  }
  return (mel < SLANEY_KNEE_MEL)
           ? mel * SLANEY_HZ_PER_MEL
           : SLANEY_KNEE_HZ * exp(slaney_log_step() * (mel - SLANEY_KNEE_MEL));
}

static bool
config_is_valid(const TmbMelConfig* const config)
{
  return config->rate_hz > 0.0 && config->rate_hz <= 1e7 &&
         config->n_fft >= 2U && config->n_fft <= (1U << 20U) &&
         config->n_bands >= 1U && config->n_bands <= TMB_MAX_BANDS &&
         config->fmin_hz >= 0.0 && config->fmax_hz > config->fmin_hz &&
         config->fmax_hz <= 1e7 &&
         (config->scale == TMB_MEL_HTK || config->scale == TMB_MEL_SLANEY) &&
         (config->norm == TMB_MEL_PEAK || config->norm == TMB_MEL_AREA ||
          config->norm == TMB_MEL_MEAN) &&
         (!config->n_fine ||
          (config->n_fft >= 4U && config->n_fine <= (config->n_fft / 2U) - 2U));
}

// Whole and half bins are counted through, as they lie in the spectrum

static double
hz_of_bin(const TmbMelConfig* const config, const uint32_t i)
{
  const double bin_hz = config->rate_hz / (double)config->n_fft;
  return (i < 2U * config->n_fine) ? 0.5 * (double)i * bin_hz
                                   : (double)(i - config->n_fine) * bin_hz;
}

/// Where a frequency lies between the bins; the inverse of hz_of_bin().
static double
bin_of_hz(const TmbMelConfig* const config, const double hz)
{
  const double whole = hz * (double)config->n_fft / config->rate_hz;
  return whole + fmin(whole, (double)config->n_fine);
}

/// Height at `hz` of the triangle with corners edges[0..2].
static double
triangle(const double* const edges, const double hz)
{
  const double rising  = (hz - edges[0]) / (edges[1] - edges[0]);
  const double falling = (edges[2] - hz) / (edges[2] - edges[1]);

  return fmax(0.0, fmin(rising, falling));
}

static double
cube_above_zero(const double x)
{
  return (x > 0.0) ? x * x * x : 0.0;
}

/// The triangle, integrated from zero to `hz` twice.
static double
integrate_twice(const double* const edges, const double hz)
{
  // A triangle is three ramps, each from a corner upwards
  const double rise = 1.0 / (edges[1] - edges[0]);
  const double fall = 1.0 / (edges[2] - edges[1]);

  return ((rise * cube_above_zero(hz - edges[0])) -
          ((rise + fall) * cube_above_zero(hz - edges[1])) +
          (fall * cube_above_zero(hz - edges[2]))) /
         6.0;
}

/// Mean between bins i and i + 1 of the triangle, integrated once.
static double
mean_integral(const TmbMelConfig* const config,
              const double* const       edges,
              const uint32_t            i)
{
  const double low_hz  = hz_of_bin(config, i);
  const double high_hz = hz_of_bin(config, i + 1U);
  return (integrate_twice(edges, high_hz) - integrate_twice(edges, low_hz)) /
         (high_hz - low_hz);
}

/**
   Weight of a bin, not normalised.

   If the spectrum runs straight from bin to bin, a bin shows in it as a hat
   that reaches to the bins beside it.  The triangle's integral under the hat
   is, by parts, the difference between its means on both sides.
*/
static double
weight_of_bin(const TmbMelConfig* const config,
              const double* const       edges,
              const uint32_t            i)
{
  if (config->norm != TMB_MEL_MEAN) {
    const bool is_half = i < 2U * config->n_fine && i % 2U;
    return is_half ? 0.0 : triangle(edges, hz_of_bin(config, i));
  }
  return fmax(0.0,
              mean_integral(config, edges, i) -
                (i ? mean_integral(config, edges, i - 1U) : 0.0));
}

/// Find the bins of a band.
static Band
cover(const TmbMelConfig* const config, const double* const edges)
{
  const uint32_t n_bins = (config->n_fft / 2U) + 1U + config->n_fine;
  Band           band   = { 0U, 0U, 0U };
  if (edges[0] >= 0.5 * config->rate_hz) {
    return band;
  }
  for (uint32_t i = (uint32_t)bin_of_hz(config, edges[0]);
       i < n_bins && (!i || hz_of_bin(config, i - 1U) < edges[2]);
       ++i) {
    if (weight_of_bin(config, edges, i) > 0.0) {
      band.start = band.n ? band.start : i;
      band.n     = i - band.start + 1U;
    }
  }

  // To whole blocks of eight, for multiply(), where there are so many bins
  const uint32_t n = (band.n + 7U) & ~7U;
  if (n <= n_bins) {
    band.start = (band.start < n_bins - n) ? band.start : n_bins - n;
    band.n     = n;
  }
  return band;
}

/// Fill the weights of one band, normalised.
static void
weigh(const TmbMelConfig* const config,
      const double* const       edges,
      const Band                band,
      float* const              weights)
{
  double sum = 0.0;
  for (uint32_t i = 0U; i < band.n; ++i) {
    sum += weight_of_bin(config, edges, band.start + i);
  }

  const double scale = (config->norm == TMB_MEL_AREA)
                         ? 2.0 / (edges[2] - edges[0])
                       : (config->norm == TMB_MEL_MEAN) ? 1.0 / sum
                                                        : 1.0;
  for (uint32_t i = 0U; i < band.n; ++i) {
    weights[i] = (float)(scale * weight_of_bin(config, edges, band.start + i));
  }
}

/// Corner frequencies of a bank in Hz, [n_bands + 2].
static void
fill_edges(const TmbMelConfig* const config, double* const edges)
{
  const double low  = tmb_hz_to_mel(config->scale, config->fmin_hz);
  const double high = tmb_hz_to_mel(config->scale, config->fmax_hz);
  const double step = (high - low) / (double)(config->n_bands + 1U);
  for (uint32_t i = 0U; i < config->n_bands + 2U; ++i) {
    edges[i] = tmb_mel_to_hz(config->scale, low + ((double)i * step));
  }
}

uint32_t
tmb_mel_fine_bins(const TmbMelConfig* const config)
{
  TmbMelConfig plain = *config;
  plain.n_fine       = 0U;
  if (!config_is_valid(&plain) || plain.norm != TMB_MEL_MEAN) {
    return 0U;
  }

  double edges[TMB_MAX_BANDS + 2U];
  fill_edges(&plain, edges);

  double end = 0.0;
  for (uint32_t i = 0U; i < plain.n_bands; ++i) {
    const double upper = bin_of_hz(&plain, edges[i + 2U]);
    if (upper - bin_of_hz(&plain, edges[i]) < FINE_BINS) {
      end = fmax(end, ceil(upper));
    }
  }
  return (uint32_t)fmax(0.0, fmin(end, (0.5 * (double)plain.n_fft) - 2.0));
}

TmbStatus
tmb_mel_new(const TmbMelConfig* const config, TmbMel** const mel)
{
  *mel = NULL;
  if (!config_is_valid(config)) {
    return TMB_BAD_ARG;
  }

  TmbMel* const self = (TmbMel*)calloc(1U, sizeof(TmbMel));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_bands = config->n_bands;
  self->bands   = (Band*)calloc(config->n_bands, sizeof(Band));
  if (!self->bands) {
    tmb_mel_free(self);
    return TMB_NO_MEMORY;
  }

  double edges[TMB_MAX_BANDS + 2U];
  fill_edges(config, edges);

  uint32_t n_weights = 0U;
  for (uint32_t i = 0U; i < config->n_bands; ++i) {
    self->bands[i]        = cover(config, edges + i);
    self->bands[i].offset = n_weights;
    n_weights += self->bands[i].n;
  }

  self->weights = (float*)calloc((size_t)n_weights + 1U, sizeof(float));
  if (!self->weights) {
    tmb_mel_free(self);
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < config->n_bands; ++i) {
    weigh(
      config, edges + i, self->bands[i], self->weights + self->bands[i].offset);
  }

  *mel = self;
  return TMB_OK;
}

void
tmb_mel_free(TmbMel* const mel)
{
  if (mel) {
    free(mel->weights);
    free(mel->bands);
    free(mel);
  }
}

const float*
tmb_mel_weights(const TmbMel* const mel,
                const uint32_t      band,
                uint32_t* const     start,
                uint32_t* const     n)
{
  *start = mel->bands[band].start;
  *n     = mel->bands[band].n;
  return mel->weights + mel->bands[band].offset;
}

/// Sums of each band's products in eight lanes, which vectorise.
TMB_WIDE static void
multiply(const TmbMel* const mel, const float* const power, float* lanes)
{
  for (uint32_t i = 0U; i < mel->n_bands; ++i) {
    const Band   band    = mel->bands[i];
    const float* weights = mel->weights + band.offset;
    const float* bins    = power + band.start;
    float        sums[8] = { 0.0f };
    for (uint32_t n = band.n / 8U; n; --n) {
      for (uint32_t j = 0U; j < 8U; ++j) {
        sums[j] += weights[j] * bins[j];
      }
      weights += 8U;
      bins += 8U;
    }
    for (uint32_t j = 0U; j < band.n % 8U; ++j) {
      sums[j] += weights[j] * bins[j];
    }
    memcpy(lanes, sums, sizeof(sums));
    lanes += 8U;
  }
}

/// Add lanes up, for all bands at a time: one by one it takes as long as the
/// products.
TMB_WIDE static void
add_lanes(const float* restrict lanes, const size_t n, float* restrict bands)
{
  float fours[4U * TMB_MAX_BANDS];
  for (size_t i = 0U; i < n; ++i) {
    for (size_t j = 0U; j < 4U; ++j) {
      fours[(4U * i) + j] = lanes[(8U * i) + j] + lanes[(8U * i) + j + 4U];
    }
  }
  for (size_t i = 0U; i < n; ++i) {
    const float* const four = fours + (4U * i);

    bands[i] = (four[0] + four[2]) + (four[1] + four[3]);
  }
}

void
tmb_mel_apply(const TmbMel* const mel,
              const float* const  power,
              float* const        bands)
{
  float lanes[8U * TMB_MAX_BANDS];
  multiply(mel, power, lanes);
  add_lanes(lanes, mel->n_bands, bands);
}
