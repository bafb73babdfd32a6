// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_PRODUCTS_H
#define TMB_BENCH_PRODUCTS_H

#include <stdbool.h>

/// The network that is trained.
#define BENCH_INPUTS 120
#define BENCH_HIDDEN 256
#define BENCH_CLASSES 10
#define BENCH_BATCH 100

/// Operations of the products of a step of training: forward, the gradients of
/// both layers' weights, and that of the hidden outputs.
double
bench_products_flops(void);

/**
   Let OpenBLAS alone do the products of a step again and again, on one thread.

   @param n_steps How often.
   @param[out] step_s Time of a step, mean.
   @return Whether there is OpenBLAS, and memory; if not, stderr says so.
*/
bool
bench_products_time(unsigned n_steps, double* step_s);

#endif // TMB_BENCH_PRODUCTS_H
