// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_run.h"

#include "trainer/finder.h"
#include "trainer/label_progress.h"
#include "trainer/labeller.h"
#include "trainer/mirror.h"
#include "trainer/options.h"
#include "trainer/parallel.h"
#include "trainer/recording_rows.h"
#include "trainer/rows.h"
#include "trainer/spool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Recordings at a time, in work or with rows that wait: so many short ones
/// may overtake a long one.  Each has a file open.
#define N_SLOTS 256U

/// A recording from when it is found until its rows are out.
typedef struct {
  char*      path;
  char*      place;  ///< Of its file, if recordings have files
  FILE*      spool;  ///< Of its rows; kept for the next recording
  TmbStatus  status; ///< Why it has no label
  TmbMessage why;
  double     heard_s;
  bool       is_done;
} Slot;

/// What the jobs share.
typedef struct {
  const TmbLabelOptions* options;
  TmbLabeller*           labellers[TMB_MAX_THREADS]; ///< One a job
  FILE*                  asides[TMB_MAX_THREADS];    ///< Same, or all null

  pthread_mutex_t find_lock;
  TmbFinder*      finder; ///< Under it
  TmbMirror*      mirror; ///< Also; null for stdout

  atomic_bool          is_over; ///< Nothing more is to be begun
  atomic_uint_fast64_t n_total; ///< Or 0 if not known

  pthread_mutex_t  lock;    ///< Of the rest; taken within the other
  pthread_cond_t   has_out; ///< Told when rows came out
  uint64_t         n_found; ///< Slots taken since the start
  uint64_t         n_out;   ///< And those among them whose rows are out
  TmbLabelProgress progress;
  bool             has_stopped; ///< Nothing more is to be written
  TmbStatus        status;      ///< Why, unless an error was to do that
  TmbMessage       why;
  Slot             slots[N_SLOTS];
} Run;

/// End the run before all is labelled; with the lock held.
static void
stop(Run* const self, const TmbStatus status, const TmbMessage* const why)
{
  self->is_over = true;
  if (!self->has_stopped) {
    self->has_stopped = true;
    self->status      = status;
    self->why         = *why;
  }
}

/// Say why a recording has no label; with the lock held.
static void
report(Run* const self, const Slot* const slot)
{
  ++self->progress.n_failed;
  if (!self->options->is_quiet) {
    tmb_label_progress_wipe(&self->progress);
    tmb_complain("%s", slot->why.text);
  }
}

/// Write the rows of a slot, and what there is to say; with the lock held.
static void
put_out(Run* const self, Slot* const slot)
{
  if (slot->status == TMB_WRITE_FAILED) {
    stop(self, slot->status, &slot->why);
    return;
  }

  ++self->progress.n_done;
  self->progress.heard_s += slot->heard_s;
  if (slot->status) {
    report(self, slot);
  }
  if (!self->mirror &&
      (!tmb_spool_pour(slot->spool, stdout) || fflush(stdout))) {
    TmbMessage why;
    stop(self,
         tmb_fail(TMB_WRITE_FAILED,
                  &why,
                  "the output can't be written: %s",
                  strerror(errno)),
         &why);
  } else if (slot->status && self->options->fails_fast) {
    stop(self, TMB_OK, &slot->why);
  }
  slot->is_done = false;
}

/// Hand in a slot, and write out all whose turn has come.
static void
hand_in(Run* const self, Slot* const slot)
{
  (void)pthread_mutex_lock(&self->lock);
  slot->is_done = true;
  for (Slot* next = &self->slots[self->n_out % N_SLOTS];
       !self->has_stopped && self->n_out < self->n_found && next->is_done;
       next = &self->slots[self->n_out % N_SLOTS]) {
    put_out(self, next);
    ++self->n_out;
  }
  tmb_label_progress_show(&self->progress, self->n_total);
  (void)pthread_cond_broadcast(&self->has_out);
  (void)pthread_mutex_unlock(&self->lock);
}

