// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/onset_strength.h"

#include "dsp/mel.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/// Largest of `size` neighbours of each band, of those that exist.
static void
maximum_filter(const float* const bands,
               const uint32_t     n_bands,
               const uint32_t     size,
               float* const       largest)
{
  const uint32_t n_before = size / 2U;
  for (uint32_t b = 0U; b < n_bands; ++b) {
    const uint32_t start = (b > n_before) ? b - n_before : 0U;
    const uint32_t end   = b + size - n_before;

    largest[b] = bands[b];
    for (uint32_t i = start; i < end && i < n_bands; ++i) {
      largest[b] = fmaxf(largest[b], bands[i]);
    }
  }
}

static float
mean(const float* const values, const uint32_t n)
{
  double sum = 0.0;
  for (uint32_t i = 0U; i < n; ++i) {
    sum += (double)values[i];
  }
  return (float)(sum / (double)n);
}

static int
compare(const void* const a, const void* const b)
{
  const float x = *(const float*)a;
  const float y = *(const float*)b;
  return (x > y) - (x < y);
}

/// Sorts the values.
static float
median(float* const values, const uint32_t n)
{
  qsort(values, n, sizeof(float), compare);
  return 0.5f * (values[(n - 1U) / 2U] + values[n / 2U]);
}

TmbStatus
tmb_onset_strength(const float* const                  log_mel,
                   const uint32_t                      n_frames,
                   const uint32_t                      n_bands,
                   const TmbOnsetStrengthConfig* const config,
                   float* const                        envelope)
{
  if (!n_bands || n_bands > TMB_MAX_BANDS || !config->lag ||
      !config->max_size || config->max_size > TMB_MAX_BANDS) {
    return TMB_BAD_ARG;
  }

  const uint64_t delay = (uint64_t)config->lag + config->shift;
  for (uint32_t i = 0U; i < n_frames; ++i) {
    envelope[i] = 0.0f;
  }
  for (uint64_t i = delay; i < n_frames; ++i) {
    const float* const before = log_mel + ((i - delay) * n_bands);
    const float* const now    = before + ((size_t)config->lag * n_bands);
    float              rises[TMB_MAX_BANDS];
    maximum_filter(before, n_bands, config->max_size, rises);
    for (uint32_t b = 0U; b < n_bands; ++b) {
      rises[b] = fmaxf(0.0f, now[b] - rises[b]);
    }
    envelope[i] = (config->aggregate == TMB_ONSET_MEAN)
                    ? mean(rises, n_bands)
                    : median(rises, n_bands);
  }
  return TMB_OK;
}
