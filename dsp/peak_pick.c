// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/peak_pick.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

static uint32_t
least(const uint32_t a, const uint32_t b)
{
  return (a < b) ? a : b;
}

/// Whole hops in a time, rounded down as Python's `//` does.
static uint32_t
whole_hops(const double time_s, const double rate_hz, const double hop)
{
  const double samples = time_s * rate_hz;
  return (uint32_t)round((samples - fmod(samples, hop)) / hop);
}

TmbPeakConfig
tmb_onset_peaks(const double rate_hz, const double hop)
{
  const uint32_t n_30ms  = whole_hops(0.03, rate_hz, hop);
  const uint32_t n_100ms = whole_hops(0.1, rate_hz, hop);
  return (TmbPeakConfig){ n_30ms, 1U, n_100ms, n_100ms + 1U, 0.07f, n_30ms };
}

static bool
is_peak(const float* const         x,
        const uint32_t             n,
        const TmbPeakConfig* const config,
        const uint32_t             i)
{
  const uint32_t max_end = i + least(config->post_max, n - i);
  for (uint32_t j = i - least(config->pre_max, i); j < max_end; ++j) {
    if (!(x[i] >= x[j])) {
      return false;
    }
  }

  const uint32_t avg_start = i - least(config->pre_avg, i);
  const uint32_t avg_end   = i + least(config->post_avg, n - i);
  double         sum       = 0.0;
  for (uint32_t j = avg_start; j < avg_end; ++j) {
    sum += (double)x[j];
  }
  return (double)x[i] >=
         (sum / (double)(avg_end - avg_start)) + (double)config->delta;
}

uint32_t
tmb_peak_pick(const float* const         x,
              const uint32_t             n,
              const TmbPeakConfig* const config,
              uint32_t* const            peaks)
{
  uint32_t n_peaks = 0U;
  for (uint32_t i = 0U; i < n; ++i) {
    if (is_peak(x, n, config, i)) {
      peaks[n_peaks++] = i;
      i += least(config->wait, n - i - 1U);
    }
  }
  return n_peaks;
}

uint32_t
tmb_onset_pick(float* const    envelope,
               const uint32_t  n,
               const double    rate_hz,
               const double    hop,
               uint32_t* const onsets)
{
  float low  = INFINITY;
  float high = -INFINITY;
  for (uint32_t i = 0U; i < n; ++i) {
    if (!isfinite(envelope[i])) {
      return 0U;
    }
    low  = fminf(low, envelope[i]);
    high = fmaxf(high, envelope[i]);
  }
  if (!(high > low)) {
    return 0U;
  }

  for (uint32_t i = 0U; i < n; ++i) {
    envelope[i] = (envelope[i] - low) / (high - low + FLT_MIN);
  }

  const TmbPeakConfig config = tmb_onset_peaks(rate_hz, hop);
  return tmb_peak_pick(envelope, n, &config, onsets);
}

void
tmb_onset_backtrack(const float* const envelope,
                    const uint32_t     n,
                    uint32_t* const    onsets,
                    const uint32_t     n_onsets)
{
  uint32_t minimum = 0U;
  uint32_t i       = 1U;
  for (uint32_t o = 0U; o < n_onsets; ++o) {
    for (; i <= onsets[o] && i + 1U < n; ++i) {
      if (envelope[i] <= envelope[i - 1U] && envelope[i] < envelope[i + 1U]) {
        minimum = i;
      }
    }
    onsets[o] = minimum;
  }
}
