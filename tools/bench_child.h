// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_CHILD_H
#define TMB_BENCH_CHILD_H

#include <stdbool.h>

/// What a program took.
typedef struct {
  double cpu_s;    ///< Processor time of all its threads, user and system
  double wall_s;   ///< By the clock
  double peak_mib; ///< Most memory; at least what this program itself has
} BenchCost;

/**
   Run a program to its end.

   @param arguments Null-terminated; the first is looked for in PATH.
   @param out_path Where its stdout goes.
   @return Whether it ended with status 0; if not, stderr says so.
*/
bool
bench_child_run(const char* const* arguments,
                const char*        out_path,
                BenchCost*         cost);

#endif // TMB_BENCH_CHILD_H