/// A slot for the next recording, or null if the run is over.
static Slot*
wait_for_slot(Run* const self)
{
  (void)pthread_mutex_lock(&self->lock);
  while (!self->is_over && self->n_found - self->n_out == N_SLOTS) {
    (void)pthread_cond_wait(&self->has_out, &self->lock);
  }
  Slot* const slot =
    self->is_over ? NULL : &self->slots[self->n_found % N_SLOTS];
  (void)pthread_mutex_unlock(&self->lock);
  return slot;
}

/// Count a slot in, from when on its rows have a turn.
static void
take(Run* const self, Slot* const slot, const char* const path)
{
  free(slot->path);
  slot->path    = strdup(path);
  slot->heard_s = 0.0;
  if (!slot->path) {
    slot->status =
      tmb_fail(TMB_WRITE_FAILED, &slot->why, "%s: out of memory", path);
  } else if (!slot->spool) {
    slot->spool  = tmb_spool_open(&slot->why);
    slot->status = slot->spool ? slot->status : TMB_WRITE_FAILED;
  }
  if (!slot->status && self->mirror) {
    free(slot->place);
    slot->status =
      tmb_mirror_claim(self->mirror, path, &slot->place, &slot->why);
  }

  (void)pthread_mutex_lock(&self->lock);
  ++self->n_found;
  (void)pthread_mutex_unlock(&self->lock);
}

/**
   Find the next recording, in the order in which rows come out.

   @return Null at the end.  If its status is not #TMB_OK, it is something that
   can't be searched, or has nowhere to write to.
*/
static Slot*
find(Run* const self)
{
  (void)pthread_mutex_lock(&self->find_lock);
  Slot* slot = wait_for_slot(self);
  if (slot) {
    const char* path = NULL;
    slot->status     = tmb_finder_next(self->finder, &path, &slot->why);
    if (path) {
      take(self, slot, path);
    } else {
      self->is_over = true;
      slot          = NULL;
    }
  }
  (void)pthread_mutex_unlock(&self->find_lock);
  return slot;
}

/// Write the rows of a recording to its spool, and from there to its file.
static TmbStatus
label(const Run* const self,
      Slot* const      slot,
      TmbRows* const   rows,
      const uint32_t   job)
{
  TmbLabeller* const labeller = self->labellers[job];
  const double       before_s = tmb_labeller_heard_s(labeller);
  TmbStatus status = self->mirror ? tmb_rows_start(rows, &slot->why) : TMB_OK;
  if (!status) {
    status = tmb_recording_rows(
      labeller, slot->path, self->options->channel, rows, &slot->why);
  }
  if (!status && self->mirror) {
    status = tmb_mirror_save(slot->place, slot->spool, &slot->why);
  }
  slot->heard_s = tmb_labeller_heard_s(labeller) - before_s;
  return status;
}

/// Do what a slot is for, up to its turn.
static void
fill(const Run* const self, Slot* const slot, const uint32_t job)
{
  TmbRows rows = { .out    = slot->spool,
                   .format = self->options->format,
                   .name   = "the output",
                   .aside  = self->asides[job] };
  if (slot->status == TMB_WRITE_FAILED) {
    return;
  }

  TmbMessage why;
  if (!slot->status) {
    slot->status = label(self, slot, &rows, job);
  } else if (tmb_rows_error(&rows, slot->path, slot->why.text, &why)) {
    slot->status = TMB_WRITE_FAILED;
    slot->why    = why;
  }
  // A file is there now, or not; and half a recording is nothing
  if (self->mirror || (slot->status && tmb_row_format_is_single(rows.format))) {
    rewind(slot->spool);
  }
}

/// Look ahead how many recordings there are, for the time that is left.
static void
count(Run* const self)
{
  TmbFinder*  finder = NULL;
  const char* path   = "";
  uint64_t    n      = 0U;
  TmbMessage  why;
  TmbStatus   status = tmb_finder_new(&self->options->search, &finder);
  while (status != TMB_NO_MEMORY && !self->is_over && path) {
    status = tmb_finder_next(finder, &path, &why);
    n += path != NULL;
  }
  self->n_total = path ? 0U : n;
  tmb_finder_free(finder);
}

