// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TRACK_H
#define TMB_TRACK_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdint.h>

/**
   The instrument of a track: notes joined over time.

   The model: one instrument plays for many notes, then perhaps another.  While
   it is the same, and if notes were independent, a class's posterior would be
   the product of its notes' calibrated posteriors.  Before each note, the
   logarithm of what is known is multiplied by a factor below 1, the power
   steady model of Smith (1979), "A generalization of the Bayesian steady
   forecasting model":

     evidence = sum over k of forgetting^k * log max(posterior, floor)

   with k = 0 for the newest note; the softmax of the evidence is the track's
   posterior.  The forgetting lets a change of instrument win, and it keeps the
   posterior honest, since notes of one recording are not independent: notes
   that always agree count as 1 / (1 - forgetting) notes, never more.  The floor
   bounds what a single note can say against a class.

   A posterior is not enough to be named by, since one note that errs with
   confidence would do.  The track's instrument changes only to the class that
   leads and reaches the threshold, after the hold, and with a minimum of
   evidence: it has led in two notes that are not far apart, and these count
   less the older they are.  A track without an instrument takes the first from
   one note alone if that is very sure.  Notes that are unknown count as well:
   several that agree can be sure though none is.

   The forgetting is 0.8 and the floor 0.01.  In 309 phrases of 8 notes, of 100
   (source, class) pairs that were not trained on, of whose notes 36 % were
   named rightly, the track's name was right at the end (`timbrel evaluate
   --phrases`)

     forgetting            0.6    0.7    0.8    0.9
     right                .487   .498   .528   .532
     right, less sure     .483   .512   .532   .532

   where the second network is the first at the temperature that fits such
   sources.  A change of instrument is followed after 2 notes with 0.6, 2 to 4
   with 0.8 and up to 7 with 0.9.  Floors of 0.005 and 0.02 differ by less than
   .01; 0.05 leaves more tracks without a name.  If two notes had to be named by
   themselves, few tracks would be by a network that is honestly unsure: .228
   instead of .532.

   If the model knows "none of these", that output takes part in the evidence
   like a class, but never becomes the track's instrument: while it leads, the
   track keeps the one that it has.  Silence says nothing: after a rest of any
   length the track goes on as it was.
*/
typedef struct TmbTrackImpl TmbTrack;

/**
   @param n_classes At least 1.
   @param n_outputs The same, or one more for "none of these".
   @param[out] track Owned by the caller, freed with tmb_track_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_track_new(uint32_t n_classes, uint32_t n_outputs, TmbTrack** track);

void
tmb_track_free(TmbTrack* track);

/// Forget all notes.
TMB_REALTIME void
tmb_track_reset(TmbTrack* track);

/**
   Hear a note.

   @param posterior [n_outputs] Of the note.
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

/// Posterior of the track, [n_outputs]; all equal before the first note.
TMB_REALTIME const float*
tmb_track_posterior(const TmbTrack* track);

#endif // TMB_TRACK_H
