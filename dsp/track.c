// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/track.h"

#include "dsp/net.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define FORGETTING 0.8f ///< What is left of a note's weight after the next
#define LEAST_POSTERIOR 0.01f ///< No note speaks against a class more than this
#define SURE_NOTE 0.8f        ///< Least posterior of a note that names alone
#define AGREEMENT 1.3f ///< Votes of a note and of one of the five before it

struct TmbTrackImpl {
  uint32_t n_classes;
  uint32_t n_outputs;
  int      instrument;
  uint64_t since;     ///< When the instrument was chosen, in samples
  float*   evidence;  ///< [n_outputs] Sum of log posteriors
  float*   posterior; ///< [n_outputs]
  float*   votes;     ///< [n_outputs] Notes that it led, forgotten alike
};

TmbStatus
tmb_track_new(const uint32_t   n_classes,
              const uint32_t   n_outputs,
              TmbTrack** const track)
{
  *track = NULL;
  if (!n_classes || n_outputs < n_classes || n_outputs - n_classes > 1U ||
      n_outputs > TMB_MAX_WIDTH) {
    return TMB_BAD_ARG;
  }

  TmbTrack* const self = (TmbTrack*)calloc(1U, sizeof(TmbTrack));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_classes = n_classes;
  self->n_outputs = n_outputs;
  self->evidence  = (float*)calloc(n_outputs, sizeof(float));
  self->posterior = (float*)calloc(n_outputs, sizeof(float));
  self->votes     = (float*)calloc(n_outputs, sizeof(float));
  if (!self->evidence || !self->posterior || !self->votes) {
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
    free(track->votes);
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
  for (uint32_t k = 0U; k < track->n_outputs; ++k) {
    track->evidence[k]  = 0.0f;
    track->posterior[k] = 1.0f / (float)track->n_outputs;
    track->votes[k]     = 0.0f;
  }
}

/// Take up what a note says.
static void
weigh(TmbTrack* const self, const float* const posterior)
{
  for (uint32_t k = 0U; k < self->n_outputs; ++k) {
    self->evidence[k] = (FORGETTING * self->evidence[k]) +
                        logf(fmaxf(posterior[k], LEAST_POSTERIOR));
    self->posterior[k] = self->evidence[k];
    self->votes[k] *= FORGETTING;
  }
  tmb_softmax(self->posterior, self->n_outputs, 1.0f);
  self->votes[tmb_largest(posterior, self->n_outputs)] += 1.0f;
}

int
tmb_track_push(TmbTrack* const    track,
               const float* const posterior,
               const uint64_t     time,
               const uint64_t     hold,
               const float        threshold)
{
  weigh(track, posterior);

  const uint32_t best = tmb_largest(track->posterior, track->n_outputs);
  if ((int)best == track->instrument || best >= track->n_classes ||
      !(track->posterior[best] >= threshold)) {
    return track->instrument;
  }

  const bool is_first = track->instrument < 0;
  const bool is_sure  = posterior[best] >= SURE_NOTE;
  const bool is_held  = !is_first && time - track->since < hold;
  if (!is_held && (track->votes[best] >= AGREEMENT || (is_first && is_sure))) {
    track->instrument = (int)best;
    track->since      = time;
  }
  return track->instrument;
}

const float*
tmb_track_posterior(const TmbTrack* const track)
{
  return track->posterior;
}
