// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_OPTIMIZER_H
#define TMB_OPTIMIZER_H

#include "dsp/status.h"

#include <stddef.h>
#include <stdint.h>

/// How weights follow the gradient.
typedef enum {
  TMB_ADAM,  ///< Kingma & Ba, ICLR 2015; decay is added to the gradient
  TMB_ADAMW, ///< Loshchilov & Hutter, ICLR 2019; decay shrinks the weights
  TMB_SGD    ///< With momentum .9; decay is added to the gradient
} TmbMethod;

/// The command's words for them, in their order; null at the end.
extern const char* const tmb_method_names[];

/// What the steps before have left; plain, so that it can be kept in a file.
typedef struct {
  TmbMethod method;
  size_t    n;
  float*    mean;   ///< [n] Running mean of the gradient, or with #TMB_SGD sum
  float*    square; ///< [n] Running mean of its square; null with #TMB_SGD
} TmbOptimizer;

/**
   @param n Parameters.
   @param[out] optimizer Released with tmb_optimizer_clear(), also after an
   error.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_optimizer_init(TmbOptimizer* optimizer, TmbMethod method, size_t n);

void
tmb_optimizer_clear(TmbOptimizer* optimizer);

/// One step, the same for all parameters.
typedef struct {
  uint64_t number; ///< Of this step, from 1
  double   rate;   ///< Learning rate, >= 0
  double   decay;  ///< Of weights
} TmbStep;

/**
   Take a step with some of the parameters; threads may have their own shares.

   @param first, n Which: first to first + n - 1.
   @param parameters [optimizer->n] Changed in place.
   @param gradient [optimizer->n]
*/
void
tmb_optimizer_step(TmbOptimizer*  optimizer,
                   const TmbStep* step,
                   size_t         first,
                   size_t         n,
                   float*         parameters,
                   const float*   gradient);

#endif // TMB_OPTIMIZER_H
