// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NPY_WRITER_H
#define TMB_NPY_WRITER_H

#include "dsp/status.h"
#include "trainer/new_file.h"

#include <stddef.h>
#include <stdint.h>

/// What the values of an array are; each takes four bytes.
typedef enum { TMB_NPY_FLOAT32, TMB_NPY_INT32 } TmbNpyType;

/**
   A NumPy array whose number of rows is known only at its end.

   Format 1.0, C order, this machine's byte order:
   https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
   The header is 128 bytes, more than any shape needs, and filled in last.
*/
typedef struct {
  TmbNewFile file;
  TmbNpyType type;
  uint32_t   n_columns; ///< 0 in an array of one dimension
  uint64_t   n_rows;    ///< Written up to now
  uint64_t   n_marked;  ///< Of them, those to be kept
} TmbNpyWriter;

/**
   Begin an array beside `path`, see tmb_new_file_open().

   @param n_columns Values in a row, or 0 for an array of one dimension.
   @param[out] writer Released with tmb_new_file_discard(&writer->file), also
   after an error.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_npy_open(const char*   path,
             TmbNpyType    type,
             uint32_t      n_columns,
             TmbNpyWriter* writer,
             TmbMessage*   why);

/**
   Append rows.

   @param rows [n][n_columns], or [n], of the array's type.
   @return #TMB_OK, or #TMB_WRITE_FAILED; also if the array would take more
   bytes than a file can have.
*/
TMB_NODISCARD TmbStatus
tmb_npy_write(TmbNpyWriter* writer,
              const void*   rows,
              size_t        n,
              TmbMessage*   why);

/// Remember that the rows up to now are to be kept.
void
tmb_npy_mark(TmbNpyWriter* writer);

/// Drop the rows since the mark, or all.
void
tmb_npy_return(TmbNpyWriter* writer);

/// Fill in the header and close; tmb_new_file_rename() is left to do.
TMB_NODISCARD TmbStatus
tmb_npy_close(TmbNpyWriter* writer, TmbMessage* why);

#endif // TMB_NPY_WRITER_H
