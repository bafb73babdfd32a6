// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_products.h"

#include "tools/bench_clock.h"
#include "trainer/blas.h"

#include <stdio.h>
#include <stdlib.h>

/// Values of the largest matrix
#define MOST ((size_t)BENCH_INPUTS * BENCH_HIDDEN)

/// C [m][n] = A [m][k] B [k][n], of which one may lie transposed; beta as in
/// trainer/backprop.c, where biases lie in C already.
typedef struct {
  CBLAS_TRANSPOSE a;
  CBLAS_TRANSPOSE b;
  int             m;
  int             n;
  int             k;
  float           beta;
} Product;

// clang-format off
static const Product products[] = {
  { CblasNoTrans, CblasNoTrans,
    BENCH_BATCH, BENCH_HIDDEN, BENCH_INPUTS, 1.0f },
  { CblasNoTrans, CblasNoTrans,
    BENCH_BATCH, BENCH_CLASSES, BENCH_HIDDEN, 1.0f },
  { CblasTrans, CblasNoTrans,
    BENCH_HIDDEN, BENCH_CLASSES, BENCH_BATCH, 0.0f },
  { CblasNoTrans, CblasTrans,
    BENCH_BATCH, BENCH_HIDDEN, BENCH_CLASSES, 0.0f },
  { CblasTrans, CblasNoTrans,
    BENCH_INPUTS, BENCH_HIDDEN, BENCH_BATCH, 0.0f },
};
// clang-format on

#define N_PRODUCTS (sizeof(products) / sizeof(*products))

double
bench_products_flops(void)
{
  double n = 0.0;
  for (unsigned i = 0U; i < N_PRODUCTS; ++i) {
    const Product* const p = &products[i];
    n += 2.0 * (double)p->m * (double)p->n * (double)p->k;
  }
  return n;
}

/// The products of a step, as much as possible in the same memory.
static void
multiply(float* const a, float* const b, float* const c)
{
  for (unsigned i = 0U; i < N_PRODUCTS; ++i) {
    const Product* const p = &products[i];
    tmb_blas_multiply(p->a,
                      p->b,
                      p->m,
                      p->n,
                      p->k,
                      a,
                      (p->a == CblasTrans) ? p->m : p->k,
                      b,
                      (p->b == CblasTrans) ? p->k : p->n,
                      p->beta,
                      c,
                      p->n);
  }
}

bool
bench_products_time(const unsigned n_steps, double* const step_s)
{
  TmbMessage why = { "" };
  if (tmb_blas_load(&why)) {
    (void)fprintf(stderr, "%s\n", why.text);
    return false;
  }

  float* const values = (float*)calloc(3U * MOST, sizeof(float));
  if (!values) {
    (void)fputs("There is no memory\n", stderr);
    return false;
  }
  for (size_t i = 0U; i < 2U * MOST; ++i) {
    values[i] = 1.0f / (1.0f + (float)(i % 97U));
  }

  float* const a = values;
  float* const b = a + MOST;
  float* const c = b + MOST;
  multiply(a, b, c); // So that all is cached
  const double begun = bench_wall_s();
  for (unsigned i = 0U; i < n_steps; ++i) {
    multiply(a, b, c);
  }
  *step_s = (bench_wall_s() - begun) / (double)n_steps;
  free(values);
  return true;
}
