// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/mfcc.h"

#include "dsp/matrix.h"
#include "dsp/mel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TMB_PI 3.14159265358979323846

struct TmbMfccImpl {
  uint32_t n_bands;
  uint32_t n_coeffs;
  float*   basis; ///< [n_bands][n_coeffs]
};

/**
   10 log10(x) for normal x, in steps that vectorise.

   With x = m 2^e and m from sqrt(1/2) to sqrt(2), ln m = 2 artanh(s) where
   s = (m - 1) / (m + 1), and the series s + s^3/3 + s^5/5 + s^7/7 leaves out
   less than 3e-8, since |s| < 0.1716.  10 log10(2) is taken in two parts, of
   which e times the first is exact.
*/
static float
decibels(const float x)
{
  const float    whole_db = 3.01025390625F;    // 6165 / 2048
  const float    rest_db  = 4.60503898120e-5F; // 10 log10(2) - whole_db
  const float    two_log  = 8.68588963807F;    // 20 / ln(10)
  const uint32_t one      = 0x3F800000U;
  const uint32_t root     = 0x3F3504F3U; // sqrt(1/2)

  uint32_t bits = 0U;
  memcpy(&bits, &x, sizeof(bits));

  const uint32_t biased = (bits + (one - root)) >> 23U; // e + 127
  bits -= (biased << 23U) - one;

  float m = 0.0f;
  memcpy(&m, &bits, sizeof(m));

  const float e = (float)(int32_t)biased - 127.0f;
  const float s = (m - 1.0f) / (m + 1.0f);
  const float z = s * s;
  const float series =
    1.0f + (z * (0.33333333333F + (z * (0.2f + (z * 0.142857142857F)))));

  return (e * whole_db) + ((e * rest_db) + (two_log * (s * series)));
}

TMB_WIDE static void
to_db(const float* const power, const size_t n, float* const db)
{
  // Apart: compilers vectorise both loops, but not the two in one
  for (size_t i = 0U; i < n; ++i) {
    db[i] = (power[i] > TMB_POWER_FLOOR) ? power[i] : TMB_POWER_FLOOR;
  }
  for (size_t i = 0U; i < n; ++i) {
    db[i] = decibels(db[i]);
  }
}

void
tmb_power_to_db(const float* const power, const uint32_t n, float* const db)
{
  to_db(power, n, db);
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

/// What coefficient `k` of the orthonormal DCT-II takes of value `i` of `n`.
static double
cosine(const uint32_t k, const uint32_t i, const uint32_t n)
{
  const double norm = sqrt((k ? 2.0 : 1.0) / (double)n);
  const double angle =
    TMB_PI * (double)k * ((2.0 * (double)i) + 1.0) / (2.0 * (double)n);
  return norm * cos(angle);
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
    const double lift =
      (lifter > 0.0)
        ? 1.0 + (0.5 * lifter * sin(TMB_PI * ((double)k + 1.0) / lifter))
        : 1.0;
    for (uint32_t i = 0U; i < n_bands; ++i) {
      self->basis[(i * n_coeffs) + k] = (float)(lift * cosine(k, i, n_bands));
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
  memset(coeffs, 0, mfcc->n_coeffs * sizeof(float));
  tmb_matrix_add(mfcc->basis, log_bands, mfcc->n_bands, mfcc->n_coeffs, coeffs);
}

void
tmb_inverse_dct(const uint32_t n, float* const table)
{
  for (uint32_t k = 0U; k < n; ++k) {
    for (uint32_t i = 0U; i < n; ++i) {
      table[((size_t)k * n) + i] = (float)cosine(k, i, n);
    }
  }
}
