// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BLAS_H
#define TMB_BLAS_H

#include "dsp/status.h"

#include <cblas.h>

/**
   Load OpenBLAS, for those who train.

   It is not linked, since it starts a thread for each processor as soon as it
   is loaded, and they spin for a while: with every command.  Here it is told to
   start none, since threads are ours.  Call it once, before there are any.

   @param[out] why One sentence.
   @return #TMB_OK or #TMB_NO_FILE.
*/
TMB_NODISCARD TmbStatus
tmb_blas_load(TmbMessage* why);

/// C = A B + beta C in row-major order, as cblas_sgemm() with alpha 1; after
/// tmb_blas_load(), from any thread.
void
tmb_blas_multiply(CBLAS_TRANSPOSE trans_a,
                  CBLAS_TRANSPOSE trans_b,
                  int             m,
                  int             n,
                  int             k,
                  const float*    a,
                  int             lda,
                  const float*    b,
                  int             ldb,
                  float           beta,
                  float*          c,
                  int             ldc);

#endif // TMB_BLAS_H
