// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MATRIX_H
#define TMB_MATRIX_H

#include "dsp/attributes.h"

#include <stdint.h>

/**
   y += W x, the work of a dense layer and of a cosine transform.

   Four inputs are taken at a time, and their products are added to each other
   first: this order is fixed, so that the result is the same on any machine.

   @param weight [n_in][n_out] W transposed, so that its rows vectorise.
   @param x [n_in]
   @param[in,out] y [n_out] Must overlap neither of the others.
*/
TMB_REALTIME void
tmb_matrix_add(const float* weight,
               const float* x,
               uint32_t     n_in,
               uint32_t     n_out,
               float*       y);

#endif // TMB_MATRIX_H
