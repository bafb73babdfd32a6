// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_run.h"

#include "trainer/clock.h"
#include "trainer/interrupt.h"
#include "trainer/label_run_impl.h"
#include "trainer/options.h"
#include "trainer/spool.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define POLL_MS 100     ///< Between two looks at signals and clocks
#define MOST_LOOK_S 0.2 ///< Of a longer time between them, this counts
#define COUNT_STEP 256U ///< Recordings counted between two events

void
tmb_label_stop(TmbLabelRun* const      self,
               const TmbStatus         status,
               const TmbMessage* const why)
{
  if (!self->has_stopped) {
    self->has_stopped = true;
    self->status      = status;
    self->why         = *why;
  }
}

/// Look ahead how many recordings there are, for the time that is left.
static void
count(TmbLabelRun* const self)
{
  for (uint32_t i = 0U; self->counter && i < COUNT_STEP; ++i) {
    TmbMessage      why;
    const char*     path   = NULL;
    const TmbStatus status = tmb_finder_next(self->counter, &path, &why);
    if (path) {
      self->n_counted += tmb_label_is_mine(self, self->counter, path);
      continue;
    }
    if (status != TMB_NO_MEMORY) {
      self->progress.n_total = self->n_counted;
    }
    tmb_finder_free(self->counter);
    self->counter = NULL;
  }
}

/// Wait until a worker has something to say; whether any is at work.
static bool
listen(TmbLabelRun* const self)
{
  struct pollfd fds[TMB_MAX_THREADS];
  TmbHand*      hands[TMB_MAX_THREADS];
  nfds_t        n = 0U;
  for (uint32_t i = 0U; i < self->options->n_jobs; ++i) {
    if (self->hands[i].is_busy) {
      hands[n] = &self->hands[i];
      fds[n++] =
        (struct pollfd){ .fd = self->hands[i].worker.fd, .events = POLLIN };
    }
  }
  if (!n) {
    return false;
  }

  // Nobody is silent while this process is stopped, or waits for a reader
  const int    n_ready  = poll(fds, n, self->counter ? 0 : POLL_MS);
  const double now_s    = tmb_clock_s();
  const double passed_s = fmin(now_s - self->looked_s, MOST_LOOK_S);
  self->looked_s        = now_s;
  for (nfds_t i = 0U; i < n; ++i) {
    hands[i]->silent_s += passed_s;
    if (n_ready > 0 && fds[i].revents) {
      tmb_label_hear(self, hands[i]);
    } else if (hands[i]->silent_s > self->options->time_limit_s) {
      tmb_label_give_up(self, hands[i]);
    }
  }
  return true;
}

static void
run(TmbLabelRun* const self)
{
  self->looked_s = tmb_clock_s();
  do {
    // First work for all, then rows, which may make room for more work
    tmb_label_deal(self);
    tmb_label_put_out(self);
    tmb_label_deal(self);
    count(self);
    if (tmb_status_asked()) {
      tmb_label_progress_tell(&self->progress);
    }
    tmb_label_progress_show(&self->progress);
  } while (!self->has_stopped && listen(self));
}

/// How progress is told, if at all.
static TmbProgressKind
progress_kind(const TmbLabelOptions* const options)
{
  const bool has_room = options->folder || options->output ||
                        !isatty(STDOUT_FILENO); // Rows are not on it too
  if (options->is_quiet) {
    return TMB_PROGRESS_NONE;
  }
  if (options->tells_json) {
    return TMB_PROGRESS_JSON;
  }
  return isatty(STDERR_FILENO) && has_room ? TMB_PROGRESS_LINE
                                           : TMB_PROGRESS_NONE;
}

static TmbStatus
prepare_progress(TmbLabelRun* const self)
{
  const TmbSearch* const search = &self->options->search;
  tmb_label_progress_init(&self->progress, progress_kind(self->options));
  tmb_label_output_before(
    self->output, &self->progress.n_failed, &self->progress.before_s);

  // A list may be a pipe, which has one end; probing would read all twice
  return self->progress.kind == TMB_PROGRESS_NONE || search->list ||
             self->options->probes
           ? TMB_OK
           : tmb_finder_new(search, &self->counter);
}

