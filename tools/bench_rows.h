// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_ROWS_H
#define TMB_BENCH_ROWS_H

/// What is wanted of a value.
typedef enum { BENCH_AT_LEAST, BENCH_AT_MOST } BenchAim;

/// The beginning of a row of a table, whose end is the caller's.
void
bench_show(const char* name, double value, int n_decimals, const char* unit);

/// A row of which nothing is wanted.
void
bench_row(const char* name, double value, int n_decimals, const char* unit);

/// A row, and whether it is what is wanted.
void
bench_judge(const char* name,
            double      value,
            int         n_decimals,
            const char* unit,
            BenchAim    aim,
            double      target);

#endif // TMB_BENCH_ROWS_H
