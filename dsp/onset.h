// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONSET_H
#define TMB_ONSET_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

/**
   Streaming, causal onset detector on log mel frames.

   Spectral flux with a maximum filter over neighbouring bands, which ignores
   vibrato: Böck & Widmer, "Maximum filter vibrato suppression for onset
   detection", DAFx 2013.  The threshold follows the recent flux, and an onset
   masks weaker ones that follow it closely.  Notes of few partials that swell
   in few bands, such as a flute's, are found by the rise of the loudest band.
   A sound that is cut off fills all bands too, but is no onset.
*/
typedef struct TmbOnsetImpl TmbOnset;

/**
   @param n_bands 1 to #TMB_MAX_BANDS.
   @param hop_s Time from frame to frame, in seconds.
   @param[out] onset Owned by the caller, freed with tmb_onset_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_onset_new(uint32_t n_bands, double hop_s, TmbOnset** onset);

void
tmb_onset_free(TmbOnset* onset);

/// Forget the signal, keep the settings.
TMB_REALTIME void
tmb_onset_reset(TmbOnset* onset);

/**
   @param sensitivity 0 (only clear attacks) to 1 (every change).
   @param gate_db Level under which all is silence, dBFS; bands below it are
   ignored too.
*/
TMB_REALTIME void
tmb_onset_set(TmbOnset* onset, float sensitivity, float gate_db);

/**
   Look at the next frame.

   @param log_bands [n_bands] dB.
   @param level_db Level of the newest sound in the frame, dBFS.
   @return Whether a note begins at this frame.
*/
TMB_REALTIME bool
tmb_onset_push(TmbOnset* onset, const float* log_bands, float level_db);

#endif // TMB_ONSET_H
