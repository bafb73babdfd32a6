// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/blas.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libopenblas.so.0"

/// cblas_sgemm()
typedef void (*Sgemm)(CBLAS_ORDER,
                      CBLAS_TRANSPOSE,
                      CBLAS_TRANSPOSE,
                      blasint,
                      blasint,
                      blasint,
                      float,
                      const float*,
                      blasint,
                      const float*,
                      blasint,
                      float,
                      float*,
                      blasint);

static Sgemm sgemm; ///< Set once

TmbStatus
tmb_blas_load(TmbMessage* const why)
{
  if (sgemm) {
    return TMB_OK;
  }
  (void)setenv("OPENBLAS_NUM_THREADS", "1", 1);

  void* const library = dlopen(LIBRARY, RTLD_NOW);
  void* const symbol  = library ? dlsym(library, "cblas_sgemm") : NULL;
  if (!symbol) {
    return tmb_fail(TMB_NO_FILE,
                    why,
                    "training needs OpenBLAS, which can't be loaded: %s",
                    dlerror());
  }
  memcpy(&sgemm, &symbol, sizeof(sgemm)); // C has no cast for this
  return TMB_OK;
}

void
tmb_blas_multiply(const CBLAS_TRANSPOSE trans_a,
                  const CBLAS_TRANSPOSE trans_b,
                  const int             m,
                  const int             n,
                  const int             k,
                  const float* const    a,
                  const int             lda,
                  const float* const    b,
                  const int             ldb,
                  const float           beta,
                  float* const          c,
                  const int             ldc)
{
  assert(sgemm);
  sgemm(CblasRowMajor,
        trans_a,
        trans_b,
        m,
        n,
        k,
        1.0f,
        a,
        lda,
        b,
        ldb,
        beta,
        c,
        ldc);
}
