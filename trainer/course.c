// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/course.h"

#include "trainer/options.h"

#include <errno.h>
#include <string.h>

static void
fail(TmbCourse* const course)
{
  tmb_complain("%s can't be written: %s", course->path, strerror(errno));
  course->has_failed = true;
}

static void
write_row(TmbCourse* const course, const TmbHistoryRow* const row)
{
  if (!course->out) {
    course->out = fopen(course->path, "we");
    if (!course->out) {
      fail(course);
      return;
    }
    tmb_history_write_head(course->out);
  }
  tmb_history_write_row(course->out, row);
  if (fflush(course->out) || ferror(course->out)) {
    fail(course);
  }
}

void
tmb_course_show(const char* const          name,
                const uint32_t             n_epochs,
                const TmbHistoryRow* const row)
{
  (void)fprintf(stderr,
                "%s%sepoch %u of %u  loss %.4f  accuracy %.4f  validation loss "
                "%.4f  accuracy %.4f  rate %.6f  %.2f s\n",
                name ? name : "",
                name ? ": " : "",
                row->epoch,
                n_epochs,
                row->loss,
                row->accuracy,
                row->validation_loss,
                row->validation_accuracy,
                row->learning_rate,
                row->seconds);
}

void
tmb_course_tell(void* const                context,
                const TmbHistoryRow* const row,
                const bool                 is_restored)
{
  TmbCourse* const course = (TmbCourse*)context;
  if (course->path && !course->has_failed) {
    write_row(course, row);
  }
  if (course->is_shown && !is_restored) {
    tmb_course_show(course->name, course->n_epochs, row);
  }
}

bool
tmb_course_close(TmbCourse* const course)
{
  if (course->out && fclose(course->out) && !course->has_failed) {
    fail(course);
  }
  course->out = NULL;
  return !course->has_failed;
}

void
tmb_course_report(const TmbFitted* const fitted)
{
  static const char* const ends[] = {
    [TMB_GOES_ON]         = "",
    [TMB_ALL_EPOCHS]      = "as many as asked for",
    [TMB_TARGET]          = "the target accuracy is reached",
    [TMB_NO_PATIENCE]     = "it became no better",
    [TMB_WAS_INTERRUPTED] = "it was interrupted",
  };

  const TmbHistory* const history = &fitted->history;
  double                  seconds = 0.0;
  for (uint32_t i = 0U; i < history->n_rows; ++i) {
    seconds += history->rows[i].seconds;
  }
  const uint32_t n = history->n_rows ? history->n_rows : 1U;
  (void)printf("%u %s of %.3f s: %s\n"
               "the network is that of epoch %u",
               history->n_rows,
               history->n_rows == 1U ? "epoch" : "epochs",
               seconds / (double)n,
               ends[fitted->end],
               fitted->kept);
  const TmbHistoryRow* const best = tmb_history_best(history);
  if (best && best->epoch != fitted->kept) {
    (void)printf("; epoch %u was better, with an accuracy of %.4f",
                 best->epoch,
                 best->validation_accuracy);
  }
  (void)printf("\n\n");
}
