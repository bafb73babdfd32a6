// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/alloc.h"

#include <stdlib.h>

static size_t n_left  = SIZE_MAX;
static bool   failing = false;

// The names that the linker's --wrap makes
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

void*
__real_malloc(size_t n);

void*
__real_calloc(size_t n, size_t size);

void*
__real_realloc(void* old, size_t n);

void*
__wrap_malloc(size_t n);

void*
__wrap_calloc(size_t n, size_t size);

void*
__wrap_realloc(void* old, size_t n);

static bool
may_allocate(void)
{
  if (n_left == SIZE_MAX) {
    return true;
  }
  if (n_left) {
    --n_left;
    return true;
  }
  failing = true;
  return false;
}

void*
__wrap_malloc(const size_t n)
{
  return may_allocate() ? __real_malloc(n) : NULL;
}

void*
__wrap_calloc(const size_t n, const size_t size)
{
  return may_allocate() ? __real_calloc(n, size) : NULL;
}

void*
__wrap_realloc(void* const old, const size_t n)
{
  return may_allocate() ? __real_realloc(old, n) : NULL;
}

// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

void
alloc_fail_from(const size_t n)
{
  n_left  = n;
  failing = false;
}

bool
alloc_restore(void)
{
  n_left = SIZE_MAX;
  return failing;
}
