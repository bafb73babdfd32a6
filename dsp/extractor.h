// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EXTRACTOR_H
#define TMB_EXTRACTOR_H

#include "dsp/attributes.h"
#include "dsp/digest.h"
#include "dsp/front_end.h"
#include "dsp/mfcc.h"
#include "dsp/status.h"

#include <stdint.h>

/// What the extractor has to say after a short window.
typedef enum {
  TMB_NOTE_NONE,  ///< Nothing: the block is used up
  TMB_NOTE_ONSET, ///< A note began
  TMB_NOTE_READY, ///< Its frames up to the chosen age are there
  TMB_NOTE_END    ///< It ended, by silence or by the next onset
} TmbNoteStage;

/**
   A stage of a note.  Each note has one ONSET, one READY and one END, in this
   order, and ends before the next begins.  A note that ends before the chosen
   age is READY with the frames that it has.  Once it is, its onset is known
   better: it is where the note started after a breath or the like, see
   dsp/gather.h, and its age counts from there.
*/
typedef struct {
  TmbNoteStage stage;
  uint64_t     time;     ///< Samples taken when this was known
  uint64_t     onset;    ///< Where the note began, in samples
  uint64_t     duration; ///< END only: samples from onset to end
  const float* frames;   ///< READY only: [n_available][n_bands] dB, valid
                         ///< until the next push
  uint32_t n_available;  ///< READY only
} TmbNoteEvent;

/// Raised whenever the same sound gives other notes, onsets or frames than
/// before, so that what was kept of them elsewhere is not taken for what is.
#define TMB_EXTRACTOR_VERSION 1

/**
   Samples in, notes out: analysis, mel bands, onset detector and the frames of
   the current note as one streaming object.

   How it meets the sample rate is told in dsp/analysis.h.  That half bins keep
   bands from depending on it holds for the norm #TMB_MEL_MEAN; a model may have
   others, whose bands see whole bins only.
*/
typedef struct TmbExtractorImpl TmbExtractor;

/**
   Not for the real-time thread.

   @param front_end Copied.
   @param rate_hz 8000 to 384000.
   @param[out] extractor Owned by the caller, freed with tmb_extractor_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_extractor_new(const TmbFrontEnd* front_end,
                  double             rate_hz,
                  TmbExtractor**     extractor);

void
tmb_extractor_free(TmbExtractor* extractor);

/// Forget the signal, keep the settings, and begin anywhere in a stream; see
/// tmb_framer_begin().
TMB_REALTIME void
tmb_extractor_begin(TmbExtractor* extractor, uint64_t first);

/**
   @param sensitivity 0 to 1, see tmb_onset_set().
   @param gate_db Level under which all is silence, dBFS.
   @param age Index into front_end ages: when a note is READY.
*/
TMB_REALTIME void
tmb_extractor_set(TmbExtractor* extractor,
                  float         sensitivity,
                  float         gate_db,
                  uint32_t      age);

/**
   Take samples until there is something to say.

   Call again with the rest until event->stage is #TMB_NOTE_NONE; then all n
   samples were taken.  The result does not depend on how the stream is cut
   into blocks.

   @param samples [n]
   @param[out] event
   @return Samples taken, at most n; may be 0 if several stages fall together.
*/
TMB_REALTIME uint32_t
tmb_extractor_push(TmbExtractor* extractor,
                   const float*  samples,
                   uint32_t      n,
                   TmbNoteEvent* event);

/// Transform for tmb_note_features(), shared by all who hold the extractor.
TMB_REALTIME const TmbMfcc*
tmb_extractor_mfcc(const TmbExtractor* extractor);

/// Power of the newest hop, dBFS (a full-scale sine is -3), at least -120.
TMB_REALTIME float
tmb_extractor_level(const TmbExtractor* extractor);

/**
   Silence to push after a recording's last sample so that every note in it
   gets all its stages, in samples.
*/
uint32_t
tmb_extractor_tail(const TmbExtractor* extractor);

/// Add what later stages depend on, apart from the settings.
void
tmb_extractor_digest(const TmbExtractor* extractor, TmbDigest* digest);

#endif // TMB_EXTRACTOR_H
