// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/blas.h"

#include "tests/support/cmocka.h"
#include "trainer/blas.h"

int
blas_setup(void** const state)
{
  (void)state;
  TmbMessage why = { "" };
  assert_int_equal(tmb_blas_load(&why), TMB_OK);
  return 0;
}
