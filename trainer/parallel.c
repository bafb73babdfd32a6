// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/// What the threads of one job share.
typedef struct {
  atomic_uint next;
  uint32_t    n_items;
  TmbWork     work;
  void*       job;
} Queue;

typedef struct {
  Queue*   queue;
  uint32_t index;
} Worker;

static void*
run_worker(void* const data)
{
  const Worker* const worker = (const Worker*)data;
  Queue* const        queue  = worker->queue;
  for (;;) {
    const uint32_t item = atomic_fetch_add(&queue->next, 1U);
    if (item >= queue->n_items) {
      return NULL;
    }
    queue->work(queue->job, item, worker->index);
  }
}

void
tmb_parallel(const uint32_t n_items,
             const uint32_t n_threads,
             const TmbWork  work,
             void* const    job)
{
  Queue     queue = { .n_items = n_items, .work = work, .job = job };
  Worker    workers[TMB_MAX_THREADS];
  pthread_t threads[TMB_MAX_THREADS];
  uint32_t  n_started = 1U;
  atomic_init(&queue.next, 0U);

  workers[0] = (Worker){ &queue, 0U };
  while (n_started < n_threads && n_started < n_items &&
         n_started < TMB_MAX_THREADS) {
    workers[n_started] = (Worker){ &queue, n_started };
    if (pthread_create(
          &threads[n_started], NULL, run_worker, &workers[n_started])) {
      break;
    }
    ++n_started;
  }

  (void)run_worker(&workers[0]);
  for (uint32_t i = 1U; i < n_started; ++i) {
    (void)pthread_join(threads[i], NULL);
  }
}

uint32_t
tmb_default_threads(void)
{
  const long n = sysconf(_SC_NPROCESSORS_ONLN);
  return (n < 1)                       ? 1U
         : (n > (long)TMB_MAX_THREADS) ? TMB_MAX_THREADS
                                       : (uint32_t)n;
}
