// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SAFETENSORS_WRITER_H
#define TMB_SAFETENSORS_WRITER_H

#include "dsp/status.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TMB_MAX_TENSOR_FILE (512U << 20U) ///< Larger files are not written

/// A tensor to be written, see dsp/safetensors.h.
typedef struct {
  char         name[24];
  uint32_t     n_rows; ///< 0 in a tensor of one dimension
  uint32_t     n_columns;
  const float* values;        ///< [n_rows][n_columns]
  bool         is_transposed; ///< ... or [n_columns][n_rows]
  uint32_t     n_taps; ///< 0, or a row's shape is [n_columns / n_taps][n_taps]
} TmbTensorToWrite;

/// A whole file in memory.
typedef struct {
  uint8_t* bytes; ///< [n]
  size_t   n;
} TmbTensorFile;

/**
   Lay out a safetensors file.  The same contents give the same bytes.

   @param metadata Object of strings; released.
   @param[out] image Released with tmb_tensor_file_clear(), also after an error.
   @param[out] why One sentence, but for want of memory.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_tensor_file_new(json_t*                 metadata,
                    const TmbTensorToWrite* tensors,
                    uint32_t                n_tensors,
                    TmbTensorFile*          image,
                    TmbMessage*             why);

void
tmb_tensor_file_clear(TmbTensorFile* image);

/**
   Write a file beside `path`, read it back, compare, then rename it: either
   the old file stays or the new one is whole.

   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_tensor_file_write(const char*          path,
                      const TmbTensorFile* image,
                      TmbMessage*          why);

#endif // TMB_SAFETENSORS_WRITER_H
