// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LINE_FILE_H
#define TMB_LINE_FILE_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TMB_MAX_LINE 65536U ///< Bytes of a line that is kept

/// A text that is read line by line, whatever bytes it is of and however long
/// its lines.  All zero is none.
typedef struct {
  FILE*       file;
  const char* name;    ///< For messages
  char*       text;    ///< [n] The line without its end; not a string
  size_t      n;       ///< At most #TMB_MAX_LINE
  uint64_t    number;  ///< Of the last line, from 1; 0 before
  bool        is_long; ///< Whether the line has more bytes, which are left out
  bool        has_end; ///< Whether a newline ends it
} TmbLineFile;

/**
   Open a text.

   @param path "-" is standard input.  Borrowed.
   @param[out] self Released with tmb_line_file_close(), also after an error.
   @param[out] why One sentence on error.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_NO_FILE.
*/
TMB_NODISCARD TmbStatus
tmb_line_file_open(const char* path, TmbLineFile* self, TmbMessage* why);

/// Read the next line; false at the end, and if no more can be read.
bool
tmb_line_file_next(TmbLineFile* self);

/**
   After the last line: whether that was the end.

   @return #TMB_OK or #TMB_NO_FILE.
*/
TMB_NODISCARD TmbStatus
tmb_line_file_check(const TmbLineFile* self, TmbMessage* why);

void
tmb_line_file_close(TmbLineFile* self);

#endif // TMB_LINE_FILE_H
