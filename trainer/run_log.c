// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/run_log.h"

#include "trainer/folders.h"
#include "trainer/path_hash.h"
#include "trainer/path_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_APART UINT64_MAX ///< In place of a number of bytes

struct TmbRunLogImpl {
  char*           path;
  FILE*           out; ///< Locked; at the end of what counts
  TmbLogged       before;
  bool            is_over;
  uint64_t        n_before; ///< Recordings done before
  uint64_t        n_asked;  ///< Those among them that have come again
  TmbJournal*     asked;    ///< Read up to there; null behind the last one
  TmbPathSet*     rest; ///< What is left when the order has changed, or null
  uint32_t        n_pending;
  TmbJournalEntry pending[TMB_LOG_PENDING];
};

static TmbStatus
fail(const TmbRunLog* const self, const int error, TmbMessage* const why)
{
  return tmb_fail(TMB_WRITE_FAILED,
                  why,
                  "%s can't be written: %s",
                  self->path,
                  strerror(error));
}

/// Compare what two runs are of.
static TmbStatus
compare(const TmbRunLog* const self,
        const json_t* const    before,
        const json_t* const    now,
        TmbMessage* const      why)
{
  static const struct {
    const char* key;
    const char* words;
  } parts[] = {
    { "version", "another version of timbrel" },
    { "format", "another format" },
    { "model", "another model" },
    { "options", "other options" },
    { "inputs", "other recordings" },
    { "shard", "another shard" },
  };

  for (size_t i = 0U; i < sizeof(parts) / sizeof(*parts); ++i) {
    if (!json_equal(json_object_get(before, parts[i].key),
                    json_object_get(now, parts[i].key))) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: the run to go on with was of %s; remove this file "
                      "to begin anew",
                      self->path,
                      parts[i].words);
    }
  }
  return TMB_OK;
}

/// Read what was done, as far as the output is there; bytes of that.
static uint64_t
add_up(TmbRunLog* const self, TmbJournal* const journal, const uint64_t n_bytes)
{
  uint64_t        n_valid = tmb_journal_bytes(journal);
  uint64_t        n_all   = 0U; // Whose output is there or not
  uint64_t        n_total = 0U;
  uint64_t        last    = 0U;
  TmbLogged       all     = { .n_failed = 0U };
  TmbJournalEntry entry;
  while (tmb_journal_next(journal, &entry)) {
    if (n_bytes == FILES_APART && n_all && entry.index <= last) {
      all.n_failed = 0U; // A later start, for which they were still to be done
    }
    last    = entry.index;
    all.end = entry.end;
    all.n_failed += entry.failed;
    all.seconds += entry.seconds;
    if (n_all == self->n_before && entry.end <= n_bytes) {
      n_valid      = tmb_journal_bytes(journal);
      self->before = all;
      ++self->n_before;
    }
    ++n_all;
  }

  self->is_over = tmb_journal_is_over(journal, &n_total);
  if (self->is_over) {
    n_valid      = tmb_journal_bytes(journal);
    self->before = all;
  }
  return n_valid;
}

/// Take over from an earlier start.
static TmbStatus
go_on(TmbRunLog* const    self,
      const json_t* const run,
      const bool          resumes,
      const uint64_t      n_bytes,
      uint64_t* const     n_valid,
      TmbMessage* const   why)
{
  TmbStatus status = tmb_journal_open(self->path, &self->asked, why);
  if (!status) {
    *n_valid = add_up(self, self->asked, n_bytes);
    tmb_journal_close(self->asked);
    self->asked = NULL;
  }
  const bool has_part = n_bytes && n_bytes != FILES_APART;
  if (!status && !resumes && (!self->is_over || has_part)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: a run was interrupted here; --resume goes on with it, "
                    "without this file a new one begins",
                    self->path);
  }
  if (!status && !resumes) {
    *n_valid       = 0U;
    self->n_before = 0U;
    self->is_over  = false;
    self->before   = (TmbLogged){ .n_failed = 0U };
    return TMB_OK;
  }
  if (!status) {
    status = tmb_journal_open(self->path, &self->asked, why);
  }
  return status ? status
                : compare(self, tmb_journal_run(self->asked), run, why);
}

/// Open the file, alone.
static TmbStatus
open_file(TmbRunLog* const self, uint64_t* const n_bytes, TmbMessage* const why)
{
  struct stat info = { 0 };
  const int   fd = open(self->path, O_RDWR | O_CREAT | O_CLOEXEC, (mode_t)0666);
  self->out      = fd < 0 ? NULL : fdopen(fd, "r+");
  if (!self->out) {
    const int error = errno;
    if (fd >= 0) {
      (void)close(fd);
    }
    return fail(self, error, why);
  }
  const bool is_taken = flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
  if (fstat(fd, &info)) {
    return fail(self, errno, why);
  }
  if (is_taken || !info.st_nlink) { // Or was, and has just ended it
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s: another process is at this run", self->path);
  }
  *n_bytes = (uint64_t)info.st_size;
  return TMB_OK;
}

