// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/cosines.h"

#include <math.h>

#define TMB_PI 3.14159265358979323846

void
tmb_cosines_init(TmbCosines* const cosines, const uint32_t n_bands)
{
  const double n = (double)n_bands;
  *cosines       = (TmbCosines){ .n_bands = n_bands };
  for (uint32_t k = 1U; k <= TMB_N_COSINES && k < n_bands; ++k) {
    for (uint32_t b = 0U; b < n_bands; ++b) {
      const double angle = TMB_PI * (double)k * ((double)b + 0.5) / n;

      cosines->rows[k - 1U][b] = (float)(sqrt(2.0 / n) * cos(angle));
    }
  }
}

void
tmb_cosines_add(const TmbCosines* const cosines,
                const float* const      weights,
                const uint32_t          n,
                float* const            levels)
{
  for (uint32_t k = 0U; k < n; ++k) {
    const float* const row = cosines->rows[k];
    for (uint32_t b = 0U; b < cosines->n_bands; ++b) {
      levels[b] += weights[k] * row[b];
    }
  }
}

void
tmb_cosines_find(const TmbCosines* const cosines,
                 const float* const      levels,
                 float* const            weights)
{
  for (uint32_t k = 0U; k < TMB_N_COSINES; ++k) {
    weights[k] = 0.0f;
    for (uint32_t b = 0U; b < cosines->n_bands; ++b) {
      weights[k] += cosines->rows[k][b] * levels[b];
    }
  }
}
