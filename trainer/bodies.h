// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BODIES_H
#define TMB_BODIES_H

#include "trainer/cosines.h"

#include <stdint.h>

/*
  What sources sound like on the whole.  Where a note is lent what tells one
  source from another of its class, it sounds as if of a third: so sources are
  made up out of the differences between real ones.
*/

/**
   Mean power of frames, of which the largest is made 1.

   @param frames [n_frames][n_bands] In dB.
   @param n_frames At least 1.
   @param[out] power [n_bands]
*/
void
tmb_mean_power(const float* frames,
               uint32_t     n_frames,
               uint32_t     n_bands,
               float*       power);

/**
   Add to a source's body what one note says of it: how much of each cosine
   there is in the levels of a spectrum.

   @param power [n_bands] From tmb_mean_power().
   @param floor_db Kept range below the largest.
   @param[in,out] body [#TMB_N_COSINES]
*/
void
tmb_body_add(const TmbCosines* cosines,
             const float*      power,
             double            floor_db,
             float*            body);

/**
   What to add to a note's levels.

   @param a, b [#TMB_N_COSINES] Bodies.
   @param share Of their difference b - a, U(0, 1).
   @param[out] levels_db [n_bands]
*/
void
tmb_body_difference(const TmbCosines* cosines,
                    const float*      a,
                    const float*      b,
                    float             share,
                    float*            levels_db);

#endif // TMB_BODIES_H
