// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_FEATURE_FILES_H
#define TMB_TEST_FEATURE_FILES_H

#include "tests/support/files.h"

#include <stddef.h>
#include <stdint.h>

/*
  What `timbrel features` writes.
*/

#define FEATURE_HEADER 128U ///< Bytes of an array before its values

/// Run with arguments, and demand status 0 and no output.
void
features_write(const char* line);

/// The values of an array, whose type and shape are demanded.
Bytes
feature_array(const char* path, const char* type, const char* shape);

/// A value of an array of "<f4".
float
feature_float(const Bytes* array, size_t i);

/// A value of an array of "<i4".
int32_t
feature_int(const Bytes* array, size_t i);

#endif // TMB_TEST_FEATURE_FILES_H
