// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FOLDERS_H
#define TMB_FOLDERS_H

#include "dsp/status.h"

/*
  Folders for what a command writes.  Those that can fail return #TMB_OK, or
  #TMB_WRITE_FAILED with one sentence that names the folder and the reason;
  tmb_folders_make() also #TMB_NO_MEMORY.
*/

/**
   Make the folders that lead to a path's last slash, where they are missing.

   @param path Changed meanwhile, and restored.
*/
TMB_NODISCARD TmbStatus
tmb_folders_above(char* path, TmbMessage* why);

/// Make a folder and those above it, and see that files can be made in it.
TMB_NODISCARD TmbStatus
tmb_folders_make(const char* folder, TmbMessage* why);

/**
   Bring to the disk which files there are in the folder of a file, where that
   can be done.
*/
void
tmb_folders_sync(const char* path);

#endif // TMB_FOLDERS_H
