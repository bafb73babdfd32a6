// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NEW_FILE_H
#define TMB_NEW_FILE_H

#include "dsp/status.h"

#include <stdint.h>
#include <stdio.h>

/**
   A file that is written beside its place and takes it once it is whole, so
   that what stood there before stays until then.

   Opened, closed, renamed, in this order; or discarded at any point.  All zero
   is a file that was not opened: then there is nothing to do, and all is well.
*/
typedef struct {
  FILE*   out;  ///< To write to, and to read; null once it is closed
  char*   path; ///< Its place
  char*   temp; ///< Where it is until it is renamed
  int64_t mark; ///< See tmb_new_file_mark()
} TmbNewFile;

/**
   Begin a file.  What is no regular file, such as a folder or a device, is
   never replaced.

   @param path Copied.
   @param[out] file Released with tmb_new_file_discard(), also after an error.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_new_file_open(const char* path, TmbNewFile* file, TmbMessage* why);

/**
   The same for a path that nobody else writes to: what one that was killed has
   left there is replaced.
*/
TMB_NODISCARD TmbStatus
tmb_new_file_open_alone(const char* path, TmbNewFile* file, TmbMessage* why);

/// Remember that all that was written up to now is to be kept.
void
tmb_new_file_mark(TmbNewFile* file);

/// Drop what was written since the mark, or since the beginning.
void
tmb_new_file_return(TmbNewFile* file);

/// Whether all that was written up to now went well.
TMB_NODISCARD TmbStatus
tmb_new_file_check(const TmbNewFile* file, TmbMessage* why);

/// Bring what was written to the disk, and close.
TMB_NODISCARD TmbStatus
tmb_new_file_close(TmbNewFile* file, TmbMessage* why);

/// Close only: what was written comes to the disk sooner or later.
TMB_NODISCARD TmbStatus
tmb_new_file_close_early(TmbNewFile* file, TmbMessage* why);

/// Take the old file's place, in one step.
TMB_NODISCARD TmbStatus
tmb_new_file_rename(TmbNewFile* file, TmbMessage* why);

/// Remove what was not renamed, and release what the file holds.
void
tmb_new_file_discard(TmbNewFile* file);

#endif // TMB_NEW_FILE_H
