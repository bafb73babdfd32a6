// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_progress.h"

#include "trainer/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#define LINE_S 0.1 ///< Between two lines
#define JSON_S 1.0 ///< Between two objects

void
tmb_label_progress_init(TmbLabelProgress* const progress,
                        const TmbProgressKind   kind)
{
  *progress = (TmbLabelProgress){ .kind = kind, .start_s = tmb_clock_s() };
}

/// How many times faster than sound it goes.
static double
speed(const TmbLabelProgress* const progress, const double passed_s)
{
  return passed_s > 0.0 ? progress->heard_s / passed_s : 0.0;
}

/// Seconds that are left if it goes on like this, or NaN.
static double
time_left(const TmbLabelProgress* const progress, const double passed_s)
{
  const uint64_t n_new = progress->n_done - progress->n_before;
  return n_new && progress->n_total >= progress->n_done
           ? passed_s * (double)(progress->n_total - progress->n_done) /
               (double)n_new
           : (double)NAN;
}

static void
print_words(const TmbLabelProgress* const progress, const double passed_s)
{
  const double left_s = time_left(progress, passed_s);
  (void)fprintf(stderr,
                "%" PRIu64 " files, %.2f h, %.0f x real time, "
                "%" PRIu64 " failed",
                progress->n_done,
                (progress->before_s + progress->heard_s) / 3600.0,
                speed(progress, passed_s),
                progress->n_failed);
  if (isfinite(left_s)) {
    const uint64_t seconds = (uint64_t)left_s;
    (void)fprintf(stderr,
                  ", %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " left of %" PRIu64
                  " files",
                  seconds / 3600U,
                  seconds / 60U % 60U,
                  seconds % 60U,
                  progress->n_total);
  }
}

static void
print_count(const char* const name, const uint64_t n)
{
  (void)fprintf(stderr, "\"%s\":%" PRIu64 ",", name, n);
}

/// A number, or null for what is none.
static void
print_number(const char* const name, const double value)
{
  (void)fprintf(
    stderr, isfinite(value) ? "\"%s\":%.3f," : "\"%s\":null,", name, value);
}

static void
print_json(const TmbLabelProgress* const progress,
           const double                  passed_s,
           const bool                    is_last)
{
  const bool is_known = progress->n_total >= progress->n_done;
  (void)fputs("{\"type\":\"progress\",", stderr);
  print_count("files", progress->n_done);
  print_count("failed", progress->n_failed);
  if (is_known) {
    print_count("total", progress->n_total);
  } else {
    print_number("total", (double)NAN);
  }
  print_number("heard", progress->before_s + progress->heard_s);
  print_number("elapsed", passed_s);
  print_number("speed", speed(progress, passed_s));
  print_number("left", time_left(progress, passed_s));
  (void)fprintf(stderr, "\"over\":%s}\n", is_last ? "true" : "false");
}

void
tmb_label_progress_show(TmbLabelProgress* const progress)
{
  const double time_s  = tmb_clock_s();
  const double least_s = progress->kind == TMB_PROGRESS_JSON ? JSON_S : LINE_S;
  const bool   is_new  = !progress->n_done && !(progress->heard_s > 0.0);
  if (progress->kind == TMB_PROGRESS_NONE || is_new ||
      !(time_s >= progress->shown_s + least_s)) {
    return;
  }

  progress->shown_s = time_s;
  if (progress->kind == TMB_PROGRESS_JSON) {
    print_json(progress, time_s - progress->start_s, false);
  } else {
    (void)fputs("\r\033[K", stderr);
    print_words(progress, time_s - progress->start_s);
  }
}

void
tmb_label_progress_wipe(TmbLabelProgress* const progress)
{
  if (progress->kind == TMB_PROGRESS_LINE && progress->shown_s > 0.0) {
    progress->shown_s = 0.0;
    (void)fputs("\r\033[K", stderr);
  }
}

void
tmb_label_progress_tell(TmbLabelProgress* const progress)
{
  const double passed_s = tmb_clock_s() - progress->start_s;
  if (progress->kind == TMB_PROGRESS_JSON) {
    print_json(progress, passed_s, false);
    return;
  }
  tmb_label_progress_wipe(progress);
  (void)fputs("timbrel: ", stderr);
  print_words(progress, passed_s);
  (void)fputc('\n', stderr);
}

void
tmb_label_progress_end(TmbLabelProgress* const progress)
{
  tmb_label_progress_wipe(progress);
  if (progress->kind == TMB_PROGRESS_JSON) {
    print_json(progress, tmb_clock_s() - progress->start_s, true);
  }
}
