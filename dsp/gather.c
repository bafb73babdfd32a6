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
  uint32_t n_note;   ///< Frames of a whole note
  uint32_t n_frames; ///< In `frames`
  uint32_t start;    ///< Frames from the onset to the start
  float    loudest;  ///< Largest power since the onset
  float*   recent;   ///< [n_before + 1][n_bands] Newest frame last
  float    power;    ///< Of the newest frame
  float*   frames;   ///< [TMB_ATTACK_FRAMES + n_note][n_bands]
  float*   powers;   ///< [TMB_ATTACK_FRAMES + n_note]
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

  const size_t frame = front_end->n_bands * sizeof(float);
  const size_t n_max = (size_t)TMB_ATTACK_FRAMES + self->n_note;
  self->recent       = (float*)calloc((size_t)self->n_before + 1U, frame);
  self->frames       = (float*)calloc(n_max, frame);
  self->powers       = (float*)calloc(n_max, sizeof(float));
  if (!self->recent || !self->frames || !self->powers) {
    tmb_gather_free(self);
    return TMB_NO_MEMORY;
  }

  tmb_gather_reset(self);
  *gather = self;
  return TMB_OK;
}

void
tmb_gather_free(TmbGather* const gather)
{
  if (gather) {
    free(gather->powers);
    free(gather->frames);
    free(gather->recent);
    free(gather);
  }
}

void
tmb_gather_reset(TmbGather* const self)
{
  const float silence_db = 10.0f * log10f(TMB_POWER_FLOOR);
  for (uint32_t i = 0U; i < (self->n_before + 1U) * self->n_bands; ++i) {
    self->recent[i] = silence_db;
  }
  self->power    = 0.0f;
  self->n_frames = 0U;
  self->start    = 0U;
}

void
tmb_gather_push(TmbGather* const   self,
                const float* const log_bands,
                const float        power)
{
  const size_t n_levels = (size_t)self->n_before * self->n_bands;
  memmove(self->recent, self->recent + self->n_bands, n_levels * sizeof(float));
  memcpy(self->recent + n_levels, log_bands, self->n_bands * sizeof(float));
  self->power = power;
}

void
tmb_gather_begin(TmbGather* const self)
{
  memcpy(self->frames,
         self->recent,
         (size_t)self->n_before * self->n_bands * sizeof(float));
  self->n_frames = self->n_before;
  self->start    = 0U;
  self->loudest  = 0.0f;
  tmb_gather_grow(self);
}

void
tmb_gather_grow(TmbGather* const self)
{
  if (tmb_gather_has(self, self->n_note)) {
    return;
  }

  memcpy(self->frames + ((size_t)self->n_frames * self->n_bands),
         self->recent + ((size_t)self->n_before * self->n_bands),
         self->n_bands * sizeof(float));
  self->powers[self->n_frames] = self->power;
  self->loudest                = fmaxf(self->loudest, self->power);
  ++self->n_frames;

  // What was loud enough may be no more, now that the loudest is known better
  while (self->start < TMB_ATTACK_FRAMES &&
         self->powers[self->n_before + self->start] <
           START_POWER * self->loudest) {
    ++self->start;
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