/// Label, as one job of several, until all is done; the last one counts.
static void
run_job(void* const data, const uint32_t item, const uint32_t worker)
{
  Run* const self = (Run*)data;
  (void)worker;
  if (item == self->options->n_jobs) {
    count(self);
    return;
  }
  for (Slot* slot = find(self); slot; slot = find(self)) {
    fill(self, slot, item);
    hand_in(self, slot);
  }
}

static void
run_jobs(Run* const self)
{
  const TmbSearch* const search = &self->options->search;
  const bool is_shown = !self->options->is_quiet && isatty(STDERR_FILENO) &&
                        (self->options->folder || !isatty(STDOUT_FILENO));
  // A list may be a pipe, which has one end; probing would read all twice
  const bool     can_count = is_shown && !search->list && !search->probes;
  const uint32_t n         = self->options->n_jobs + can_count;
  tmb_label_progress_init(&self->progress, is_shown);
  tmb_parallel(n, n, run_job, self);
  tmb_label_progress_wipe(&self->progress);
}

/// Prepare where rows go.
static TmbStatus
prepare_output(Run* const self, TmbMessage* const why)
{
  const TmbLabelOptions* const options = self->options;
  const TmbRowFormat* const    format  = options->format;
  for (uint32_t i = 0U; i < options->n_jobs && tmb_row_format_is_single(format);
       ++i) {
    self->asides[i] = tmb_spool_open(why);
    if (!self->asides[i]) {
      return TMB_WRITE_FAILED;
    }
  }
  if (options->folder) {
    return tmb_mirror_new(
      options->folder, tmb_row_format_extension(format), &self->mirror, why);
  }
  TmbRows rows = { .out = stdout, .format = format, .name = "the output" };
  return tmb_rows_start(&rows, why);
}

static TmbStatus
prepare(Run* const self, const TmbModel* const model, TmbMessage* const why)
{
  TmbStatus status = tmb_finder_new(&self->options->search, &self->finder);
  for (uint32_t i = 0U; !status && i < self->options->n_jobs; ++i) {
    status = tmb_labeller_new(model,
                              &self->options->settings,
                              &self->options->part,
                              &self->labellers[i]);
  }
  return status ? tmb_fail(status,
                           why,
                           "%s: %s",
                           self->options->model ? self->options->model
                                                : "the default model",
                           tmb_strstatus(status))
                : prepare_output(self, why);
}

static void
close_spool(FILE* const spool)
{
  if (spool) {
    (void)fclose(spool);
  }
}

static void
free_run(Run* const self)
{
  for (size_t i = 0U; i < N_SLOTS; ++i) {
    free(self->slots[i].path);
    free(self->slots[i].place);
    close_spool(self->slots[i].spool);
  }
  for (size_t i = 0U; i < TMB_MAX_THREADS; ++i) {
    tmb_labeller_free(self->labellers[i]);
    close_spool(self->asides[i]);
  }
  tmb_mirror_free(self->mirror);
  tmb_finder_free(self->finder);
  free(self);
}

TmbStatus
tmb_label_run(const TmbModel* const        model,
              const TmbLabelOptions* const options,
              uint64_t* const              n_failed,
              TmbMessage* const            why)
{
  *n_failed       = 0U;
  Run* const self = (Run*)calloc(1U, sizeof(Run));
  if (!self) {
    return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }

  self->options = options;
  (void)pthread_mutex_init(&self->find_lock, NULL);
  (void)pthread_mutex_init(&self->lock, NULL);
  (void)pthread_cond_init(&self->has_out, NULL);

  TmbStatus status = prepare(self, model, why);
  if (!status) {
    run_jobs(self);
    status    = self->status;
    *why      = self->why;
    *n_failed = self->progress.n_failed;
  }
  (void)pthread_cond_destroy(&self->has_out);
  (void)pthread_mutex_destroy(&self->lock);
  (void)pthread_mutex_destroy(&self->find_lock);
  free_run(self);
  return status;
}
