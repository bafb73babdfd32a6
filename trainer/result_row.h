// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_RESULT_ROW_H
#define TMB_RESULT_ROW_H

#include "dsp/status.h"

#include <jansson.h>

#include <stddef.h>

/// What a row of `timbrel label --format jsonl` tells.
typedef enum {
  TMB_RESULT_NOTE, ///< Of the recording whose row is yet to come
  TMB_RESULT_FILE, ///< A recording
  TMB_RESULT_ERROR ///< A file that has no label
} TmbResultType;

/// A row, as far as it is of use here.  Nothing in it is trusted: texts are
/// UTF-8, but may hold markup and control characters.
typedef struct {
  json_t*       json; ///< Owns the texts
  TmbResultType type;
  const char*   file;
  const char*   label;      ///< Shorter than #TMB_MAX_NAME; null of an error
  const char*   family;     ///< At most as long; empty if there is none
  double        confidence; ///< 0 to 1, or NaN
  double        seconds;    ///< Of a recording, 0 or more, or NaN
  const char*   reason;     ///< Of an error, or null
} TmbResultRow;

/**
   Read a row from bytes.

   @param text [n] The line.
   @param[out] row Released with tmb_result_row_clear(), also after an error.
   @param[out] reason What is wrong, without where.
   @return #TMB_OK, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_result_row_read(const char*   text,
                    size_t        n,
                    TmbResultRow* row,
                    TmbMessage*   reason);

void
tmb_result_row_clear(TmbResultRow* row);

#endif // TMB_RESULT_ROW_H
