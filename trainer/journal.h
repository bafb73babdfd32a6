// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_JOURNAL_H
#define TMB_JOURNAL_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
  What a run of `timbrel label` has done, in a file beside its output: lines
  that are only ever appended, and only once what they tell of is on the disk.

    {"journal":1,...}              the run, see tmb_journal_start()
    INDEX HASH END FAILED SECONDS  a recording that is done, in order
    end TOTAL                      the run is over

  A process or a machine that dies leaves half a line at most, which ends the
  journal as if it had never been begun.
*/

#define TMB_JOURNAL_FORMAT 1
#define TMB_JOURNAL_ENDING ".journal" ///< Behind the name of the output

/// A recording that is done.
typedef struct {
  uint64_t index;   ///< Among all that were found, also for other shards
  uint64_t hash;    ///< tmb_path_hash() of its path
  uint64_t end;     ///< Bytes of output up to here; 0 if files are apart
  bool     failed;  ///< It has no label
  double   seconds; ///< Of sound, 0 or more
} TmbJournalEntry;

/**
   Write the first line.

   @param run What the run is of, so that another one does not go on with it: an
   object. Released; null if memory ran out.
   @return Whether it could be written; as of the other two, errors of `out`
   show when it is flushed.
*/
TMB_NODISCARD bool
tmb_journal_start(FILE* out, json_t* run);

void
tmb_journal_put(FILE* out, const TmbJournalEntry* entry);

/// @param n_total Recordings that were found, also for other shards.
void
tmb_journal_put_end(FILE* out, uint64_t n_total);

/// Reads a journal line by line; memory does not depend on its length.
typedef struct TmbJournalImpl TmbJournal;

/**
   Open a journal and read its first line.

   @param[out] journal Owned by the caller, closed with tmb_journal_close();
   null on error.
   @param[out] why One sentence that names the file and the reason.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE if it is none, #TMB_TOO_NEW or
   #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_journal_open(const char* path, TmbJournal** journal, TmbMessage* why);

void
tmb_journal_close(TmbJournal* journal);

/// What tmb_journal_start() was given; the journal's own.
const json_t*
tmb_journal_run(const TmbJournal* journal);

/// Read the next recording; false at the end.
bool
tmb_journal_next(TmbJournal* journal, TmbJournalEntry* entry);

/// After the last recording: whether the run was over, and how many it found.
bool
tmb_journal_is_over(const TmbJournal* journal, uint64_t* n_total);

/// Bytes of the lines that were read up to now.
uint64_t
tmb_journal_bytes(const TmbJournal* journal);

#endif // TMB_JOURNAL_H
