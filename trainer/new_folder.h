// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NEW_FOLDER_H
#define TMB_NEW_FOLDER_H

#include "dsp/status.h"

/**
   A folder of files that is filled beside its place and takes it once it is
   whole, as a TmbNewFile does.

   Opened and renamed, or discarded at any point.  All zero is a folder that was
   not opened.
*/
typedef struct {
  char* path; ///< Its place
  char* temp; ///< Where it is until it is renamed
} TmbNewFolder;

/**
   Begin a folder.  What stands in its place is never replaced, unless it is an
   empty folder.

   @param path Copied.
   @param[out] folder Released with tmb_new_folder_discard(), also after an
   error.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_new_folder_open(const char* path, TmbNewFolder* folder, TmbMessage* why);

/// Take its place, in one step.
TMB_NODISCARD TmbStatus
tmb_new_folder_rename(TmbNewFolder* folder, TmbMessage* why);

/// Remove what was not renamed, with the files in it, and release what is held.
void
tmb_new_folder_discard(TmbNewFolder* folder);

#endif // TMB_NEW_FOLDER_H
