// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EXAMPLES_H
#define TMB_EXAMPLES_H

#include "trainer/random.h"

#include <stdbool.h>
#include <stdint.h>

/**
   What a network is trained on or checked against, wherever it comes from.

   Plain; whoever fills it in owns what it points to.
*/
typedef struct {
  uint32_t     n_in;
  uint32_t     n_coeffs; ///< Of each segment of a note, see TmbNetEnds; or 0
  uint32_t     n_classes;
  uint32_t     n;        ///< Examples of an epoch
  const float* mean;     ///< [n_in] Standardisation: what is trained on is
  const float* scale;    ///< [n_in] (x - mean) * scale
  bool         is_fixed; ///< Example i is always the same

  /**
     Look at an example; threads may do so at the same time.

     @param index Which, below n; of no meaning unless the examples are fixed.
     @param random This example's own, for those that are drawn by chance.
     @param[out] features [n_in] As they are, not standardised.
     @return Its class.
  */
  uint32_t (*draw)(void*      source,
                   uint32_t   index,
                   TmbRandom* random,
                   float*     features);
  void* source; ///< Handed to draw()
} TmbExamples;

#endif // TMB_EXAMPLES_H
