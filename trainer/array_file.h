// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ARRAY_FILE_H
#define TMB_ARRAY_FILE_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

/**
   An array of numbers that NumPy saved, of one or two dimensions.

   The file is mapped, not read: an array may be larger than memory, and opening
   it takes no time.  In return nothing must cut the file short meanwhile, or
   reading raises SIGBUS; what replaces it by renaming does no harm.

   Only read once it is open, so threads may share it.
*/
typedef struct TmbArrayImpl TmbArray;

/**
   Open an array.

   @param path "X.npy"; "data.npz" with one array in it; or "data.npz:X", its
   array X.  What exists under the whole path comes before an array in an
   archive.  An archive's array is unpacked to a file without a name in $TMPDIR,
   or else /tmp.
   @param[out] array Released with tmb_array_free(); null on error.
   @param[out] why One sentence that names the file and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY, #TMB_NO_FILE, #TMB_BAD_FILE, or
   #TMB_WRITE_FAILED if an array can't be unpacked.
*/
TMB_NODISCARD TmbStatus
tmb_array_open(const char* path, TmbArray** array, TmbMessage* why);

/// Whether an array's path leads to this very file, or to an array in it, that
/// would be lost if it were written to.
bool
tmb_array_is_in(const char* path, const char* file);

/// Null is nothing to free.
void
tmb_array_free(TmbArray* array);

/// The first dimension, at least 1.
uint64_t
tmb_array_rows(const TmbArray* array);

/// The second dimension, at least 1; or 1 in an array of one dimension.
uint32_t
tmb_array_columns(const TmbArray* array);

/// 1 or 2.
uint32_t
tmb_array_dims(const TmbArray* array);

/// For people: "float32", "int64".
const char*
tmb_array_type(const TmbArray* array);

/// Whether all values are whole numbers by their type; bool has 0 and 1.
bool
tmb_array_is_integer(const TmbArray* array);

/**
   Read a row.

   Fast where the array is of this machine's float32 or float64 in C order; 20
   times slower otherwise, and slower still in a Fortran order larger than
   memory, which has a row's values far apart.

   @param row Below tmb_array_rows().
   @param[out] values [columns] Rounded to floats; what is too large is
   infinite.  As in the file, so they may be infinite or NaN anyway.
*/
void
tmb_array_row(const TmbArray* array, uint64_t row, float* values);

/**
   Read a value: exactly, but for whole numbers beyond 2^53, which are rounded.

   @param row Below tmb_array_rows().
   @param column Below tmb_array_columns().
*/
double
tmb_array_value(const TmbArray* array, uint64_t row, uint32_t column);

#endif // TMB_ARRAY_FILE_H
