// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/vector.h"

#include "dsp/attributes.h"

TMB_WIDE static void
add(float* const restrict sum, const float* const restrict x, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    sum[i] += x[i];
  }
}

void
tmb_vector_add(float* const restrict sum,
               const float* const restrict x,
               const size_t n)
{
  add(sum, x, n);
}
