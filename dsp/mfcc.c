// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mfcc.h"

#include "dsp/mel.h"

#include <math.h>
#include <stdlib.h>

#define TMB_PI 3.14159265358979323846

struct TmbMfccImpl {
  uint32_t n_bands;
  uint32_t n_coeffs;
  float*   basis; ///< [n_bands][n_coeffs], so that the inner loop vectorises
};

void
tmb_power_to_db(const float* const power, const uint32_t n, float* const db)
{
  for (uint32_t i = 0U; i < n; ++i) {
    db[i] = 10.0f * log10f(fmaxf(power[i], TMB_POWER_FLOOR));
  }
}

void
tmb_clamp_top_db(float* const db, const uint32_t n, const float top_db)
{
  float largest = -INFINITY;
  for (uint32_t i = 0U; i < n; ++i) {
    largest = fmaxf(largest, db[i]);
  }
  for (uint32_t i = 0U; i < n; ++i) {
    db[i] = fmaxf(db[i], largest - top_db);
  }
}

TmbStatus
tmb_mfcc_new(const uint32_t  n_bands,
             const uint32_t  n_coeffs,
             const double    lifter,
             TmbMfcc** const mfcc)
{
  *mfcc = NULL;
  if (!n_bands || n_bands > TMB_MAX_BANDS || !n_coeffs || n_coeffs > n_bands ||
      !(lifter >= 0.0)) {
    return TMB_BAD_ARG;
  }

  TmbMfcc* const self = (TmbMfcc*)calloc(1U, sizeof(TmbMfcc));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_bands  = n_bands;
  self->n_coeffs = n_coeffs;
  self->basis    = (float*)calloc((size_t)n_bands * n_coeffs, sizeof(float));
  if (!self->basis) {
    tmb_mfcc_free(self);
    return TMB_NO_MEMORY;
  }

  for (uint32_t k = 0U; k < n_coeffs; ++k) {
    const double norm = sqrt((k ? 2.0 : 1.0) / (double)n_bands);
    const double lift =
      (lifter > 0.0)
        ? 1.0 + (0.5 * lifter * sin(TMB_PI * ((double)k + 1.0) / lifter))
        : 1.0;
    for (uint32_t i = 0U; i < n_bands; ++i) {
      const double angle = TMB_PI * (double)k * ((2.0 * (double)i) + 1.0) /
                           (2.0 * (double)n_bands);

      self->basis[(i * n_coeffs) + k] = (float)(norm * lift * cos(angle));
    }
  }

  *mfcc = self;
  return TMB_OK;
}

void
tmb_mfcc_free(TmbMfcc* const mfcc)
{
  if (mfcc) {
    free(mfcc->basis);
    free(mfcc);
  }
}

void
tmb_mfcc_apply(const TmbMfcc* const mfcc,
               const float* const   log_bands,
               float* const         coeffs)
{
  const uint32_t n_coeffs = mfcc->n_coeffs;
  for (uint32_t k = 0U; k < n_coeffs; ++k) {
    coeffs[k] = 0.0f;
  }
  for (uint32_t i = 0U; i < mfcc->n_bands; ++i) {
    const float        band  = log_bands[i];
    const float* const basis = mfcc->basis + ((size_t)i * n_coeffs);
    for (uint32_t k = 0U; k < n_coeffs; ++k) {
      coeffs[k] += basis[k] * band;
    }
  }
}
