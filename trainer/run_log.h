// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_RUN_LOG_H
#define TMB_RUN_LOG_H

#include "dsp/attributes.h"
#include "dsp/status.h"
#include "trainer/journal.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
   The journal of the run at hand: what earlier starts of it have done, and what
   this one adds.

   Nothing is written to it before what it tells of is on the disk, so that
   power may fail at any time.
*/
typedef struct TmbRunLogImpl TmbRunLog;

#define TMB_LOG_PENDING \
  1024U ///< Recordings done since the last commit, at most

/**
   Open the journal, which nobody else may have open in this way.

   @param path Copied.
   @param run What the run is of, see tmb_journal_start(); released, null if
   memory ran out.
   @param resumes Whether it may go on; if not, there must be no unfinished one.
   @param n_bytes Of output that is not in its place yet, 0 if there is none:
   what the journal tells of more is to be done again.  Or UINT64_MAX if files
   are apart; then recordings without a label are to be done again.
   @param[out] log Owned by the caller, freed with tmb_run_log_free().
   @param[out] why One sentence that names the journal and the reason.
   @return #TMB_OK, #TMB_BAD_FILE if it is of another run, #TMB_NO_MEMORY or
   #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_run_log_open(const char* path,
                 json_t*     run,
                 bool        resumes,
                 uint64_t    n_bytes,
                 TmbRunLog** log,
                 TmbMessage* why);

void
tmb_run_log_free(TmbRunLog* log);

/// Whether there is nothing left to be done.
bool
tmb_run_log_is_over(const TmbRunLog* log);

/// What earlier starts have done.
typedef struct {
  uint64_t n_failed; ///< Recordings without a label
  double   seconds;  ///< Of sound
  uint64_t end;      ///< Bytes of output
} TmbLogged;

TmbLogged
tmb_run_log_before(const TmbRunLog* log);

/**
   Whether a recording was done before, to be asked of all in their order.

   Memory stays the same as long as that is the order of the earlier start; if
   recordings came or went meanwhile, 16 to 32 bytes are held of each.

   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_run_log_has(TmbRunLog* log, const char* path, bool* has);

/// Take in a recording that is done; whether that has to be committed now.
bool
tmb_run_log_put(TmbRunLog* log, const TmbJournalEntry* entry);

/**
   Bring the output to the disk, and then what tells of it.

   @param out May be null.
   @param name Of `out` in messages.
*/
TMB_NODISCARD TmbStatus
tmb_run_log_commit(TmbRunLog*  log,
                   FILE*       out,
                   const char* name,
                   TmbMessage* why);

/// Commit that the run is over.
TMB_NODISCARD TmbStatus
tmb_run_log_end(TmbRunLog*  log,
                uint64_t    n_total,
                FILE*       out,
                const char* name,
                TmbMessage* why);

/// Remove the journal.
void
tmb_run_log_remove(TmbRunLog* log);

#endif // TMB_RUN_LOG_H
