// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PARALLEL_H
#define TMB_PARALLEL_H

#include <stdint.h>

/**
   One piece of a job.

   @param job What all pieces share.
   @param item Which piece, 0 to n_items - 1.
   @param worker Which thread, 0 to n_threads - 1: for scratch of its own.
*/
typedef void (*TmbWork)(void* job, uint32_t item, uint32_t worker);

/**
   Work through n_items pieces on up to n_threads threads, the caller's one of
   them, each taking the next piece when it is done with one.

   If threads can't be had, fewer do all the work.
*/
void
tmb_parallel(uint32_t n_items, uint32_t n_threads, TmbWork work, void* job);

/// Processors that are there, 1 to #TMB_MAX_THREADS.
uint32_t
tmb_default_threads(void);

#define TMB_MAX_THREADS 64U

#endif // TMB_PARALLEL_H
