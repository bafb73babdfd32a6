// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/bodies.h"

#include "dsp/mfcc.h"
#include "trainer/exponential.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

TMB_WIDE static void
add_power(float* const restrict power,
          const float* const restrict levels_db,
          const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    power[i] += tmb_db_to_power(levels_db[i]);
  }
}

void
tmb_mean_power(const float* const frames,
               const uint32_t     n_frames,
               const uint32_t     n_bands,
               float* const       power)
{
  memset(power, 0, n_bands * sizeof(float));
  for (uint32_t i = 0U; i < n_frames; ++i) {
    add_power(power, frames + ((size_t)i * n_bands), n_bands);
  }

  float largest = 0.0f;
  for (uint32_t b = 0U; b < n_bands; ++b) {
    largest = (power[b] > largest) ? power[b] : largest;
  }
  for (uint32_t b = 0U; b < n_bands; ++b) {
    power[b] /= largest;
  }
}

void
tmb_body_add(const TmbCosines* const cosines,
             const float* const      power,
             const double            floor_db,
             float* const            body)
{
  float levels[TMB_MAX_BANDS];
  float weights[TMB_N_COSINES];
  tmb_power_to_db(power, cosines->n_bands, levels);
  for (uint32_t b = 0U; b < cosines->n_bands; ++b) {
    levels[b] = fmaxf(levels[b], -(float)floor_db);
  }
  tmb_cosines_find(cosines, levels, weights);
  for (uint32_t k = 0U; k < TMB_N_COSINES; ++k) {
    body[k] += weights[k];
  }
}

void
tmb_body_difference(const TmbCosines* const cosines,
                    const float* const      a,
                    const float* const      b,
                    const float             share,
                    float* const            levels_db)
{
  float weights[TMB_N_COSINES];
  for (uint32_t k = 0U; k < TMB_N_COSINES; ++k) {
    weights[k] = share * (b[k] - a[k]);
  }
  memset(levels_db, 0, cosines->n_bands * sizeof(float));
  tmb_cosines_add(cosines, weights, TMB_N_COSINES, levels_db);
}
