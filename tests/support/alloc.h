// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_ALLOC_H
#define TMB_TEST_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
  Allocations that fail on demand.  The tests are linked with --wrap, so that
  malloc(), calloc() and realloc() in the project's own objects come here; a
  library's do not.
*/

/// From allocation `n` on (0 is the next), all fail.
void
alloc_fail_from(size_t n);

/// Allocate again; tells whether any has failed.
bool
alloc_restore(void);

#endif // TMB_TEST_ALLOC_H