/// Go to where the journal is to be written on; if that is its begin, begin it.
static TmbStatus
prepare(TmbRunLog* const  self,
        json_t* const     run,
        const uint64_t    n_valid,
        TmbMessage* const why)
{
  if (ftruncate(fileno(self->out), (off_t)n_valid) ||
      fseeko(self->out, (off_t)n_valid, SEEK_SET)) {
    json_decref(run);
    return fail(self, errno, why);
  }
  if (n_valid) {
    json_decref(run);
    return TMB_OK;
  }
  if (tmb_journal_start(self->out, run) && !fflush(self->out) &&
      !fsync(fileno(self->out))) {
    tmb_folders_sync(self->path);
    return TMB_OK;
  }
  const TmbStatus status = fail(self, errno, why);
  tmb_run_log_remove(self); // Half a first line would be no journal
  return status;
}

TmbStatus
tmb_run_log_open(const char* const path,
                 json_t* const     run,
                 const bool        resumes,
                 const uint64_t    n_bytes,
                 TmbRunLog** const log,
                 TmbMessage* const why)
{
  *log                  = NULL;
  TmbRunLog* const self = (TmbRunLog*)calloc(1U, sizeof(TmbRunLog));
  char* const      copy = strdup(path);
  if (!self || !copy || !run) {
    free(copy);
    free(self);
    json_decref(run);
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }

  uint64_t n_valid = 0U;
  self->path       = copy;
  TmbStatus status = open_file(self, &n_valid, why);
  if (!status && n_valid) {
    status = go_on(self, run, resumes, n_bytes, &n_valid, why);
  }
  if (status) {
    json_decref(run);
  } else {
    status = prepare(self, run, n_valid, why);
  }
  if (status) {
    tmb_run_log_free(self);
    return status;
  }
  *log = self;
  return TMB_OK;
}

void
tmb_run_log_free(TmbRunLog* const log)
{
  if (log) {
    tmb_path_set_free(log->rest);
    tmb_journal_close(log->asked);
    if (log->out) {
      (void)fclose(log->out);
    }
    free(log->path);
    free(log);
  }
}

bool
tmb_run_log_is_over(const TmbRunLog* const log)
{
  return log->is_over;
}

TmbLogged
tmb_run_log_before(const TmbRunLog* const log)
{
  return log->before;
}

/// Hold all that has not come yet, since it comes in another order.
static TmbStatus
hold_rest(TmbRunLog* const self, const TmbJournalEntry* const first)
{
  TmbJournalEntry entry;
  self->rest = tmb_path_set_new();
  TmbStatus status =
    self->rest ? tmb_path_set_add(self->rest, first->hash) : TMB_NO_MEMORY;
  for (++self->n_asked; !status && self->n_asked < self->n_before &&
                        tmb_journal_next(self->asked, &entry);
       ++self->n_asked) {
    status = tmb_path_set_add(self->rest, entry.hash);
  }
  return status;
}

TmbStatus
tmb_run_log_has(TmbRunLog* const self, const char* const path, bool* const has)
{
  const uint64_t hash = tmb_path_hash(path);
  *has                = false;
  if (self->rest) {
    *has = tmb_path_set_has(self->rest, hash);
    return TMB_OK;
  }

  TmbJournalEntry entry;
  if (self->n_asked == self->n_before ||
      !tmb_journal_next(self->asked, &entry)) {
    return TMB_OK;
  }
  if (entry.hash == hash) {
    *has = true;
    ++self->n_asked;
    return TMB_OK;
  }
  const TmbStatus status = hold_rest(self, &entry);
  *has                   = !status && tmb_path_set_has(self->rest, hash);
  return status;
}

bool
tmb_run_log_put(TmbRunLog* const self, const TmbJournalEntry* const entry)
{
  self->pending[self->n_pending++] = *entry;
  return self->n_pending == TMB_LOG_PENDING;
}

/// Bring a file to the disk.
static bool
sync_file(FILE* const file)
{
  return !ferror(file) && !fflush(file) && !fdatasync(fileno(file));
}

TmbStatus
tmb_run_log_commit(TmbRunLog* const  self,
                   FILE* const       out,
                   const char* const name,
                   TmbMessage* const why)
{
  if (out && !sync_file(out)) {
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s can't be written: %s", name, strerror(errno));
  }
  for (uint32_t i = 0U; i < self->n_pending; ++i) {
    tmb_journal_put(self->out, &self->pending[i]);
  }
  self->n_pending = 0U;
  return sync_file(self->out) ? TMB_OK : fail(self, errno, why);
}

TmbStatus
tmb_run_log_end(TmbRunLog* const  self,
                const uint64_t    n_total,
                FILE* const       out,
                const char* const name,
                TmbMessage* const why)
{
  const TmbStatus status = tmb_run_log_commit(self, out, name, why);
  if (status) {
    return status;
  }
  tmb_journal_put_end(self->out, n_total);
  return sync_file(self->out) ? TMB_OK : fail(self, errno, why);
}

void
tmb_run_log_remove(TmbRunLog* const log)
{
  (void)remove(log->path);
}
