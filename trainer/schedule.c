// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/schedule.h"

#include <math.h>
#include <stddef.h>

#define RISE 0.3         ///< Share of the steps in which the rate rises
#define FIRST_SHARE 0.04 ///< Of the highest rate, at the start of a cycle

const char* const tmb_schedule_names[] = { "constant",
                                           "cosine",
                                           "one-cycle",
                                           NULL };

/// 1 at 0, 0 at 1.
static double
fall(const double progress)
{
  const double pi = 3.141592653589793;
  return 0.5 * (1.0 + cos(pi * progress));
}

double
tmb_schedule_share(const TmbSchedule schedule, const double progress)
{
  switch (schedule) {
    case TMB_CONSTANT:
      break;
    case TMB_COSINE:
      return fall(progress);
    case TMB_ONE_CYCLE:
      return (progress < RISE) ? FIRST_SHARE + ((1.0 - FIRST_SHARE) *
                                                (1.0 - fall(progress / RISE)))
                               : fall((progress - RISE) / (1.0 - RISE));
  }
  return 1.0;
}
