// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/host_worker.h"

#include <string.h>

static LV2_Worker_Status
put(WorkerRing* const ring, const uint32_t size, const void* const data)
{
  if (size > WORKER_RING_BYTES - sizeof(size) ||
      ring->n > WORKER_RING_BYTES - sizeof(size) - size) {
    return LV2_WORKER_ERR_NO_SPACE;
  }

  memcpy(ring->bytes + ring->n, &size, sizeof(size));
  if (size) {
    memcpy(ring->bytes + ring->n + sizeof(size), data, size);
  }
  ring->n += (uint32_t)sizeof(size) + size;
  return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status
request(const LV2_Worker_Schedule_Handle handle,
        const uint32_t                   size,
        const void* const                data)
{
  HostWorker* const self = (HostWorker*)handle;
  if (self->n_refused) {
    --self->n_refused;
    return LV2_WORKER_ERR_NO_SPACE;
  }
  return put(&self->requests, size, data);
}

static LV2_Worker_Status
respond(const LV2_Worker_Respond_Handle handle,
        const uint32_t                  size,
        const void* const               data)
{
  HostWorker* const self = (HostWorker*)handle;
  return put(&self->responses, size, data);
}

void
host_worker_init(HostWorker* const self)
{
  memset(self, 0, sizeof(*self));
  self->schedule.handle        = self;
  self->schedule.schedule_work = request;
}

void
host_worker_work(HostWorker* const self)
{
  for (uint32_t at = 0U; at < self->requests.n;) {
    uint32_t size = 0U;
    memcpy(&size, self->requests.bytes + at, sizeof(size));
    at += (uint32_t)sizeof(size);
    self->interface->work(
      self->plugin, respond, self, size, self->requests.bytes + at);
    at += size;
  }
  self->requests.n = 0U;
}

void
host_worker_respond(HostWorker* const self)
{
  for (uint32_t at = 0U; at < self->responses.n;) {
    uint32_t size = 0U;
    memcpy(&size, self->responses.bytes + at, sizeof(size));
    at += (uint32_t)sizeof(size);
    self->interface->work_response(
      self->plugin, size, self->responses.bytes + at);
    at += size;
  }
  self->responses.n = 0U;
}
