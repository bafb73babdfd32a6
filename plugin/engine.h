// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ENGINE_H
#define TMB_ENGINE_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "dsp/status.h"
#include "plugin/about.h"

#include <stdatomic.h>
#include <stdbool.h>

/// Longest path of a model, with its end.  A request and its header must fit
/// into a host's worker ring; the smallest one seen holds 4096 bytes.
#define TMB_MAX_PATH 2048U

typedef struct TmbEngineImpl TmbEngine;

/**
   What came of loading a model: a recogniser, or the reason why there is none.

   It is made and freed off the real-time thread, and passed to and fro in
   lists that are linked through `next`, so that handing it over can't fail.
*/
struct TmbEngineImpl {
  TmbEngine*     next;
  TmbStatus      status;
  TmbModel*      model;       ///< Null unless status is #TMB_OK
  TmbRecogniser* recogniser;  ///< Null unless status is #TMB_OK
  TmbAbout       about;       ///< Empty unless status is #TMB_OK
  bool           is_restored; ///< The host knows; else it was asked for
  char path[]; ///< The model file, as it was asked for, or "" if it is too long
};

/// A list that any threads may push to and take from, without locks.
typedef _Atomic(TmbEngine*) TmbEngineList;

/**
   Load a model and make its recogniser.  Not for the real-time thread.

   @param[out] why One sentence if the engine's status is not #TMB_OK.
   @return Owned by the caller, freed with tmb_engine_free(); null only if
   memory is out.
*/
TmbEngine*
tmb_engine_load(const char* path, double rate_hz, TmbMessage* why);

/// Free an engine and all that are linked to it.
void
tmb_engine_free(TmbEngine* engine);

/// Hand over one engine.
TMB_REALTIME void
tmb_engine_push(TmbEngineList* list, TmbEngine* engine);

/// Take all engines, the newest first; null if there are none.
TMB_REALTIME TmbEngine*
tmb_engine_take(TmbEngineList* list);

#endif // TMB_ENGINE_H
