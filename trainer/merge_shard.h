// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MERGE_SHARD_H
#define TMB_MERGE_SHARD_H

#include "dsp/status.h"
#include "trainer/journal.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// What one shard of a run of `timbrel label` wrote: rows, with their journal
/// beside them.
typedef struct {
  const char*     path; ///< Of the rows; borrowed
  char*           journal_path;
  uint32_t        number; ///< From 1, of `n_shards`
  uint32_t        n_shards;
  uint64_t        n_total; ///< Recordings that its run found, also for others
  uint64_t        start;   ///< Bytes of rows before those of any recording
  uint64_t        n_bytes; ///< Bytes of all
  TmbJournal*     journal; ///< Null if it is not open
  FILE*           rows;    ///< The same
  uint64_t        begin;   ///< Where the rows of the next recording begin
  TmbJournalEntry next;    ///< At first without any: what is before them
} TmbMergeShard;

/*
  What can fail names the file and the reason in one sentence.
*/

/// @param[out] self Released with tmb_merge_shard_clear(), also after an error.
TMB_NODISCARD TmbStatus
tmb_merge_shard_init(TmbMergeShard* self, const char* path, TmbMessage* why);

void
tmb_merge_shard_clear(TmbMergeShard* self);

TMB_NODISCARD TmbStatus
tmb_merge_shard_open_journal(TmbMergeShard* self, TmbMessage* why);

/// Open the rows, and demand that there are `n_bytes`.
TMB_NODISCARD TmbStatus
tmb_merge_shard_open_rows(TmbMergeShard* self, TmbMessage* why);

/// Close what is open.
void
tmb_merge_shard_close(TmbMergeShard* self);

/**
   Read the next recording from the journal.

   @param[in,out] status #TMB_OK; another one if the recording can't be.
   @return Whether there is one; if not, `begin` is where the rows should end.
*/
TMB_NODISCARD bool
tmb_merge_shard_next(TmbMergeShard* self, TmbStatus* status, TmbMessage* why);

/// Pass over the rows of the next recording, to the end of which they are read.
TMB_NODISCARD TmbStatus
tmb_merge_shard_skip(const TmbMergeShard* self, TmbMessage* why);

/**
   Copy the rows of the next recording, up to which they were read.

   @param name Of `out`, for messages.
*/
TMB_NODISCARD TmbStatus
tmb_merge_shard_copy(const TmbMergeShard* self,
                     FILE*                out,
                     const char*          name,
                     TmbMessage*          why);

#endif // TMB_MERGE_SHARD_H
