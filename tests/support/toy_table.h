// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_TOY_TABLE_H
#define TMB_TEST_TOY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/*
  Matrices of examples, as files.
*/

/**
   Save numbers as an array.

   @param type "f2", "f4", "f8", "u1", "i2", "i4" or "i8", which must hold the
   numbers.
   @param is_fortran Columns come one after another in the file.
   @param n_columns 0 for an array of one dimension.
   @param values [n_rows][n_columns] Row by row, whatever the file's order.
*/
void
matrix_save(const char*   path,
            const char*   type,
            bool          is_fortran,
            uint32_t      n_rows,
            uint32_t      n_columns,
            const double* values);

/// Pack files, null at the end, into an archive, under their own names.
void
archive_save(const char* path, const char* const* files);

/**
   Save rows of classes 0, 1, ... in turn, Gaussian around a corner of their
   own, which a network learns to tell apart in a few epochs.

   @param seed The same gives the same rows.
*/
void
toy_table_save(const char* features,
               const char* labels,
               uint32_t    n_rows,
               uint32_t    n_columns,
               uint32_t    n_classes,
               uint64_t    seed);

#endif // TMB_TEST_TOY_TABLE_H
