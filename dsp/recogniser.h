// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_RECOGNISER_H
#define TMB_RECOGNISER_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/status.h"
#include "dsp/verdict.h"

#include <stdint.h>

/// What a user can set while it runs.
typedef struct {
  float sensitivity; ///< Of the onset detector, 0 to 1
  float gate_db;     ///< Silence floor, dBFS
  float threshold;   ///< Least confidence of a named note, 0 to 1
  float decision_ms; ///< Age of a note when it is named
  float hold_ms;     ///< Least time that the track's instrument stays
} TmbSettings;

/// The one home of the defaults; the plugin's Turtle repeats them, and a test
/// compares.
extern const TmbSettings tmb_default_settings;

typedef enum {
  TMB_EVENT_NONE,
  TMB_EVENT_ONSET, ///< A note began
  TMB_EVENT_NOTE,  ///< It was named
  TMB_EVENT_END    ///< It ended
} TmbEventType;

/// Each note gives one ONSET, one NOTE and one END, in this order.  Its onset
/// may be later in NOTE and END, where it is known better; see dsp/gather.h.
typedef struct {
  TmbEventType type;
  uint64_t     time;             ///< Samples of the stream when it was known
  uint64_t     onset;            ///< Where the note began, in samples
  uint64_t     duration;         ///< END: samples
  TmbVerdict   verdict;          ///< NOTE, END: what the note is called
  const float* posterior;        ///< NOTE, END: [n_outputs], to the next push
  int          track;            ///< NOTE: the track's instrument from now on
  float        track_confidence; ///< NOTE: its posterior, see dsp/track.h
} TmbEvent;

/// Samples in, named notes out.
typedef struct TmbRecogniserImpl TmbRecogniser;

/**
   Not for the real-time thread.

   @param model Borrowed: it must outlive the recogniser.
   @param rate_hz 8000 to 384000.
   @param[out] recogniser Owned by the caller.
   @return #TMB_OK, #TMB_NO_MEMORY, #TMB_BAD_ARG, or #TMB_EXTERNAL_FEATURES if
   the model has no front end.
*/
TMB_NODISCARD TmbStatus
tmb_recogniser_new(const TmbModel* model,
                   double          rate_hz,
                   TmbRecogniser** recogniser);

void
tmb_recogniser_free(TmbRecogniser* recogniser);

/**
   Forget the signal and the track, keep the settings, and begin anywhere in a
   stream.

   What came before counts as silence.  Windows are where they are in a stream
   from sample 0, so that the state becomes that of a recogniser that has heard
   all, but for the track: within about 6 s once a note that sounds began since;
   tmb_recogniser_digest() tells.

   @param first Number of the sample that comes next, at most 2^52; events count
   from sample 0.
*/
TMB_REALTIME void
tmb_recogniser_begin(TmbRecogniser* recogniser, uint64_t first);

/// Values outside their range, NaN too, are taken as the nearest or default.
TMB_REALTIME void
tmb_recogniser_set(TmbRecogniser* recogniser, const TmbSettings* settings);

/**
   Take samples until there is an event.

   Call again with the rest until event->type is #TMB_EVENT_NONE; then all n
   samples were taken.  Events do not depend on how the stream is cut into
   blocks.

   @return Samples taken, at most n; may be 0 if several events fall together.
*/
TMB_REALTIME uint32_t
tmb_recogniser_push(TmbRecogniser* recogniser,
                    const float*   samples,
                    uint32_t       n,
                    TmbEvent*      event);

/// Level of the newest hop, dBFS, see tmb_extractor_level().
TMB_REALTIME float
tmb_recogniser_level(const TmbRecogniser* recogniser);

/// Silence to push after the last sample, see tmb_extractor_tail().
uint32_t
tmb_recogniser_tail(const TmbRecogniser* recogniser);

/**
   Digest of what all that follows depends on, apart from the settings and the
   track.

   If the digests of two recognisers with the same model, rate and settings
   agree, both have come to the same sample of a stream, and from there on the
   same samples give the same events, to the bit, but for the track's; see
   dsp/digest.h.
*/
uint64_t
tmb_recogniser_digest(const TmbRecogniser* recogniser);

#endif // TMB_RECOGNISER_H
