// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/optimizer.h"

#include "dsp/attributes.h"

#include <math.h>
#include <stdlib.h>

#define MEAN_DECAY 0.9
#define SQUARE_DECAY 0.999
#define EPSILON 1e-8f

const char* const tmb_method_names[] = { "adam", "adamw", "sgd", NULL };

TmbStatus
tmb_optimizer_init(TmbOptimizer* const optimizer,
                   const TmbMethod     method,
                   const size_t        n)
{
  *optimizer      = (TmbOptimizer){ .method = method, .n = n };
  optimizer->mean = (float*)calloc(n, sizeof(float));
  if (method != TMB_SGD) {
    optimizer->square = (float*)calloc(n, sizeof(float));
  }
  return (optimizer->mean && (method == TMB_SGD || optimizer->square))
           ? TMB_OK
           : TMB_NO_MEMORY;
}

void
tmb_optimizer_clear(TmbOptimizer* const optimizer)
{
  free(optimizer->square);
  free(optimizer->mean);
  *optimizer = (TmbOptimizer){ .mean = NULL };
}

/// What is the same for all parameters in a step of Adam.
typedef struct {
  float rate;   ///< Over the share of the mean that is known by now
  float spread; ///< 1 over that of the square
  float pull;   ///< Of the weights on the gradient
  float keep;   ///< Share of the weights that stays
} Factors;

TMB_WIDEST static void
step_adam(const Factors f,
          const size_t  n,
          float* const restrict mean,
          float* const restrict square,
          float* const restrict parameters,
          const float* const restrict gradient)
{
  const float b1 = (float)MEAN_DECAY;
  const float b2 = (float)SQUARE_DECAY;
  for (size_t i = 0U; i < n; ++i) {
    const float g = gradient[i] + (f.pull * parameters[i]);
    mean[i]       = (b1 * mean[i]) + ((1.0f - b1) * g);
    square[i]     = (b2 * square[i]) + ((1.0f - b2) * g * g);
    parameters[i] =
      (f.keep * parameters[i]) -
      (f.rate * mean[i] / (sqrtf(f.spread * square[i]) + EPSILON));
  }
}

TMB_WIDE static void
step_sgd(const float  rate,
         const float  pull,
         const size_t n,
         float* const restrict sum,
         float* const restrict parameters,
         const float* const restrict gradient)
{
  const float momentum = (float)MEAN_DECAY;
  for (size_t i = 0U; i < n; ++i) {
    sum[i] = (momentum * sum[i]) + gradient[i] + (pull * parameters[i]);
    parameters[i] -= rate * sum[i];
  }
}

void
tmb_optimizer_step(TmbOptimizer* const  optimizer,
                   const TmbStep* const step,
                   const size_t         first,
                   const size_t         n,
                   float* const         parameters,
                   const float* const   gradient)
{
  const double number = (double)step->number;
  Factors      f      = {
              .rate   = (float)(step->rate / (1.0 - pow(MEAN_DECAY, number))),
              .spread = (float)(1.0 / (1.0 - pow(SQUARE_DECAY, number))),
              .pull   = (float)step->decay,
              .keep   = 1.0f,
  };
  switch (optimizer->method) {
    case TMB_SGD:
      step_sgd((float)step->rate,
               f.pull,
               n,
               optimizer->mean + first,
               parameters + first,
               gradient + first);
      return;
    case TMB_ADAMW:
      f.pull = 0.0f;
      f.keep = (float)(1.0 - (step->rate * step->decay));
      break;
    case TMB_ADAM:
      break;
  }
  step_adam(f,
            n,
            optimizer->mean + first,
            optimizer->square + first,
            parameters + first,
            gradient + first);
}
