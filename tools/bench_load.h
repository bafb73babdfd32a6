// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_LOAD_H
#define TMB_BENCH_LOAD_H

/// What the machine has done up to a moment.
typedef struct {
  double wall_s;
  double busy_s; ///< Of all processors, with what other guests of a host took
  double own_s;  ///< Of that, of this program and of those that it ran
} BenchLoad;

/// The load up to now; all zero where the system does not say.
BenchLoad
bench_load_now(void);

/// How many processors other programs kept busy since then, in the mean.
double
bench_load_others(const BenchLoad* since);

#endif // TMB_BENCH_LOAD_H
