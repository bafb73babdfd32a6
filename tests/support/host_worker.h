// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_HOST_WORKER_H
#define TMB_TEST_HOST_WORKER_H

#include <lv2/core/lv2.h>
#include <lv2/worker/worker.h>

#include <stdint.h>

#define WORKER_RING_BYTES 4096U ///< As jalv's, the smallest one seen

/// Messages in order, a size and bytes each.
typedef struct {
  uint8_t  bytes[WORKER_RING_BYTES];
  uint32_t n;
} WorkerRing;

/// A host's worker that works when it is told to.
typedef struct {
  LV2_Worker_Schedule         schedule; ///< What the plugin gets
  const LV2_Worker_Interface* interface;
  LV2_Handle                  plugin;
  WorkerRing                  requests;
  WorkerRing                  responses;
  unsigned                    n_refused; ///< Requests to refuse from now on
} HostWorker;

/// It can't be moved afterwards; `interface` and `plugin` are set later.
void
host_worker_init(HostWorker* worker);

/// Do what was asked for.
void
host_worker_work(HostWorker* worker);

/// Hand the responses to the plugin, as part of `run`.
void
host_worker_respond(HostWorker* worker);

#endif // TMB_TEST_HOST_WORKER_H
