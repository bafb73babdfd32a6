// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fetch_run.h"

#include "trainer/clock.h"
#include "trainer/fetch_transfer.h"
#include "trainer/folders.h"
#include "trainer/options.h"
#include "trainer/random.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define MAX_DELAY_S 60.0       ///< That doubling leads to
#define MAX_SERVER_DELAY_S 300 ///< That a server may ask for
#define PROGRESS_S 0.25        ///< Between two looks of progress
#define SPEED_WEIGHT 0.2       ///< Of the last of them in the speed shown

typedef enum { IDLE, RUNNING, WAITING } JobState;

/// A place for one file at a time, from the first attempt to the last.
typedef struct {
  TmbTransfer transfer;
  JobState    state;
  uint32_t    n_retries; ///< Since the part last grew
  uint64_t    n_best;    ///< Bytes that it had at most
  double      due_s;     ///< When to go on waiting no longer
} Job;

typedef struct {
  const TmbFetchList*     list;
  const TmbFetchSettings* settings;
  TmbFetchTally*          tally;
  CURLM*                  multi;
  TmbRandom               random;
  size_t                  next; ///< Item of the list to begin
  double                  shown_s;
  uint64_t                n_shown; ///< Bytes that had come then
  double                  speed;   ///< Bytes a second
  Job                     jobs[TMB_MAX_FETCH_JOBS];
} Run;

static void
wipe_progress(const Run* const self)
{
  if (self->settings->shows_progress) {
    (void)fputs("\r\033[K", stderr);
  }
}

static void
count_bytes(Run* const self)
{
  self->tally->n_bytes = 0U;
  for (uint32_t i = 0U; i < self->settings->n_jobs; ++i) {
    self->tally->n_bytes += self->jobs[i].transfer.n_received;
  }
}

static void
show_progress(Run* const self)
{
  const double now_is  = tmb_clock_s();
  const double elapsed = now_is - self->shown_s;
  if (!self->settings->shows_progress || elapsed < PROGRESS_S) {
    return;
  }

  count_bytes(self);
  const TmbFetchTally* const tally = self->tally;
  const double speed = (double)(tally->n_bytes - self->n_shown) / elapsed;
  self->speed += SPEED_WEIGHT * (speed - self->speed);
  self->shown_s = now_is;
  self->n_shown = tally->n_bytes;
  (void)fprintf(stderr,
                "\r\033[K%zu of %zu files, %zu failed, %.1f MB, %.2f MB/s",
                tally->n_fetched + tally->n_kept,
                self->list->n,
                tally->n_failed,
                1e-6 * (double)tally->n_bytes,
                1e-6 * self->speed);
}

static void
report_failure(Run* const                self,
               const TmbFetchItem* const item,
               const TmbMessage* const   why)
{
  ++self->tally->n_failed;
  wipe_progress(self);
  tmb_complain("%s: %s", item->url, why->text);
}

static void
print_item(Run* const                self,
           const TmbFetchItem* const item,
           const char* const         sha256)
{
  wipe_progress(self);
  (void)printf("%s sha256=%s name=%s\n", item->url, sha256, item->name);
  (void)fflush(stdout);
}

static void
start_attempt(Run* const self, Job* const job)
{
  TmbTransfer* const transfer = &job->transfer;
  TmbMessage         why;
  TmbStatus          status = tmb_transfer_start(transfer, &why);
  if (!status && curl_multi_add_handle(self->multi, transfer->easy)) {
    status = tmb_fail(TMB_NO_MEMORY, &why, "out of memory");
  }
  job->state = status ? IDLE : RUNNING;
  if (status) {
    report_failure(self, transfer->file.item, &why);
    tmb_fetch_file_close(&transfer->file);
  }
}

/// Begin the next item, unless its file is there already.
static void
begin_item(Run* const self, Job* const job)
{
  const TmbFetchItem* const item     = &self->list->items[self->next++];
  TmbFetchFile* const       file     = &job->transfer.file;
  bool                      is_there = false;
  char                      sha256[TMB_SHA256_TEXT];
  TmbMessage                why;

  TmbStatus status =
    tmb_fetch_file_init(file, self->settings->folder, item, &why);
  if (!status) {
    status = tmb_fetch_file_look(file, sha256, &is_there, &why);
  }
  if (!status && !is_there) {
    status = tmb_fetch_file_open(file, &why);
  }
  if (status) {
    report_failure(self, item, &why);
  } else if (is_there) {
    ++self->tally->n_kept;
    print_item(self, item, sha256);
  } else {
    job->n_retries = 0U;
    job->n_best    = file->n_bytes;
    start_attempt(self, job);
    return;
  }
  tmb_fetch_file_close(file);
}

/// Seconds to wait before another attempt.
static double
retry_delay(Run* const self, const Job* const job)
{
  curl_off_t asked_s = 0;
  (void)curl_easy_getinfo(job->transfer.easy, CURLINFO_RETRY_AFTER, &asked_s);
  if (asked_s > MAX_SERVER_DELAY_S) {
    asked_s = MAX_SERVER_DELAY_S;
  }

  // Jitter, since what made this fail made others fail too
  const double base    = self->settings->retry_delay_s;
  const double doubled = ldexp(base, (int)job->n_retries);
  const double delay   = fmin(doubled, fmax(base, MAX_DELAY_S)) *
                       (0.5 + (0.5 * tmb_random_uniform(&self->random)));
  return fmax(delay, (double)asked_s);
}

