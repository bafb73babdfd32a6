// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/merge_shard.h"

#include "trainer/regular_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES 16384U

TmbStatus
tmb_merge_shard_init(TmbMergeShard* const self,
                     const char* const    path,
                     TmbMessage* const    why)
{
  const size_t size = strlen(path) + sizeof(TMB_JOURNAL_ENDING);
  *self             = (TmbMergeShard){
                .path         = path,
                .journal_path = (char*)malloc(size),
  };
  if (!self->journal_path) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }
  (void)snprintf(self->journal_path, size, "%s%s", path, TMB_JOURNAL_ENDING);
  return TMB_OK;
}

void
tmb_merge_shard_clear(TmbMergeShard* const self)
{
  tmb_merge_shard_close(self);
  free(self->journal_path);
  self->journal_path = NULL;
}

TmbStatus
tmb_merge_shard_open_journal(TmbMergeShard* const self, TmbMessage* const why)
{
  self->begin    = 0U;
  self->next.end = self->start;
  return tmb_journal_open(self->journal_path, &self->journal, why);
}

TmbStatus
tmb_merge_shard_open_rows(TmbMergeShard* const self, TmbMessage* const why)
{
  TmbMessage reason;
  int        fd     = -1;
  uint64_t   n      = 0U;
  TmbStatus  status = tmb_open_regular(self->path, &fd, &n, &reason);
  if (status) {
    return tmb_fail(status, why, "%s: %s", self->path, reason.text);
  }
  self->rows = fdopen(fd, "r");
  if (!self->rows) {
    (void)close(fd);
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", self->path);
  }
  return n == self->n_bytes
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s has %" PRIu64
                      " bytes, but its journal tells of %" PRIu64,
                      self->path,
                      n,
                      self->n_bytes);
}

void
tmb_merge_shard_close(TmbMergeShard* const self)
{
  tmb_journal_close(self->journal);
  if (self->rows) {
    (void)fclose(self->rows);
  }
  self->journal = NULL;
  self->rows    = NULL;
}

bool
tmb_merge_shard_next(TmbMergeShard* const self,
                     TmbStatus* const     status,
                     TmbMessage* const    why)
{
  self->begin         = self->next.end;
  const bool has_next = tmb_journal_next(self->journal, &self->next);
  if (has_next && self->next.end < self->begin) {
    *status = tmb_fail(TMB_BAD_FILE,
                       why,
                       "%s: recording %" PRIu64 " ends before it begins",
                       self->journal_path,
                       self->next.index + 1U);
  }
  return has_next && !*status;
}

TmbStatus
tmb_merge_shard_skip(const TmbMergeShard* const self, TmbMessage* const why)
{
  return fseeko(self->rows, (off_t)self->next.end, SEEK_SET)
           ? tmb_fail(TMB_NO_FILE, why, "%s: %s", self->path, strerror(errno))
           : TMB_OK;
}

TmbStatus
tmb_merge_shard_copy(const TmbMergeShard* const self,
                     FILE* const                out,
                     const char* const          name,
                     TmbMessage* const          why)
{
  char block[BLOCK_BYTES];
  for (uint64_t left = self->next.end - self->begin; left;) {
    const size_t most = left < sizeof(block) ? (size_t)left : sizeof(block);
    const size_t n    = fread(block, 1U, most, self->rows);
    if (!n) {
      return tmb_fail(TMB_NO_FILE,
                      why,
                      "%s: %s",
                      self->path,
                      ferror(self->rows) ? strerror(errno) : "it ends early");
    }
    if (fwrite(block, 1U, n, out) != n) {
      return tmb_fail(TMB_WRITE_FAILED,
                      why,
                      "%s can't be written: %s",
                      name,
                      strerror(errno));
    }
    left -= n;
  }
  return TMB_OK;
}
