// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/track.h"

#include "dsp/net.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define FORGETTING 0.6f ///< What is left of a note's weight after the next
#define LEAST_POSTERIOR 0.01f ///< No note speaks against a class more than this

struct TmbTrackImpl {
  uint32_t n_classes;
  int      instrument;
  uint64_t since;     ///< When the instrument was chosen, in samples
  float*   evidence;  ///< [n_classes] Sum of log posteriors
  float*   posterior; ///< [n_classes]
};

TmbStatus
tmb_track_new(const uint32_t n_classes, TmbTrack** const track)
{
  *track = NULL;
  if (!n_classes || n_classes > TMB_MAX_WIDTH) {
    return TMB_BAD_ARG;
  }

  TmbTrack* const self = (TmbTrack*)calloc(1U, sizeof(TmbTrack));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_classes = n_classes;
  self->evidence  = (float*)calloc(n_classes, sizeof(float));
  self->posterior = (float*)calloc(n_classes, sizeof(float));
  if (!self->evidence || !self->posterior) {
    tmb_track_free(self);
    return TMB_NO_MEMORY;
  }

  tmb_track_reset(self);
  *track = self;
  return TMB_OK;
}

void
tmb_track_free(TmbTrack* const track)
{
  if (track) {
    free(track->posterior);
    free(track->evidence);
    free(track);
  }
}

void
tmb_track_reset(TmbTrack* const track)
{
  track->instrument = -1;
  track->since      = 0U;
  for (uint32_t k = 0U; k < track->n_classes; ++k) {
    track->evidence[k]  = 0.0f;
    track->posterior[k] = 1.0f / (float)track->n_classes;
  }
}

int
tmb_track_push(TmbTrack* const    track,
               const float* const posterior,
               const uint64_t     time,
               const uint64_t     hold,
               const float        threshold)
{
  for (uint32_t k = 0U; k < track->n_classes; ++k) {
    track->evidence[k] = (FORGETTING * track->evidence[k]) +
                         logf(fmaxf(posterior[k], LEAST_POSTERIOR));
    track->posterior[k] = track->evidence[k];
  }
  tmb_softmax(track->posterior, track->n_classes, 1.0f);

  int best = 0;
  for (uint32_t k = 1U; k < track->n_classes; ++k) {
    best = (track->posterior[k] > track->posterior[best]) ? (int)k : best;
  }

  const bool may_change = track->instrument < 0 || time - track->since >= hold;
  if (best != track->instrument && may_change &&
      track->posterior[best] >= threshold) {
    track->instrument = best;
    track->since      = time;
  }
  return track->instrument;
}

const float*
tmb_track_posterior(const TmbTrack* const track)
{
  return track->posterior;
}
