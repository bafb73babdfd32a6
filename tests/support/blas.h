// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_BLAS_H
#define TMB_TEST_BLAS_H

/// Load BLAS, which what trains calls; as cmocka's setup of a group.
int
blas_setup(void** state);

#endif // TMB_TEST_BLAS_H
