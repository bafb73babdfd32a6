// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_output.h"

#include "trainer/clock.h"
#include "trainer/folders.h"
#include "trainer/label_identity.h"
#include "trainer/mirror.h"
#include "trainer/path_hash.h"
#include "trainer/run_log.h"
#include "trainer/spool.h"
#include "trainer/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMIT_S 1.0 ///< Of work that a crash may cost

struct TmbLabelOutputImpl {
  const TmbLabelOptions* options;
  TmbMirror*             mirror; ///< Null if files are not apart
  FILE*                  file;   ///< stdout, or the part; null if they are
  char*                  name;   ///< Of `file` in messages
  TmbRunLog*             log;    ///< Null for stdout
  double                 committed_s;
};

static TmbStatus
fail(const TmbLabelOutput* const self, TmbMessage* const why)
{
  return tmb_fail(TMB_WRITE_FAILED,
                  why,
                  "%s can't be written: %s",
                  self->name,
                  strerror(errno));
}

/// A path with something behind it, to be freed; null if memory is out.
static char*
extend(const char* const path, const char* const ending)
{
  const size_t n    = strlen(path) + strlen(ending) + 1U;
  char* const  text = (char*)malloc(n);
  if (text) {
    (void)snprintf(text, n, "%s%s", path, ending);
  }
  return text;
}

/// The size of a regular file; false if there is none.
static bool
find_size(const char* const path, uint64_t* const n_bytes)
{
  struct stat info;
  const bool  is_there = !stat(path, &info) && S_ISREG(info.st_mode);
  *n_bytes             = is_there ? (uint64_t)info.st_size : 0U;
  return is_there;
}

/// Bytes of what stands before the first recording.
static TmbStatus
measure_start(const TmbLabelOptions* const options,
              uint64_t* const              n_bytes,
              TmbMessage* const            why)
{
  FILE* const spool = tmb_spool_open(why);
  if (!spool) {
    return TMB_WRITE_FAILED;
  }
  TmbRows rows = { .out = spool, .format = options->format, .name = "it" };
  const TmbStatus status = tmb_rows_start(&rows, why);
  *n_bytes               = (uint64_t)ftello(spool);
  (void)fclose(spool);
  return status;
}

/// Open the journal of what is written to `path`.
static TmbStatus
open_log(TmbLabelOutput* const self,
         const char* const     path,
         const char* const     model,
         const uint64_t        n_bytes,
         TmbMessage* const     why)
{
  uint64_t    n_start = 0U;
  char* const log     = extend(path, TMB_JOURNAL_ENDING);
  TmbStatus   status  = measure_start(self->options, &n_start, why);
  if (!status) {
    status =
      log ? tmb_run_log_open(log,
                             tmb_label_identity(self->options, model, n_start),
                             self->options->resumes,
                             n_bytes,
                             &self->log,
                             why)
          : tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }
  free(log);
  return status;
}

/// Open what is to become the file, behind what counts of it.
static TmbStatus
open_part(TmbLabelOutput* const self, TmbMessage* const why)
{
  const uint64_t end = tmb_run_log_before(self->log).end;
  const int fd = open(self->name, O_RDWR | O_CREAT | O_CLOEXEC, (mode_t)0666);
  self->file   = fd < 0 ? NULL : fdopen(fd, "r+");
  if (!self->file || ftruncate(fd, (off_t)end) ||
      fseeko(self->file, (off_t)end, SEEK_SET)) {
    return fail(self, why);
  }
  if (end) {
    return TMB_OK;
  }
  tmb_folders_sync(self->name);
  TmbRows rows = { .out    = self->file,
                   .format = self->options->format,
                   .name   = self->name };
  return tmb_rows_start(&rows, why);
}

/// Let the part take the file's place.
static TmbStatus
finish_file(const TmbLabelOutput* const self, TmbMessage* const why)
{
  const char* const path = self->options->output;
  if (rename(self->name, path)) {
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s can't be written: %s", path, strerror(errno));
  }
  tmb_folders_sync(path); // Before the journal may go
  return TMB_OK;
}

static TmbStatus
open_file(TmbLabelOutput* const self,
          const char* const     model,
          TmbMessage* const     why)
{
  const char* const path = self->options->output;
  struct stat       info;
  if (!stat(path, &info) && !S_ISREG(info.st_mode)) {
    return tmb_fail(TMB_WRITE_FAILED,
                    why,
                    "%s can't be written: it is %s",
                    path,
                    S_ISDIR(info.st_mode)
                      ? "a folder (--output-folder takes one)"
                      : "not a regular file");
  }

  uint64_t n_bytes = 0U;
  uint64_t n_whole = 0U;
  self->name       = extend(path, ".part");
  if (!self->name) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }

  const bool      has_part = find_size(self->name, &n_bytes);
  const bool      has_file = find_size(path, &n_whole);
  const TmbStatus status   = open_log(self, path, model, n_bytes, why);
  if (status || !tmb_run_log_is_over(self->log)) {
    return status ? status : open_part(self, why);
  }
  if (has_part) { // It was killed just before this
    return finish_file(self, why);
  }
  return has_file
           ? TMB_OK
           : tmb_fail(TMB_NO_FILE,
                      why,
                      "%s: it was complete, as %s.journal says, and is gone; "
                      "remove that too to begin anew",
                      path,
                      path);
}

