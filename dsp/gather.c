// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/gather.h"

#include "dsp/mfcc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define START_POWER 0.01f ///< Of the loudest frame: -20 dB

struct TmbGatherImpl {
  uint32_t n_bands;
  uint32_t n_before;
  uint32_t n_note;        ///< Frames of a whole note
  int64_t  next;          ///< Number of the frame that is pushed next
  int64_t  first;         ///< Number of the note's first frame
  uint32_t n_frames;      ///< In `frames`
  uint32_t start;         ///< Frames from the onset to the start
  float    loudest;       ///< Largest power since the onset
  uint32_t n_recent;      ///< TMB_LOOK_BACK + n_before + 1
  float*   recent;        ///< [n_recent][n_bands] A ring by numbers
  float*   recent_powers; ///< [n_recent]
  float*   frames;        ///< [TMB_ATTACK_FRAMES + n_note][n_bands]
  float*   powers;        ///< [TMB_ATTACK_FRAMES + n_note]
};

TmbStatus
tmb_gather_new(const TmbFrontEnd* const front_end, TmbGather** const gather)
{
  *gather = NULL;

  TmbGather* const self = (TmbGather*)calloc(1U, sizeof(TmbGather));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->n_bands  = front_end->n_bands;
  self->n_before = front_end->n_before;
  self->n_note   = tmb_front_end_note_frames(front_end);
  self->n_recent = TMB_LOOK_BACK + self->n_before + 1U;

  const size_t frame  = front_end->n_bands * sizeof(float);
  const size_t n_max  = (size_t)TMB_ATTACK_FRAMES + self->n_note;
  self->recent        = (float*)calloc(self->n_recent, frame);
  self->recent_powers = (float*)calloc(self->n_recent, sizeof(float));
  self->frames        = (float*)calloc(n_max, frame);
  self->powers        = (float*)calloc(n_max, sizeof(float));
  if (!self->recent || !self->recent_powers || !self->frames || !self->powers) {
    tmb_gather_free(self);
    return TMB_NO_MEMORY;
  }

  tmb_gather_reset(self, 0U);
  *gather = self;
  return TMB_OK;
}

void
tmb_gather_free(TmbGather* const gather)
{
  if (gather) {
    free(gather->powers);
    free(gather->frames);
    free(gather->recent_powers);
    free(gather->recent);
    free(gather);
  }
}

void
tmb_gather_reset(TmbGather* const self, const uint64_t next)
{
  const float silence_db = 10.0f * log10f(TMB_POWER_FLOOR);
  for (uint32_t i = 0U; i < self->n_recent * self->n_bands; ++i) {
    self->recent[i] = silence_db;
  }
  for (uint32_t i = 0U; i < self->n_recent; ++i) {
    self->recent_powers[i] = 0.0f;
  }
  self->next     = (int64_t)next;
  self->first    = 0;
  self->n_frames = 0U;
  self->start    = 0U;
}

/// Where a frame is among the recent ones, also one before the first.
static uint32_t
place_of(const TmbGather* const self, const int64_t number)
{
  return (uint32_t)((number + self->n_recent) % self->n_recent);
}

/// Add a recent frame to the note.
static void
grow(TmbGather* const self, const int64_t number)
{
  if (number < self->first || tmb_gather_has(self, self->n_note)) {
    return;
  }

  const uint32_t place = place_of(self, number);
  const float    power = self->recent_powers[place];
  memcpy(self->frames + ((size_t)self->n_frames * self->n_bands),
         self->recent + ((size_t)place * self->n_bands),
         self->n_bands * sizeof(float));
  self->powers[self->n_frames] = power;
  ++self->n_frames;
  if (self->n_frames <= self->n_before) {
    return;
  }

  // What was loud enough may be no more, now that the loudest is known better
  self->loudest = fmaxf(self->loudest, power);
  while (self->start < TMB_ATTACK_FRAMES &&
         self->powers[self->n_before + self->start] <
           START_POWER * self->loudest) {
    ++self->start;
  }
}

void
tmb_gather_push(TmbGather* const   self,
                const float* const log_bands,
                const float        power)
{
  const uint32_t place = place_of(self, self->next);
  memcpy(self->recent + ((size_t)place * self->n_bands),
         log_bands,
         self->n_bands * sizeof(float));
  self->recent_powers[place] = power;
  grow(self, self->next);
  ++self->next;
}

void
tmb_gather_begin(TmbGather* const self, const uint64_t onset)
{
  const int64_t first  = (int64_t)onset - (int64_t)self->n_before;
  const int64_t oldest = self->next - (int64_t)self->n_recent;
  self->first          = (first > oldest) ? first : oldest;
  self->n_frames       = 0U;
  self->start          = 0U;
  self->loudest        = 0.0f;
  for (int64_t i = self->first; i < self->next; ++i) {
    grow(self, i);
  }
}

bool
tmb_gather_has(const TmbGather* const self, const uint32_t n)
{
  return self->n_frames - self->start >= n;
}

const float*
tmb_gather_frames(const TmbGather* const self, uint32_t* const n_available)
{
  *n_available = self->n_frames - self->start;
  return self->frames + ((size_t)self->start * self->n_bands);
}

uint32_t
tmb_gather_start(const TmbGather* const self)
{
  return self->start;
}

void
tmb_gather_digest(const TmbGather* const self,
                  const bool             with_note,
                  TmbDigest* const       digest)
{
  tmb_digest_add(digest, (uint64_t)self->next);
  for (uint32_t i = self->n_recent; i; --i) {
    const uint32_t place = place_of(self, self->next - (int64_t)i);
    tmb_digest_add_floats(
      digest, self->recent + ((size_t)place * self->n_bands), self->n_bands);
    tmb_digest_add_floats(digest, &self->recent_powers[place], 1U);
  }
  if (with_note) {
    tmb_digest_add(digest, (uint64_t)self->first);
    tmb_digest_add(digest, self->n_frames);
    tmb_digest_add(digest, self->start);
    tmb_digest_add_floats(digest, &self->loudest, 1U);
    tmb_digest_add_floats(
      digest, self->frames, (size_t)self->n_frames * self->n_bands);
    tmb_digest_add_floats(digest, self->powers, self->n_frames);
  }
}
