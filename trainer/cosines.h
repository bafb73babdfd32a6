// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_COSINES_H
#define TMB_COSINES_H

#include "dsp/mel.h"

#include <stdint.h>

#define TMB_N_COSINES 8U

/**
   The smoothest shapes that a spectrum can have: the first orthonormal cosines
   of the DCT-II over the bands, but for the constant one.

   Only read once it is made, so threads may share it.
*/
typedef struct {
  uint32_t n_bands;
  float    rows[TMB_N_COSINES][TMB_MAX_BANDS]; ///< Zero from n_bands - 1 on
} TmbCosines;

/// @param n_bands 1 to #TMB_MAX_BANDS.
void
tmb_cosines_init(TmbCosines* cosines, uint32_t n_bands);

/**
   Add a sum of cosines.

   @param weights [n] Of the first `n` cosines, #TMB_N_COSINES at most.
   @param[in,out] levels [n_bands]
*/
void
tmb_cosines_add(const TmbCosines* cosines,
                const float*      weights,
                uint32_t          n,
                float*            levels);

/**
   How much there is of each.

   @param levels [n_bands]
   @param[out] weights [#TMB_N_COSINES]
*/
void
tmb_cosines_find(const TmbCosines* cosines,
                 const float*      levels,
                 float*            weights);

#endif // TMB_COSINES_H
