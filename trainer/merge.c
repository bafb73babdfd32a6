// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/merge.h"

#include "trainer/merge_check.h"
#include "trainer/merge_shard.h"

#include <inttypes.h>
#include <stdlib.h>

/// Shards, and those among them whose recordings are not all done, as a heap:
/// shard i's next recording comes before those of 2 i + 1 and 2 i + 2.
typedef struct {
  TmbMergeShard*  shards; ///< [n_shards] The first one first
  size_t          n_shards;
  TmbMergeShard** heap; ///< [n_left]
  size_t          n_left;
  TmbMergeCounts  counts; ///< Of what is done
} Merge;

/// Where to, or null if it is only looked whether all is there.
typedef struct {
  FILE*       out;
  const char* name;
} Output;

/// Put a heap in order again whose shard `i` may come too early.
static void
sink(const Merge* const self, size_t i)
{
  TmbMergeShard** const heap = self->heap;
  for (size_t child = 2U * i + 1U; child < self->n_left; child = 2U * i + 1U) {
    if (child + 1U < self->n_left &&
        heap[child + 1U]->next.index < heap[child]->next.index) {
      ++child;
    }
    if (heap[i]->next.index <= heap[child]->next.index) {
      return;
    }
    TmbMergeShard* const shard = heap[i];
    heap[i]                    = heap[child];
    heap[child]                = shard;
    i                          = child;
  }
}

/// Open a shard up to its first recording, if it has any.
static TmbStatus
begin_shard(Merge* const         self,
            TmbMergeShard* const shard,
            const Output* const  output,
            TmbMessage* const    why)
{
  TmbStatus status = tmb_merge_shard_open_journal(shard, why);
  if (!status && output) {
    status = tmb_merge_shard_open_rows(shard, why);
  }
  if (!status && output) {
    status = shard == self->shards
               ? tmb_merge_shard_copy(shard, output->out, output->name, why)
               : tmb_merge_shard_skip(shard, why);
  }
  if (!status && tmb_merge_shard_next(shard, &status, why)) {
    self->heap[self->n_left++] = shard;
  }
  return status;
}

static TmbStatus
begin_all(Merge* const self, const Output* const output, TmbMessage* const why)
{
  TmbStatus status = TMB_OK;
  self->counts     = (TmbMergeCounts){ .n_recordings = 0U };
  self->n_left     = 0U;
  for (size_t i = 0U; !status && i < self->n_shards; ++i) {
    status = begin_shard(self, &self->shards[i], output, why);
  }
  for (size_t i = self->n_left / 2U; i-- > 0U;) {
    sink(self, i);
  }
  return status;
}

/// Do the recording whose turn it is.
static TmbStatus
do_next(Merge* const self, const Output* const output, TmbMessage* const why)
{
  TmbMergeShard* const shard = self->heap[0];
  TmbStatus            status =
    output ? tmb_merge_shard_copy(shard, output->out, output->name, why)
                      : TMB_OK;
  ++self->counts.n_recordings;
  self->counts.n_failed += shard->next.failed;
  if (!status && !tmb_merge_shard_next(shard, &status, why)) {
    self->heap[0] = self->heap[--self->n_left];
  }
  sink(self, 0U);
  return status;
}

/// Say which recording is not there once, if one isn't.
static TmbStatus
check_turn(const Merge* const self, TmbMessage* const why)
{
  const TmbMergeShard* const shard   = self->n_left ? self->heap[0] : NULL;
  const uint64_t             n_done  = self->counts.n_recordings;
  const uint64_t             n_total = self->shards[0].n_total;
  if (shard ? shard->next.index == n_done : n_done == n_total) {
    return TMB_OK;
  }
  if (shard && shard->next.index < n_done) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s has recording %" PRIu64
                    ", which came before: " TMB_WHEN_CHANGED,
                    shard->path,
                    shard->next.index + 1U);
  }
  return tmb_fail(TMB_BAD_FILE,
                  why,
                  "recording %" PRIu64 " of %" PRIu64
                  " is in no shard: " TMB_WHEN_CHANGED,
                  n_done + 1U,
                  n_total);
}

/// Do all recordings in order; to null, only look whether each is there once.
static TmbStatus
join(Merge* const self, const Output* const output, TmbMessage* const why)
{
  TmbStatus status = begin_all(self, output, why);
  if (!status) {
    status = check_turn(self, why);
  }
  while (!status && self->n_left) {
    status = do_next(self, output, why);
    if (!status) {
      status = check_turn(self, why);
    }
  }
  for (size_t i = 0U; i < self->n_shards; ++i) {
    tmb_merge_shard_close(&self->shards[i]);
  }
  return status;
}

static TmbStatus
merge(Merge* const        self,
      char* const* const  paths,
      const Output* const output,
      TmbMessage* const   why)
{
  TmbStatus status = TMB_OK;
  for (size_t i = 0U; !status && i < self->n_shards; ++i) {
    status = tmb_merge_shard_init(&self->shards[i], paths[i], why);
  }
  if (!status) {
    status = tmb_merge_check(self->shards, self->n_shards, why);
  }
  if (!status) {
    status = join(self, NULL, why);
  }
  return status ? status : join(self, output, why);
}

TmbStatus
tmb_merge(char* const* const    paths,
          const size_t          n_paths,
          FILE* const           out,
          const char* const     name,
          TmbMergeCounts* const counts,
          TmbMessage* const     why)
{
  const Output output = { .out = out, .name = name };
  Merge        self   = {
             .shards   = (TmbMergeShard*)calloc(n_paths, sizeof(TmbMergeShard)),
             .n_shards = n_paths,
             .heap     = (TmbMergeShard**)calloc(n_paths, sizeof(TmbMergeShard*)),
  };
  TmbStatus status = TMB_NO_MEMORY;
  if (self.shards && self.heap) {
    status = merge(&self, paths, &output, why);
  } else {
    (void)tmb_fail(status, why, "out of memory");
  }
  if (!status) {
    *counts = self.counts;
  }
  for (size_t i = 0U; self.shards && i < n_paths; ++i) {
    tmb_merge_shard_clear(&self.shards[i]);
  }
  free(self.heap);
  free(self.shards);
  return status;
}
