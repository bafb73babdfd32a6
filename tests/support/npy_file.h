// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_NPY_FILE_H
#define TMB_TEST_NPY_FILE_H

#include "tests/support/files.h"

#include <stddef.h>
#include <stdint.h>

/// A header of ordinary arrays, to follow with numbers and ")}".
#define NPY_FLOATS "{'descr': '<f4', 'fortran_order': False, 'shape': ("

/**
   An array's file in format `major`.0, in memory of exactly its size, so that
   reading on would be noticed.

   @param header The dictionary, which may be none.
   @param data [n] Or null for zeros.
*/
Bytes
npy_bytes(uint8_t major, const char* header, const void* data, size_t n);

/// The same as a file of version 1.0.
void
npy_save(const char* path, const char* header, const void* data, size_t n);

#endif // TMB_TEST_NPY_FILE_H
