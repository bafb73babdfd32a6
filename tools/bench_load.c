// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_load.h"

#include "tools/bench_clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

/// The columns of /proc/stat, see proc(5), that are no part of others.
enum { USER, NICE, SYSTEM, IDLE, IO_WAIT, IRQ, SOFT_IRQ, STOLEN, N_COLUMNS };

static double
seconds(const struct timeval time)
{
  return (double)time.tv_sec + (1e-6 * (double)time.tv_usec);
}

/// Processor time of this program, or of those that it ran.
static double
usage_s(const int who)
{
  struct rusage usage;
  return getrusage(who, &usage)
           ? 0.0
           : seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

BenchLoad
bench_load_now(void)
{
  FILE* const file      = fopen("/proc/stat", "r");
  char        line[256] = "";
  const char* first     = file ? fgets(line, sizeof(line), file) : NULL;
  if (file) {
    (void)fclose(file);
  }
  if (!first || strncmp(first, "cpu ", 4U) != 0) {
    return (BenchLoad){ 0.0, 0.0, 0.0 };
  }

  double ticks = 0.0;
  char*  at    = line + 4U;
  for (unsigned i = 0U; i < N_COLUMNS; ++i) {
    const double column = strtod(at, &at);
    ticks += (i == IDLE || i == IO_WAIT) ? 0.0 : column;
  }
  return (BenchLoad){ .wall_s = bench_wall_s(),
                      .busy_s = ticks / (double)sysconf(_SC_CLK_TCK),
                      .own_s =
                        usage_s(RUSAGE_SELF) + usage_s(RUSAGE_CHILDREN) };
}

double
bench_load_others(const BenchLoad* const since)
{
  const BenchLoad load    = bench_load_now();
  const double    busy_s  = load.busy_s - since->busy_s;
  const double    own_s   = load.own_s - since->own_s;
  const double    passed  = load.wall_s - since->wall_s;
  const double    n_taken = (busy_s - own_s) / passed;
  return fmax(n_taken, 0.0); // Ticks are coarse
}
