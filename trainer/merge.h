// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MERGE_H
#define TMB_MERGE_H

#include "dsp/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
  The shards of one run of `timbrel label` as what a single run had written.

  Each shard is a file of rows with its journal beside it (trainer/journal.h),
  which tells whose recording's turn it is.
*/

#define TMB_MERGE_FILES 2U ///< That are open at a time for each shard

/// What was joined.
typedef struct {
  uint64_t n_recordings;
  uint64_t n_failed; ///< Those that have no label
} TmbMergeCounts;

/**
   Join shards.  Before anything is written, all journals are read: that each
   run is over, that all are of one run, each of its shards once, and that
   together they have each recording once.  Memory depends on the number of
   shards alone.

   @param paths [n_paths] What the shards wrote, in any order.
   @param name Of `out`, for messages.
   @param[out] counts Only set if all went well.
   @param[out] why One sentence that names the file and the reason.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE, #TMB_TOO_NEW, #TMB_WRITE_FAILED
   or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_merge(char* const*    paths,
          size_t          n_paths,
          FILE*           out,
          const char*     name,
          TmbMergeCounts* counts,
          TmbMessage*     why);

#endif // TMB_MERGE_H
