// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_CLOCK_H
#define TMB_BENCH_CLOCK_H

/// Time that passed, in seconds.
double
bench_wall_s(void);

/// Processor time of this process, in seconds: what other programs take while
/// it waits does not count.
double
bench_cpu_s(void);

/// Cycles in a nanosecond just now, for processors that take one for an
/// addition, as all of today do.
double
bench_clock_ghz(void);

#endif // TMB_BENCH_CLOCK_H
