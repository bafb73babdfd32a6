// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/// Between two lines.
#define LEAST_S 0.1

static double
now_s(void)
{
  struct timespec now = { 0 };
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (1e-9 * (double)now.tv_nsec);
}

void
tmb_label_progress_init(TmbLabelProgress* const progress, const bool is_shown)
{
  *progress = (TmbLabelProgress){ .is_shown = is_shown, .start_s = now_s() };
}

void
tmb_label_progress_show(TmbLabelProgress* const progress,
                        const uint64_t          n_total)
{
  const double time_s = now_s();
  if (!progress->is_shown || !(time_s >= progress->shown_s + LEAST_S)) {
    return;
  }

  const double passed_s = time_s - progress->start_s;
  progress->shown_s     = time_s;
  (void)fprintf(stderr,
                "\r\033[K%" PRIu64 " files, %.2f h, %.0f x real time, "
                "%" PRIu64 " failed",
                progress->n_done,
                progress->heard_s / 3600.0,
                passed_s > 0.0 ? progress->heard_s / passed_s : 0.0,
                progress->n_failed);
  if (progress->n_done && n_total >= progress->n_done) {
    const double left_s = passed_s * (double)(n_total - progress->n_done) /
                          (double)progress->n_done;
    const uint64_t minutes = (uint64_t)(left_s / 60.0);
    (void)fprintf(stderr,
                  ", %" PRIu64 ":%02" PRIu64 " h left of %" PRIu64 " files",
                  minutes / 60U,
                  minutes % 60U,
                  n_total);
  }
}

void
tmb_label_progress_wipe(TmbLabelProgress* const progress)
{
  if (progress->is_shown && progress->shown_s > 0.0) {
    progress->shown_s = 0.0;
    (void)fputs("\r\033[K", stderr);
  }
}
