// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LISTENER_H
#define TMB_LISTENER_H

#include "dsp/extractor.h"
#include "dsp/front_end.h"
#include "dsp/status.h"

#include <stdint.h>

/**
   Listens to recordings, one after another, with the extractor that the plugin
   has, at the default sensitivity and gate.

   A recording is streamed: memory does not depend on its length.
*/
typedef struct {
  const TmbFrontEnd* front_end; ///< Borrowed
  uint32_t           age;       ///< When a note is READY; index into its ages
  TmbExtractor*      extractor; ///< Null, or of the newest recording's rate
  double             rate_hz;   ///< Of the newest recording
} TmbListener;

/**
   Told of each stage of each note; a duration ends with the recording at the
   latest.

   @return #TMB_OK to go on.
*/
typedef TmbStatus (*TmbHearNote)(void* data, const TmbNoteEvent* event);

/**
   Listen to a whole recording.

   @param listener extractor is null before the first; released with
   tmb_listener_clear().
   @param data Handed to `hear`.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, why the recording can't be read to its end, or what `hear`
   returned, whose reason is not in `why`.
*/
TMB_NODISCARD TmbStatus
tmb_listener_run(TmbListener* listener,
                 const char*  path,
                 TmbHearNote  hear,
                 void*        data,
                 TmbMessage*  why);

void
tmb_listener_clear(TmbListener* listener);

#endif // TMB_LISTENER_H
