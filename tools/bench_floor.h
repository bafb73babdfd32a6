// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_BENCH_FLOOR_H
#define TMB_BENCH_FLOOR_H

#include <stdint.h>

/**
   The least that windows of one kind can take: each multiplied by a window
   function, transformed by FFTW as real samples, and squared.
*/
typedef struct BenchFloorImpl BenchFloor;

/**
   @param n_window Samples of a window.
   @param hop From one to the next.
   @return Freed with bench_floor_free(); null if there is no memory.
*/
BenchFloor*
bench_floor_new(uint32_t n_window, double hop);

void
bench_floor_free(BenchFloor* floor);

/**
   Measure once more.

   @param samples [n]
   @return Best processor time for a window up to now, in seconds, by an
   estimated or by a measured plan, whichever takes less.
*/
double
bench_floor_time(BenchFloor* floor, const float* samples, uint32_t n);

#endif // TMB_BENCH_FLOOR_H