/// Prepare where rows are made.
static TmbStatus
prepare_rows(TmbLabelRun* const self, TmbMessage* const why)
{
  const TmbRowFormat* const format = self->options->format;
  if (tmb_row_format_is_single(format)) {
    self->aside = tmb_spool_open(why);
    if (!self->aside) {
      return TMB_WRITE_FAILED;
    }
  }
  self->rows = (TmbRows){ .out    = tmb_spool_open(why),
                          .format = format,
                          .name   = "a temporary file",
                          .aside  = self->aside };
  if (!self->rows.out) {
    return TMB_WRITE_FAILED;
  }
  return TMB_OK;
}

static TmbStatus
prepare(TmbLabelRun* const self, const char* const path, TmbMessage* const why)
{
  TmbStatus status = tmb_labeller_new(self->model,
                                      &self->options->settings,
                                      &self->options->part,
                                      &self->labeller);
  if (!status) {
    status =
      tmb_row_maker_new(self->model, &self->options->settings, &self->maker);
  }
  TmbSearch search = self->options->search;
  if (self->options->probes) {
    search.probe = tmb_label_probe;
    search.data  = self;
  }
  if (!status) {
    status = tmb_finder_new(&search, &self->finder);
  }
  if (status) {
    return tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status));
  }

  status = prepare_rows(self, why);
  if (!status) {
    status = tmb_label_output_open(self->options, path, &self->output, why);
  }
  if (!status && prepare_progress(self)) {
    status = tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }
  return status;
}

/// End the output, and say what there is to say.
static void
end(TmbLabelRun* const self, TmbLabelResult* const result)
{
  const bool is_over =
    !self->has_stopped && self->finder_is_over && !self->queue.first;
  if (!self->status) {
    self->status =
      tmb_label_output_end(self->output, is_over, self->n_found, &self->why);
  }
  if (is_over) {
    self->progress.n_total = self->progress.n_done;
  }
  tmb_label_progress_end(&self->progress);
  if (self->speaks) {
    tmb_label_errors_print(&self->errors, self->progress.n_done, stderr);
  }
  if (self->speaks && !is_over &&
      (self->options->output || self->options->folder)) {
    tmb_complain("not all was done; the same command with --resume goes on");
  }
  result->n_failed       = self->progress.n_failed;
  result->is_interrupted = tmb_interrupted() && !is_over;
}

static void
free_run(TmbLabelRun* const self)
{
  for (uint32_t i = 0U; i < TMB_MAX_THREADS; ++i) {
    tmb_worker_end(&self->hands[i].worker, NULL);
  }
  tmb_worker_end(&self->prober, NULL);
  tmb_label_queue_clear(&self->queue);
  tmb_label_output_free(self->output);
  if (self->rows.out) {
    (void)fclose(self->rows.out);
  }
  if (self->aside) {
    (void)fclose(self->aside);
  }
  tmb_finder_free(self->counter);
  tmb_finder_free(self->finder);
  tmb_row_maker_free(self->maker);
  tmb_labeller_free(self->labeller);
  free(self);
}

TmbStatus
tmb_label_run(const TmbModel* const        model,
              const char* const            path,
              const TmbLabelOptions* const options,
              TmbLabelResult* const        result,
              TmbMessage* const            why)
{
  *result                 = (TmbLabelResult){ .n_failed = 0U };
  TmbLabelRun* const self = (TmbLabelRun*)calloc(1U, sizeof(TmbLabelRun));
  if (!self) {
    return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }

  self->model   = model;
  self->options = options;
  self->speaks  = !options->is_quiet && !options->tells_json;
  tmb_interrupt_catch();
  tmb_status_catch();
  TmbStatus status = prepare(self, path, why);
  if (!status && tmb_label_output_is_over(self->output)) {
    result->n_failed = self->progress.n_failed;
    if (self->speaks) {
      tmb_complain("all of this was done before");
    }
  } else if (!status) {
    run(self);
    end(self, result);
    status = self->status;
    *why   = self->why;
  }
  free_run(self);
  return status;
}
