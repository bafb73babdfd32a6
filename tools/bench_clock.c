// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_clock.h"

#include <stdint.h>
#include <time.h>

static double
read_clock(const clockid_t clock)
{
  struct timespec t;
  (void)clock_gettime(clock, &t);
  return (double)t.tv_sec + (1e-9 * (double)t.tv_nsec);
}

double
bench_wall_s(void)
{
  return read_clock(CLOCK_MONOTONIC);
}

double
bench_cpu_s(void)
{
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

double
bench_clock_ghz(void)
{
  enum { N_TURNS = 2000000, N_ADDITIONS = 8 };

  const double   begun = bench_cpu_s();
  const uint64_t step  = (uint64_t)(begun * 1e9) | 1U;
  uint64_t       sum   = 0U;
  for (uint32_t i = 0U; i < N_TURNS; ++i) {
    for (uint32_t j = 0U; j < N_ADDITIONS; ++j) {
      sum += step;
      __asm__ volatile("" : "+r"(sum)); // Or they would be one multiplication
    }
  }
  return 1e-9 * N_TURNS * N_ADDITIONS / (bench_cpu_s() - begun);
}
