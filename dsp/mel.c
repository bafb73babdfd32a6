// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mel.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

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
          config->norm == TMB_MEL_MEAN);
}

/// Height at `hz` of the triangle with corners edges[0..2].
static double
triangle(const double* const edges, const double hz)
{
  const double rising  = (hz - edges[0]) / (edges[1] - edges[0]);
  const double falling = (edges[2] - hz) / (edges[2] - edges[1]);

  return fmax(0.0, fmin(rising, falling));
}

/// Find the bins in a triangle; a narrow one may get its nearest bin.
static Band
cover(const TmbMelConfig* const config, const double* const edges)
{
  const double   bin_hz = config->rate_hz / (double)config->n_fft;
  const uint32_t n_bins = (config->n_fft / 2U) + 1U;
  Band           band   = { 0U, 0U, 0U };
  for (uint32_t k = (uint32_t)fmin(edges[0] / bin_hz, (double)n_bins);
       k < n_bins && (double)k * bin_hz < edges[2];
       ++k) {
    if (triangle(edges, (double)k * bin_hz) > 0.0) {
      band.start = band.n ? band.start : k;
      ++band.n;
    }
  }

  const double nearest = round(edges[1] / bin_hz);
  if (!band.n && config->norm == TMB_MEL_MEAN && nearest < (double)n_bins) {
    band.start = (uint32_t)nearest;
    band.n     = 1U;
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
  const double bin_hz = config->rate_hz / (double)config->n_fft;
  double       sum    = 0.0;
  for (uint32_t i = 0U; i < band.n; ++i) {
    sum += triangle(edges, (double)(band.start + i) * bin_hz);
  }

  const double scale = (config->norm == TMB_MEL_AREA)
                         ? 2.0 / (edges[2] - edges[0])
                       : (config->norm == TMB_MEL_MEAN) ? 1.0 / sum
                                                        : 1.0;
  for (uint32_t i = 0U; i < band.n; ++i) {
    const double height = triangle(edges, (double)(band.start + i) * bin_hz);

    // The sum is zero for a band that was given its nearest bin
    weights[i] = (float)((sum > 0.0) ? height * scale : 1.0);
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

void
tmb_mel_apply(const TmbMel* const mel,
              const float* const  power,
              float* const        bands)
{
  for (uint32_t i = 0U; i < mel->n_bands; ++i) {
    const Band         band    = mel->bands[i];
    const float* const weights = mel->weights + band.offset;
    const float* const bins    = power + band.start;
    float              sum     = 0.0f;
    for (uint32_t k = 0U; k < band.n; ++k) {
      sum += weights[k] * bins[k];
    }
    bands[i] = sum;
  }
}
