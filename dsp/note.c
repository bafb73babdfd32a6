// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/note.h"

#include <math.h>
#include <stddef.h>

/// Decibels in one unit of the features.
#define FEATURE_DB 20.0f

/// The largest level of all frames, by band first: that vectorises.
TMB_WIDE static float
find_largest(const float* const frames,
             const uint32_t     n_frames,
             const uint32_t     n_bands)
{
  float most[TMB_MAX_BANDS];
  for (uint32_t b = 0U; b < n_bands; ++b) {
    most[b] = -INFINITY;
  }
  for (uint32_t i = 0U; i < n_frames; ++i) {
    const float* const frame = frames + ((size_t)i * n_bands);
    for (uint32_t b = 0U; b < n_bands; ++b) {
      most[b] = (frame[b] > most[b]) ? frame[b] : most[b];
    }
  }

  float largest = -INFINITY;
  for (uint32_t b = 0U; b < n_bands; ++b) {
    largest = (most[b] > largest) ? most[b] : largest;
  }
  return largest;
}

/// Mean levels of frames [start, end), clamped to floor_db below `largest`.
TMB_WIDE static void
average(const TmbFrontEnd* const front_end,
        const float* const       frames,
        const uint32_t           start,
        const uint32_t           end,
        const float              largest,
        float* const             levels)
{
  const uint32_t n_bands = front_end->n_bands;
  const float    floor   = -(float)front_end->floor_db;
  for (uint32_t b = 0U; b < n_bands; ++b) {
    levels[b] = 0.0f;
  }
  for (uint32_t i = start; i < end; ++i) {
    const float* const frame = frames + ((size_t)i * n_bands);
    for (uint32_t b = 0U; b < n_bands; ++b) {
      const float level = frame[b] - largest;
      levels[b] += (level > floor) ? level : floor; // fmaxf() is a call
    }
  }
  for (uint32_t b = 0U; b < n_bands; ++b) {
    levels[b] =
      ((levels[b] / (float)(end - start)) - (0.5f * floor)) / FEATURE_DB;
  }
}

void
tmb_note_features(const TmbFrontEnd* const front_end,
                  const TmbMfcc* const     mfcc,
                  const float* const       frames,
                  const uint32_t           n_available,
                  float* const             features)
{
  const float largest = find_largest(frames, n_available, front_end->n_bands);
  float       filled  = 0.0f;
  for (uint32_t s = 0U; s < front_end->n_segments; ++s) {
    const uint32_t start  = front_end->edges[s];
    const uint32_t end    = front_end->edges[s + 1U];
    const uint32_t until  = (end < n_available) ? end : n_available;
    float* const   coeffs = features + ((size_t)s * front_end->n_coeffs);
    if (start < until) {
      float levels[TMB_MAX_BANDS];
      average(front_end, frames, start, until, largest, levels);
      tmb_mfcc_apply(mfcc, levels, coeffs);
      filled += (float)(until - start) / (float)(end - start);
    } else {
      for (uint32_t k = 0U; k < front_end->n_coeffs; ++k) {
        coeffs[k] = 0.0f;
      }
    }
  }
  features[(size_t)front_end->n_segments * front_end->n_coeffs] =
    filled / (float)front_end->n_segments;
}
