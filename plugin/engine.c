// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/engine.h"

#include <stdlib.h>
#include <string.h>

static TmbStatus
load(TmbEngine* const self, const double rate_hz, TmbMessage* const why)
{
  if (strlen(self->path) >= TMB_MAX_PATH) {
    self->path[0] = '\0';
    return tmb_fail(TMB_NO_FILE, why, "the model's path is too long");
  }

  TmbStatus status = tmb_model_load(self->path, &self->model, why);
  if (status) {
    return status;
  }

  status = tmb_recogniser_new(self->model, rate_hz, &self->recogniser);
  return status
           ? tmb_fail(status, why, "%s: %s", self->path, tmb_strstatus(status))
           : TMB_OK;
}

static void
free_contents(TmbEngine* const self)
{
  tmb_recogniser_free(self->recogniser);
  tmb_model_free(self->model);
  self->recogniser = NULL;
  self->model      = NULL;
}

TmbEngine*
tmb_engine_load(const char* const path,
                const double      rate_hz,
                TmbMessage* const why)
{
  const size_t     n_path = strlen(path) + 1U;
  TmbEngine* const self   = (TmbEngine*)calloc(1U, sizeof(TmbEngine) + n_path);
  if (!self) {
    return NULL;
  }

  memcpy(self->path, path, n_path);
  self->status = load(self, rate_hz, why);
  if (self->status) {
    free_contents(self);
  } else {
    tmb_about_model(self->path, self->model, &self->about);
  }
  return self;
}

void
tmb_engine_free(TmbEngine* const engine)
{
  TmbEngine* next = NULL;
  for (TmbEngine* e = engine; e; e = next) {
    next = e->next;
    free_contents(e);
    free(e);
  }
}

void
tmb_engine_push(TmbEngineList* const list, TmbEngine* const engine)
{
  engine->next = atomic_load(list);
  while (!atomic_compare_exchange_weak(list, &engine->next, engine)) {
    // Another thread was faster: `next` is now what it left
  }
}

TmbEngine*
tmb_engine_take(TmbEngineList* const list)
{
  return atomic_exchange(list, NULL);
}
