// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FETCH_LIST_H
#define TMB_FETCH_LIST_H

#include "dsp/status.h"

#include <stddef.h>

#define TMB_MAX_FETCH_LINE 8192U ///< Bytes of a line of a list, with its end
#define TMB_SHA256_TEXT 65U      ///< Bytes of a checksum in hex, with its end

/// One file to fetch.
typedef struct {
  char*       url;
  char*       name; ///< Path below the folder that files go to
  char        sha256[TMB_SHA256_TEXT]; ///< Lower case; empty if not known
  const char* list;                    ///< Where it stands; null: an argument
  unsigned    line;                    ///< In the list, from 1
} TmbFetchItem;

/// What to fetch, in the order given; all zero is none.
typedef struct {
  TmbFetchItem* items; ///< [n]
  size_t        n;
} TmbFetchList;

/**
   Read what to fetch, and see that each file has a name of its own.

   A list has a line for each file,

       URL [sha256=HEX] [name=PATH]

   separated by blanks; the name comes last, as it may hold some.  Empty lines
   and lines that begin with # say nothing.  A URL is http or https.  Without a
   name it is the last part of the URL's path, percent-decoded.  No name leads
   out of the folder, holds a control character or ends as the files do that
   are not whole yet.

   @param arguments [n] Each with "://" in it is a line of its own, any other
   the path of a list, "-" that on stdin.  Must outlive the list.
   @param[out] list Released with tmb_fetch_list_free(), also after an error.
   @param[out] why One sentence that names the URL, or the list and the line.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE (also if there is nothing to
   fetch) or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_fetch_list_read(char* const*  arguments,
                    size_t        n,
                    TmbFetchList* list,
                    TmbMessage*   why);

void
tmb_fetch_list_free(TmbFetchList* list);

#endif // TMB_FETCH_LIST_H
