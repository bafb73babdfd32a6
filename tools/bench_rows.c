// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_rows.h"

#include <stdbool.h>
#include <stdio.h>

void
bench_show(const char* const name,
           const double      value,
           const int         n_decimals,
           const char* const unit)
{
  (void)printf("  %-47s%12.*f %-13s", name, n_decimals, value, unit);
}

void
bench_row(const char* const name,
          const double      value,
          const int         n_decimals,
          const char* const unit)
{
  bench_show(name, value, n_decimals, unit);
  (void)putchar('\n');
}

void
bench_judge(const char* const name,
            const double      value,
            const int         n_decimals,
            const char* const unit,
            const BenchAim    aim,
            const double      target)
{
  const bool is_met =
    (aim == BENCH_AT_LEAST) ? value >= target : value <= target;
  bench_show(name, value, n_decimals, unit);
  (void)printf(" %s %-8g %s\n",
               (aim == BENCH_AT_LEAST) ? "at least" : "at most ",
               target,
               is_met ? "met" : "missed");
}
