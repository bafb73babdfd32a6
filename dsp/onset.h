// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONSET_H
#define TMB_ONSET_H

#include "dsp/analysis.h"
#include "dsp/attributes.h"
#include "dsp/digest.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

/**
   Streaming, causal onset detector.

   Spectral flux of log levels: Dixon, "Onset detection revisited", DAFx 2006,
   in two forms.

   An attack is a rise between short windows, 23 ms apart, in many bands at
   once, which also adds to the level: it is known some 5 ms after it happened.
   A change is a rise between long windows, 58 ms apart: a note that swells, or
   changes its pitch only.  Here narrow bands count by their loudness, and are
   compared with the loudest of their neighbours over some time, which ignores
   tremolo, and vibrato of half a semitone to either side: Böck & Widmer,
   "Maximum filter vibrato suppression for onset detection", DAFx 2013.

   Thresholds follow the recent flux, and a flux masks weaker ones that follow
   it closely.
*/
typedef struct TmbOnsetImpl TmbOnset;

/**
   Not for the real-time thread.

   @param times Of the analysis whose views will be pushed.  Times above are
   for a hop of 12 ms: they are counted in hops.
   @param rate_hz Its sample rate.
   @param[out] onset Owned by the caller, freed with tmb_onset_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_onset_new(const TmbAnalysisTimes* times, double rate_hz, TmbOnset** onset);

void
tmb_onset_free(TmbOnset* onset);

/// Forget the signal, keep the settings.
TMB_REALTIME void
tmb_onset_reset(TmbOnset* onset);

/**
   @param sensitivity 0 (only clear attacks) to 1 (every change).
   @param gate_db Level that opens the silence gate, dBFS; 6 dB less closes it.
   Bands below it are ignored too.
*/
TMB_REALTIME void
tmb_onset_set(TmbOnset* onset, float sensitivity, float gate_db);

/**
   Look at the next view.

   @param[out] start If a note began: where, in samples.
   @return Whether a note began.
*/
TMB_REALTIME bool
tmb_onset_push(TmbOnset* onset, const TmbView* view, uint64_t* start);

/// Add what later onsets depend on, apart from the settings.
void
tmb_onset_digest(const TmbOnset* onset, TmbDigest* digest);

#endif // TMB_ONSET_H
