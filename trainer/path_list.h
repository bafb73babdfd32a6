// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PATH_LIST_H
#define TMB_PATH_LIST_H

#include "dsp/status.h"

/**
   A list of paths in a file or a pipe, read one by one.

   Paths are bytes as they stand: nothing is quoted, escaped or trimmed.  Empty
   ones are passed over.
*/
typedef struct TmbPathListImpl TmbPathList;

/**
   @param name The list's path, or "-" for stdin.
   @param separator '\n', or '\0' for paths that may hold line ends; the last
   path needs none behind it.
   @param[out] list Owned by the caller, closed with tmb_path_list_close().
   @param[out] why One sentence that names the list and the reason.
   @return #TMB_OK, #TMB_NO_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_path_list_open(const char*   name,
                   char          separator,
                   TmbPathList** list,
                   TmbMessage*   why);

void
tmb_path_list_close(TmbPathList* list);

/**
   The next path.

   @param[out] path Valid until the next call; null on error and at the end.
   @param[out] why One sentence that names the list and the reason.
   @return #TMB_OK; #TMB_BAD_FILE if an entry is no path (the next call goes on
   behind it); or #TMB_NO_FILE if the list can't be read on, which then ends.
*/
TMB_NODISCARD TmbStatus
tmb_path_list_next(TmbPathList* list, const char** path, TmbMessage* why);

#endif // TMB_PATH_LIST_H
