// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_VECTOR_H
#define TMB_VECTOR_H

#include <stddef.h>

/// sum += x, for `n` numbers that do not overlap.
void
tmb_vector_add(float* restrict sum, const float* restrict x, size_t n);

#endif // TMB_VECTOR_H
