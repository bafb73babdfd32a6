// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <stdlib.h>
#include <string.h>

/*
  Changing the model while it plays: `run` schedules the path, the worker loads
  it and puts what came of it on `arrived`, `run` takes it from there, and puts
  what it replaces on `retired`, which the worker frees.

  The engine does not travel in the worker's response, since a host may refuse
  that, or drop it when it ends: the model would be lost, or leak.  `run` looks
  for it in each block, so no response is needed at all.
*/

static void
free_retired(TmbPlugin* const self)
{
  tmb_engine_free(tmb_engine_take(&self->retired));
}

void
tmb_models_load(TmbPlugin* const  self,
                const char* const path,
                const bool        is_restored)
{
  free_retired(self); // Without a worker, nobody else does

  TmbMessage       why     = { "" };
  TmbEngine* const engine  = tmb_engine_load(path, self->rate_hz, &why);
  const bool       is_good = engine && !engine->status;
  if (!is_good) {
    lv2_log_error(&self->logger,
                  "Timbrel: %s\n",
                  engine ? why.text : "no memory for a model");
  }
  char* const kept = (is_good || is_restored) ? strdup(path) : NULL;

  // Both under the lock, so that they name the same of two that are loaded at
  // once by the worker and by restore()
  pthread_mutex_lock(&self->lock);
  if (kept) {
    free(self->path);
    self->path = kept;
  }
  if (engine) {
    engine->is_restored = is_restored;
    tmb_engine_push(&self->arrived, engine);
  } else {
    atomic_store(&self->no_memory, true);
  }
  pthread_mutex_unlock(&self->lock);
}

/// LV2 demands this of hosts, if not in C.
typedef LV2_Worker_Status (*ScheduleWork)(LV2_Worker_Schedule_Handle handle,
                                          uint32_t                   size,
                                          const void* data) TMB_REALTIME;

/// A message is a path to load, or empty; either way `retired` is freed.
static bool
schedule(const TmbPlugin* const self, const char* const path)
{
  const ScheduleWork schedule_work =
    (ScheduleWork)self->schedule->schedule_work;
  const uint32_t size = (uint32_t)strlen(path) + 1U;
  return schedule_work(self->schedule->handle, size, path) ==
         LV2_WORKER_SUCCESS;
}

void
tmb_models_request(TmbPlugin* const self)
{
  if (!self->schedule) {
    return;
  }

  // What the host refuses is offered again in the next block
  if (self->is_wanted && !atomic_load(&self->loading)) {
    atomic_store(&self->loading, true);
    self->is_wanted = !schedule(self, self->wanted);
    if (self->is_wanted) {
      atomic_store(&self->loading, false);
    }
  }
  if (self->has_garbage) {
    self->has_garbage = !schedule(self, "");
  }
}

static LV2_Worker_Status
work(const LV2_Handle                  instance,
     const LV2_Worker_Respond_Function respond,
     const LV2_Worker_Respond_Handle   handle,
     const uint32_t                    size,
     const void* const                 data)
{
  (void)respond;
  (void)handle;
  TmbPlugin* const  self = (TmbPlugin*)instance;
  const char* const path = (const char*)data;
  if (size < 2U || path[size - 1U]) {
    free_retired(self);
    return LV2_WORKER_SUCCESS;
  }

  tmb_models_load(self, path, false);
  atomic_store(&self->loading, false);
  return LV2_WORKER_SUCCESS;
}

static void
retire(TmbPlugin* const self, TmbEngine* const engine)
{
  tmb_engine_push(&self->retired, engine);
  self->has_garbage = true;
}

void
tmb_models_adopt(TmbPlugin* const self)
{
  if (atomic_exchange(&self->no_memory, false)) {
    self->status = TMB_NO_MEMORY;
    self->telling |= TMB_TELL_MODEL;
  }

  TmbEngine* engine = tmb_engine_take(&self->arrived);
  if (!engine) {
    return;
  }

  // The newest tells the status, the newest good one plays
  bool is_new  = false;
  self->status = engine->status;
  self->telling |= TMB_TELL_MODEL;
  while (engine) {
    TmbEngine* const next = engine->next;
    if (engine->recogniser && !is_new) {
      retire(self, self->engine);
      engine->next = NULL; // The others go their own way
      self->engine = engine;
      is_new       = true;
    } else {
      retire(self, engine);
    }
    engine = next;
  }

  if (is_new) {
    self->telling |=
      TMB_TELL_PROPERTIES | (self->engine->is_restored ? 0U : TMB_TELL_CHANGE);
    tmb_recogniser_set(self->engine->recogniser, &self->settings);
    tmb_listen_reset(self);
  }
}

/// The interface demands it; there are no responses.
TMB_REALTIME static LV2_Worker_Status
work_response(const LV2_Handle  instance,
              const uint32_t    size,
              const void* const body)
{
  (void)instance;
  (void)size;
  (void)body;
  return LV2_WORKER_SUCCESS;
}

const LV2_Worker_Interface tmb_worker_interface = { work, work_response, NULL };
