// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_SCRATCH_H
#define TMB_TEST_SCRATCH_H

/*
  A test in an empty folder of its own, as cmocka's setup and teardown: it is
  the current folder meanwhile, so that files have short names.
*/

int
scratch_setup(void** state);

/// Back to where it was; the folder and all that is in it are gone.
int
scratch_teardown(void** state);

#endif // TMB_TEST_SCRATCH_H