static void
end_attempt(Run* const self, Job* const job, const CURLcode code)
{
  TmbTransfer* const        transfer = &job->transfer;
  const TmbFetchItem* const item     = transfer->file.item;
  char                      sha256[TMB_SHA256_TEXT];

  const TmbFetchVerdict verdict = tmb_transfer_end(transfer, code, sha256);
  if (transfer->file.n_bytes > job->n_best) {
    job->n_best    = transfer->file.n_bytes;
    job->n_retries = 0U;
  }
  if (verdict == TMB_FETCH_AGAIN &&
      job->n_retries < self->settings->n_retries) {
    job->due_s = tmb_clock_s() + retry_delay(self, job);
    job->state = WAITING;
    ++job->n_retries;
    return;
  }

  if (verdict == TMB_FETCHED) {
    ++self->tally->n_fetched;
    print_item(self, item, sha256);
  } else {
    report_failure(self, item, &transfer->why);
  }
  tmb_fetch_file_close(&transfer->file);
  job->state = IDLE;
}

static void
end_attempts(Run* const self)
{
  int            n_left  = 0;
  const CURLMsg* message = NULL;
  while ((message = curl_multi_info_read(self->multi, &n_left))) {
    const CURLcode code = message->data.result;
    for (uint32_t i = 0U; i < self->settings->n_jobs; ++i) {
      Job* const job = &self->jobs[i];
      if (job->state == RUNNING && job->transfer.easy == message->easy_handle) {
        (void)curl_multi_remove_handle(self->multi, job->transfer.easy);
        end_attempt(self, job, code);
        break; // The message is gone with the handle
      }
    }
  }
}

static void
start_due(Run* const self)
{
  for (uint32_t i = 0U; i < self->settings->n_jobs; ++i) {
    Job* const job = &self->jobs[i];
    if (job->state == IDLE && self->next < self->list->n) {
      begin_item(self, job);
    } else if (job->state == WAITING && job->due_s <= tmb_clock_s()) {
      start_attempt(self, job);
    }
  }
}

/// Seconds until there is something to start or to show, or -1 at the end.
static double
time_left(const Run* const self)
{
  double left_s = -1.0;
  for (uint32_t i = 0U; i < self->settings->n_jobs; ++i) {
    const Job* const job = &self->jobs[i];
    if (job->state == IDLE && self->next < self->list->n) {
      return 0.0;
    }
    const double job_s =
      job->state == WAITING
        ? fmin(fmax(job->due_s - tmb_clock_s(), 0.0), PROGRESS_S)
        : PROGRESS_S;
    if (job->state != IDLE && (left_s < 0.0 || job_s < left_s)) {
      left_s = job_s;
    }
  }
  return left_s;
}

static TmbStatus
work(Run* const self, TmbMessage* const why)
{
  CURLMcode code   = CURLM_OK;
  double    left_s = 0.0;
  while (!code && left_s >= 0.0) {
    int n_running = 0;
    start_due(self);
    code = curl_multi_perform(self->multi, &n_running);
    end_attempts(self);
    show_progress(self);
    left_s = time_left(self);
    if (!code && left_s > 0.0) {
      const int left_ms = (int)ceil(1e3 * left_s);
      code              = curl_multi_poll(self->multi, NULL, 0U, left_ms, NULL);
    }
  }
  return code ? tmb_fail(TMB_NO_MEMORY, why, "%s", curl_multi_strerror(code))
              : TMB_OK;
}

TmbStatus
tmb_fetch_run(const TmbFetchList* const     list,
              const TmbFetchSettings* const settings,
              TmbFetchTally* const          tally,
              TmbMessage* const             why)
{
  *tally           = (TmbFetchTally){ 0U, 0U, 0U, 0U };
  TmbStatus status = tmb_folders_make(settings->folder, why);
  if (status) {
    return status;
  }

  Run self = { .list     = list,
               .settings = settings,
               .tally    = tally,
               .multi    = curl_multi_init() };
  tmb_random_init(&self.random, (uint64_t)getpid(), (uint64_t)time(NULL));
  status = self.multi ? TMB_OK : TMB_NO_MEMORY;
  for (uint32_t i = 0U; i < settings->n_jobs; ++i) {
    if (tmb_transfer_init(&self.jobs[i].transfer, settings->timeout_s)) {
      status = TMB_NO_MEMORY;
    }
  }
  status = status ? tmb_fail(status, why, "out of memory") : work(&self, why);

  wipe_progress(&self);
  count_bytes(&self);
  for (uint32_t i = 0U; i < settings->n_jobs; ++i) {
    tmb_transfer_clear(&self.jobs[i].transfer);
  }
  (void)curl_multi_cleanup(self.multi);
  return status;
}
