// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_NOTES_H
#define TMB_BENCH_NOTES_H

#include <stddef.h>
#include <stdio.h>

/**
   What the benchmark listens to: decaying notes of five harmonics, one every
   0.25 to 0.75 s, and low noise.  The same each time.

   @param[out] samples [n] Within -1..1.
   @param[out] onsets One onset time in seconds a line; or null.
*/
void
bench_notes_fill(double rate_hz, size_t n, float* samples, FILE* onsets);

#endif // TMB_BENCH_NOTES_H
