// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ADAM_H
#define TMB_ADAM_H

#include "dsp/status.h"

#include <stddef.h>

/**
   Adam, Kingma & Ba, ICLR 2015, with the decoupled weight decay of Loshchilov &
   Hutter, ICLR 2019.  Decay rates are the customary .9 and .999.
*/
typedef struct TmbAdamImpl TmbAdam;

/**
   @param n Parameters.
   @param[out] adam Owned by the caller, freed with tmb_adam_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_adam_new(size_t n, TmbAdam** adam);

void
tmb_adam_free(TmbAdam* adam);

/**
   Take a step down the gradient.

   @param parameters [n] Changed in place.
   @param gradient [n]
   @param rate Learning rate, >= 0.
   @param decay Each parameter also shrinks by rate * decay of itself.
*/
void
tmb_adam_step(TmbAdam*     adam,
              float*       parameters,
              const float* gradient,
              double       rate,
              double       decay);

#endif // TMB_ADAM_H