static TmbStatus
open_folder(TmbLabelOutput* const self,
            const char* const     model,
            TmbMessage* const     why)
{
  const char* const folder = self->options->folder;
  const TmbStatus   status =
    tmb_mirror_new(folder,
                   tmb_row_format_extension(self->options->format),
                   &self->mirror,
                   why);
  if (status) {
    return status;
  }

  // Beside it, not in it
  size_t      n    = strlen(folder);
  char* const path = extend(folder, "");
  while (path && n > 1U && path[n - 1U] == '/') {
    path[--n] = '\0';
  }
  const TmbStatus opened =
    path ? open_log(self, path, model, UINT64_MAX, why)
         : tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", folder);
  free(path);
  return opened;
}

TmbStatus
tmb_label_output_open(const TmbLabelOptions* const options,
                      const char* const            model,
                      TmbLabelOutput** const       output,
                      TmbMessage* const            why)
{
  *output = NULL;
  TmbLabelOutput* const self =
    (TmbLabelOutput*)calloc(1U, sizeof(TmbLabelOutput));
  if (!self) {
    return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }

  TmbStatus status  = TMB_OK;
  self->options     = options;
  self->committed_s = tmb_clock_s();
  if (options->output) {
    status = open_file(self, model, why);
  } else if (options->folder) {
    status = open_folder(self, model, why);
  } else {
    TmbRows rows = { .out    = stdout,
                     .format = options->format,
                     .name   = "the output" };
    self->file   = stdout;
    self->name   = extend(rows.name, "");
    status       = self->name ? tmb_rows_start(&rows, why)
                              : tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }
  if (status) {
    tmb_label_output_free(self);
    return status;
  }
  *output = self;
  return TMB_OK;
}

void
tmb_label_output_free(TmbLabelOutput* const output)
{
  if (output) {
    if (output->file && output->file != stdout) {
      (void)fclose(output->file);
    }
    tmb_run_log_free(output->log);
    tmb_mirror_free(output->mirror);
    free(output->name);
    free(output);
  }
}

bool
tmb_label_output_is_over(const TmbLabelOutput* const output)
{
  return output->log && tmb_run_log_is_over(output->log);
}

void
tmb_label_output_before(const TmbLabelOutput* const output,
                        uint64_t* const             n_failed,
                        double* const               seconds)
{
  TmbLogged before = { .n_failed = 0U };
  if (output->log) {
    before = tmb_run_log_before(output->log);
  }
  // What has no file of its own is tried again
  *n_failed =
    output->mirror && !tmb_label_output_is_over(output) ? 0U : before.n_failed;
  *seconds = before.seconds;
}

TmbStatus
tmb_label_output_claim(TmbLabelOutput* const self,
                       const char* const     path,
                       bool* const           was_done,
                       char** const          place,
                       TmbMessage* const     why)
{
  *was_done = false;
  *place    = NULL;

  if (self->log && tmb_run_log_has(self->log, path, was_done)) {
    return tmb_fail(
      TMB_NO_MEMORY, why, "%s: out of memory", tmb_text_shown(path));
  }
  if (!self->mirror) {
    return TMB_OK;
  }
  const TmbStatus status = tmb_mirror_claim(self->mirror, path, place, why);
  *was_done              = *was_done && !status && !access(*place, F_OK);
  if (*was_done) {
    free(*place);
    *place = NULL;
  }
  return status;
}

TmbStatus
tmb_label_output_put(TmbLabelOutput* const self,
                     TmbQueued* const      recording,
                     FILE* const           rows,
                     TmbMessage* const     why)
{
  if (recording->status &&
      (self->mirror || tmb_row_format_is_single(self->options->format))) {
    rewind(rows); // Half a recording is nothing
    return TMB_OK;
  }
  if (self->mirror) {
    return tmb_mirror_save(self->mirror, recording->place, rows, why);
  }
  if (!tmb_spool_pour(rows, self->file) ||
      (self->file == stdout && fflush(stdout))) {
    return fail(self, why);
  }
  return TMB_OK;
}

/// Bring files that are apart to the disk, before the journal tells of them.
static TmbStatus
sync_files(const TmbLabelOutput* const self, TmbMessage* const why)
{
  return self->mirror ? tmb_mirror_sync(self->mirror, why) : TMB_OK;
}

static TmbStatus
commit(TmbLabelOutput* const self, TmbMessage* const why)
{
  TmbStatus status = sync_files(self, why);
  if (!status) {
    status = tmb_run_log_commit(self->log, self->file, self->name, why);
  }
  self->committed_s = tmb_clock_s();
  return status;
}

TmbStatus
tmb_label_output_log(TmbLabelOutput* const  self,
                     const TmbQueued* const recording,
                     TmbMessage* const      why)
{
  if (!self->log) {
    return TMB_OK;
  }

  const TmbJournalEntry entry = {
    .index   = recording->index,
    .hash    = tmb_path_hash(recording->path),
    .end     = self->file ? (uint64_t)ftello(self->file) : 0U,
    .failed  = recording->status != TMB_OK,
    .seconds = recording->heard_s,
  };
  const bool is_full = tmb_run_log_put(self->log, &entry);
  return is_full || tmb_clock_s() >= self->committed_s + COMMIT_S
           ? commit(self, why)
           : TMB_OK;
}

TmbStatus
tmb_label_output_end(TmbLabelOutput* const self,
                     const bool            is_over,
                     const uint64_t        n_total,
                     TmbMessage* const     why)
{
  if (!self->log) {
    return TMB_OK;
  }
  if (!is_over) {
    return commit(self, why);
  }

  TmbStatus status = sync_files(self, why);
  if (!status) {
    status = tmb_run_log_end(self->log, n_total, self->file, self->name, why);
  }
  if (!status && self->file) {
    status = finish_file(self, why);
  }
  if (!status && !self->options->resumes && !self->options->n_shards) {
    tmb_run_log_remove(self->log);
  }
  return status;
}
