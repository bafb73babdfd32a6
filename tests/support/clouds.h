// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_CLOUDS_H
#define TMB_TEST_CLOUDS_H

#include "trainer/examples.h"

#include <stdint.h>

#define CLOUD_INPUTS 4U
#define CLOUD_CLASSES 3U

/// Examples around a centre for each class, which come in turn.
typedef struct {
  TmbExamples examples;
  float       mean[CLOUD_INPUTS];
  float       scale[CLOUD_INPUTS];
  float*      x;       ///< [n][CLOUD_INPUTS] Not standardised
  uint32_t*   classes; ///< [n] May be changed
} Clouds;

/**
   Make fixed examples.

   @param spread Deviation from the centres, which are about 2 apart.
   @return Freed with clouds_free().
*/
Clouds*
clouds_new(uint32_t n, double spread, uint64_t seed);

void
clouds_free(Clouds* clouds);

/// From now on, draw any example instead of the one that is asked for.
void
clouds_draw_by_chance(Clouds* clouds);

#endif // TMB_TEST_CLOUDS_H
