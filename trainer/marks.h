// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MARKS_H
#define TMB_MARKS_H

#include "dsp/status.h"

#include <stddef.h>

/// An onset in a recording, as people or a detector tell it.
typedef struct {
  double onset_s; ///< Where the note begins
  double told_s;  ///< When a streaming detector said so; NaN of all else
} TmbMark;

/// Onsets of one recording, ascending; all zero is an empty list.
typedef struct {
  size_t   n;
  size_t   capacity;
  TmbMark* items; ///< [n]
} TmbMarks;

/// Append an onset: #TMB_OK or #TMB_NO_MEMORY.
TMB_NODISCARD TmbStatus
tmb_marks_add(TmbMarks* marks, double onset_s, double told_s);

/// Free what the list holds; it is empty then.
void
tmb_marks_free(TmbMarks* marks);

/**
   Where the annotation of a recording is: X.onsets beside X.flac.

   @return A string that the caller frees, or null if memory is out.
*/
char*
tmb_annotation_path(const char* recording);

/**
   Read annotated onsets: a text, one onset a line, its time in seconds in the
   first column.  Further columns, set off by a space, a tab, a comma or a
   semicolon, are not looked at; empty lines are passed over.

   @param[in,out] marks An empty list, to be freed with tmb_marks_free() after
   an error too.
   @param[out] why One sentence that names the path and the line.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_NO_MEMORY, or #TMB_BAD_FILE if a time is
   no number, negative or before the one above it.
*/
TMB_NODISCARD TmbStatus
tmb_annotation_read(const char* path, TmbMarks* marks, TmbMessage* why);

#endif // TMB_MARKS_H
