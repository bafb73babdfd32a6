// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TRACK_H
#define TMB_TRACK_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdint.h>

/**
   The instrument of a track: notes joined over time.

   The evidence for a class is the sum of its notes' log posteriors, older
   notes counting less and less; its softmax is the track's posterior.  One odd
   note among many changes nothing, two in a row do.
*/
typedef struct TmbTrackImpl TmbTrack;

/**
   @param n_classes At least 1.
   @param[out] track Owned by the caller, freed with tmb_track_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_track_new(uint32_t n_classes, TmbTrack** track);

void
tmb_track_free(TmbTrack* track);

/// Forget all notes.
TMB_REALTIME void
tmb_track_reset(TmbTrack* track);

/**
   Hear a note.

   @param posterior [n_classes] Of the note.
   @param time In samples, never falling.
   @param hold Samples that an instrument stays at least.
   @param threshold Least posterior of a new instrument.
   @return The track's instrument, a class index, or -1 before there is one.
*/
TMB_REALTIME int
tmb_track_push(TmbTrack*    track,
               const float* posterior,
               uint64_t     time,
               uint64_t     hold,
               float        threshold);

/// Posterior of the track, [n_classes]; all equal before the first note.
TMB_REALTIME const float*
tmb_track_posterior(const TmbTrack* track);

#endif // TMB_TRACK_H
