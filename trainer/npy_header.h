// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NPY_HEADER_H
#define TMB_NPY_HEADER_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A header must end within these first bytes of a file; NumPy's take 128.
#define TMB_NPY_MAX_HEADER 65536U

/// How a value is stored.
typedef enum {
  TMB_NPY_BOOL,     ///< A byte, zero or not
  TMB_NPY_SIGNED,   ///< Two's complement
  TMB_NPY_UNSIGNED, ///< Whole numbers from zero on
  TMB_NPY_REAL      ///< IEEE 754
} TmbNpyKind;

/// What the header of a NumPy array says, checked.
typedef struct {
  TmbNpyKind  kind;
  const char* name;       ///< For people: "float32"; static
  uint32_t    n_value;    ///< Bytes of a value: 1, 2, 4 or 8
  bool        is_big;     ///< Whether the first byte is the most significant
  bool        is_fortran; ///< Whether columns, not rows, lie together
  uint32_t    n_dims;     ///< 1 or 2
  uint64_t    n_rows;     ///< At least 1
  uint32_t    n_columns;  ///< At least 1; 1 in an array of one dimension
  uint64_t    n_header;   ///< Bytes before the data
  uint64_t    n_data;     ///< Bytes of the data
} TmbNpyHeader;

/**
   Read the header of an array in NumPy's format, versions 1.0 to 3.0:
   https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

   Only arrays of numbers, of one or two dimensions, none of them empty; the
   sum of `n_header` and `n_data` fits an int64_t.

   @param bytes [n] The file, or at least its first #TMB_NPY_MAX_HEADER bytes.
   @param[out] header Set if all is well.
   @param[out] reason What is wrong, to follow the file's name and a colon.
   @return #TMB_OK or #TMB_BAD_FILE.
*/
TMB_NODISCARD TmbStatus
tmb_npy_header_read(const uint8_t* bytes,
                    size_t         n,
                    TmbNpyHeader*  header,
                    TmbMessage*    reason);

/**
   Compare what a header promises with what is there.

   @param n_bytes Size of the whole file.
   @param[out] reason What is wrong, to follow the file's name and a colon.
   @return #TMB_OK, or #TMB_BAD_FILE if bytes are missing or left over.
*/
TMB_NODISCARD TmbStatus
tmb_npy_header_check(const TmbNpyHeader* header,
                     uint64_t            n_bytes,
                     TmbMessage*         reason);

#endif // TMB_NPY_HEADER_H
