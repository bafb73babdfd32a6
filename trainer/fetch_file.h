// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FETCH_FILE_H
#define TMB_FETCH_FILE_H

#include "dsp/status.h"
#include "trainer/fetch_list.h"

#include <nettle/sha2.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TMB_PART ".part"             ///< Ends the name until a file is whole
#define TMB_PART_STAMP ".part-stamp" ///< Beside it, see TmbFetchFile
#define TMB_MAX_STAMP 256U           ///< Bytes, with the end

/**
   Where a fetched file goes: NAME.part, which becomes NAME once it is whole
   and has the right checksum.

   Unlike a TmbNewFile, a part outlives the process, to be gone on with.  It
   can be if NAME.part-stamp tells which version of the file it is of: one line
   with the URL and one with the server's stamp, a strong ETag or the time of
   the last change.  Also if the checksum is known, which then decides.
*/
typedef struct {
  const TmbFetchItem* item;
  char*               path;
  char*               part;
  char*               stamp_path;
  char                stamp[TMB_MAX_STAMP]; ///< Of the part; may be empty
  int                 fd;                   ///< Of the part; -1: not open
  uint64_t            n_bytes;              ///< In the part
  struct sha256_ctx   sha;                  ///< Of these bytes
} TmbFetchFile;

/**
   Set out paths; nothing is opened.

   @param item Must outlive the file.
   @param[out] file Released with tmb_fetch_file_close(), also after an error.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_fetch_file_init(TmbFetchFile*       file,
                    const char*         folder,
                    const TmbFetchItem* item,
                    TmbMessage*         why);

/**
   Look whether the whole file is there from before.

   @param[out] sha256 Its checksum, if it is.
   @param[out] is_there False also if its checksum is not the item's.
   @return #TMB_OK, or #TMB_NO_FILE if what is there can't be read or is no
   regular file.
*/
TMB_NODISCARD TmbStatus
tmb_fetch_file_look(const TmbFetchFile* file,
                    char                sha256[TMB_SHA256_TEXT],
                    bool*               is_there,
                    TmbMessage*         why);

/**
   Open the part, which no other process may be writing, and take in what it
   holds if it can be gone on with; if not, it is emptied.

   @return #TMB_OK or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_fetch_file_open(TmbFetchFile* file, TmbMessage* why);

/// Drop all bytes, and keep the stamp of those to come; it may be empty.
TMB_NODISCARD TmbStatus
tmb_fetch_file_restart(TmbFetchFile* file, const char* stamp, TmbMessage* why);

TMB_NODISCARD TmbStatus
tmb_fetch_file_append(TmbFetchFile* file,
                      const void*   bytes,
                      size_t        n,
                      TmbMessage*   why);

/**
   Give a part that is whole its name.

   @param[out] sha256 Its checksum.
   @return #TMB_OK, #TMB_WRITE_FAILED, or #TMB_BAD_FILE if the checksum is not
   the item's; the part is empty then.
*/
TMB_NODISCARD TmbStatus
tmb_fetch_file_finish(TmbFetchFile* file,
                      char          sha256[TMB_SHA256_TEXT],
                      TmbMessage*   why);

/// Release what the file holds.  A part stays, unless it is empty.
void
tmb_fetch_file_close(TmbFetchFile* file);

#endif // TMB_FETCH_FILE_H
