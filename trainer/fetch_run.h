// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FETCH_RUN_H
#define TMB_FETCH_RUN_H

#include "dsp/status.h"
#include "trainer/fetch_list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TMB_MAX_FETCH_JOBS 64U

typedef struct {
  const char* folder;
  uint32_t    n_jobs;        ///< Files at a time, up to #TMB_MAX_FETCH_JOBS
  uint32_t    n_retries;     ///< Attempts without a new byte, after the first
  double      retry_delay_s; ///< Before the first of them; doubles each time
  uint32_t    timeout_s;     ///< See tmb_transfer_init()
  bool        shows_progress;
} TmbFetchSettings;

/// What came of a run.
typedef struct {
  size_t   n_fetched;
  size_t   n_kept; ///< Were there from before
  size_t   n_failed;
  uint64_t n_bytes; ///< Fetched
} TmbFetchTally;

/**
   Fetch the files of a list, several at once.

   Each file that is there in the end is a line of a list on stdout, with its
   name and checksum, as soon as it is; each that failed is a sentence on
   stderr, and the others go on.

   A process that ends in between, by whatever signal, leaves parts that the
   next one goes on with.

   @return #TMB_OK, also if files failed; #TMB_NO_MEMORY or #TMB_WRITE_FAILED
   if there was no use in beginning.
*/
TMB_NODISCARD TmbStatus
tmb_fetch_run(const TmbFetchList*     list,
              const TmbFetchSettings* settings,
              TmbFetchTally*          tally,
              TmbMessage*             why);

#endif // TMB_FETCH_RUN_H
