// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/adam.h"

#include <math.h>
#include <stdlib.h>

#define MEAN_DECAY 0.9
#define SQUARE_DECAY 0.999
#define EPSILON 1e-8f

struct TmbAdamImpl {
  size_t n;
  float* mean;          ///< [n] Running mean of the gradient
  float* square;        ///< [n] Running mean of its square
  double mean_weight;   ///< MEAN_DECAY to the power of the steps taken
  double square_weight; ///< SQUARE_DECAY likewise
};

TmbStatus
tmb_adam_new(const size_t n, TmbAdam** const adam)
{
  *adam = NULL;

  TmbAdam* const self = (TmbAdam*)calloc(1U, sizeof(TmbAdam));
  if (!self) {
    return TMB_NO_MEMORY;
  }
  self->n             = n;
  self->mean          = (float*)calloc(n, sizeof(float));
  self->square        = (float*)calloc(n, sizeof(float));
  self->mean_weight   = 1.0;
  self->square_weight = 1.0;
  if (!self->mean || !self->square) {
    tmb_adam_free(self);
    return TMB_NO_MEMORY;
  }
  *adam = self;
  return TMB_OK;
}

void
tmb_adam_free(TmbAdam* const adam)
{
  if (adam) {
    free(adam->square);
    free(adam->mean);
    free(adam);
  }
}

void
tmb_adam_step(TmbAdam* const     adam,
              float* const       parameters,
              const float* const gradient,
              const double       rate,
              const double       decay)
{
  adam->mean_weight *= MEAN_DECAY;
  adam->square_weight *= SQUARE_DECAY;

  const float step   = (float)(rate / (1.0 - adam->mean_weight));
  const float spread = (float)(1.0 / (1.0 - adam->square_weight));
  const float keep   = (float)(1.0 - (rate * decay));
  const float b1     = (float)MEAN_DECAY;
  const float b2     = (float)SQUARE_DECAY;
  for (size_t i = 0U; i < adam->n; ++i) {
    const float g   = gradient[i];
    adam->mean[i]   = (b1 * adam->mean[i]) + ((1.0f - b1) * g);
    adam->square[i] = (b2 * adam->square[i]) + ((1.0f - b2) * g * g);
    parameters[i] =
      (keep * parameters[i]) -
      (step * adam->mean[i] / (sqrtf(spread * adam->square[i]) + EPSILON));
  }
}
