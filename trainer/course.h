// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_COURSE_H
#define TMB_COURSE_H

#include "dsp/status.h"
#include "trainer/fit.h"
#include "trainer/history.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
   What a training tells while it runs: a line an epoch on a terminal, and a
   history, which is on the disk after each epoch.
*/
typedef struct {
  const char* name;     ///< Of the training, for the terminal; or null
  const char* path;     ///< Of the history, or null
  uint32_t    n_epochs; ///< At most
  bool        is_shown; ///< On the terminal
  FILE*       out;
  bool        has_failed; ///< The history can't be written, which was said
} TmbCourse;

/// A TmbEpochDone, whose context is a TmbCourse.  The history is begun with the
/// first epoch, so that a training that can't begin leaves the old one.
void
tmb_course_tell(void* context, const TmbHistoryRow* row, bool is_restored);

/// A line of progress to stderr; `name` may be null.
void
tmb_course_show(const char* name, uint32_t n_epochs, const TmbHistoryRow* row);

/// @return Whether all that was asked for could be written.
TMB_NODISCARD bool
tmb_course_close(TmbCourse* course);

/// Why and with which epoch a training ended, in a sentence to stdout.
void
tmb_course_report(const TmbFitted* fitted);

#endif // TMB_COURSE_H
