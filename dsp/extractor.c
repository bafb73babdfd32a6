// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/extractor.h"

#include "dsp/analysis.h"
#include "dsp/gather.h"
#include "dsp/mel.h"
#include "dsp/onset.h"

#include <math.h>
#include <stdlib.h>

#define FADED_DB 40.0f    ///< A note this far below its peak has ended
#define RELEASED_DB 15.0f ///< So has one that falls by this in FALL_S
#define FALL_S 0.1
#define QUIET_S 0.046 ///< So long it must be quiet

struct TmbExtractorImpl {
  TmbFrontEnd  front_end;
  TmbAnalysis* analysis;
  TmbOnset*    onset;
  TmbMel*      mel;
  TmbMfcc*     mfcc;
  TmbGather*   gather;
  float*       bands;        ///< [n_bands] Of the newest frame
  uint32_t     n_long;       ///< Samples of a long window
  double       hop;          ///< From one frame to the next, in samples
  uint32_t     n_quiet_most; ///< Views of QUIET_S
  uint32_t     n_levels;     ///< Views of FALL_S
  float*       levels_db;    ///< [n_levels] A ring

  float    gate_db;
  uint32_t age_frames; ///< A note is ready with so many
  float    level_db;   ///< Of the newest hop
  uint64_t n_views;    ///< Since it began

  // The current note, if in_note
  bool     in_note;
  bool     is_ready; ///< READY was given out
  uint64_t start;    ///< Onset in samples; once it is ready, its start
  uint64_t release;  ///< Where the quiet began, in samples
  uint32_t n_quiet;  ///< Quiet views in a row
  float    peak_db;

  // Stages that wait to be given out, in this order
  bool     ready_waits;
  bool     end_waits;
  bool     onset_waits;
  uint64_t next_start; ///< Onset of the note that waits
};

static TmbStatus
build(TmbExtractor* const self, const double rate_hz)
{
  const TmbFrontEnd* const front_end = &self->front_end;
  TmbMelConfig             bands     = { .n_bands = front_end->n_bands,
                                         .fmin_hz = front_end->fmin_hz,
                                         .fmax_hz = front_end->fmax_hz,
                                         .scale   = front_end->scale,
                                         .norm    = front_end->norm };

  TmbStatus status = tmb_analysis_new(rate_hz,
                                      front_end->window_s,
                                      front_end->hop_s,
                                      &bands,
                                      front_end->rate_hz,
                                      &self->analysis);
  if (status) {
    return status;
  }

  const TmbAnalysisTimes times = tmb_analysis_times(self->analysis);
  self->n_long                 = times.n_long;
  self->hop                    = times.hop;
  self->n_quiet_most = (uint32_t)ceil(QUIET_S / (0.5 * front_end->hop_s));
  self->n_levels     = (uint32_t)ceil(FALL_S / (0.5 * front_end->hop_s));
  self->levels_db    = (float*)calloc(self->n_levels, sizeof(float));
  self->bands        = (float*)calloc(front_end->n_bands, sizeof(float));
  if (!self->bands || !self->levels_db) {
    return TMB_NO_MEMORY;
  }

  tmb_analysis_fit(self->analysis, &bands);
  status = tmb_mel_new(&bands, &self->mel);
  if (!status) {
    status = tmb_onset_new(&times, rate_hz, &self->onset);
  }
  if (!status) {
    status =
      tmb_mfcc_new(front_end->n_bands, front_end->n_coeffs, 0.0, &self->mfcc);
  }
  if (!status) {
    status = tmb_gather_new(front_end, &self->gather);
  }
  return status;
}

TmbStatus
tmb_extractor_new(const TmbFrontEnd* const front_end,
                  const double             rate_hz,
                  TmbExtractor** const     extractor)
{
  *extractor = NULL;

  TmbStatus status = tmb_front_end_check(front_end, NULL);
  if (status) {
    return status;
  }
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0)) {
    return TMB_BAD_ARG;
  }

  TmbExtractor* const self = (TmbExtractor*)calloc(1U, sizeof(TmbExtractor));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->front_end = *front_end;

  status = build(self, rate_hz);
  if (status) {
    tmb_extractor_free(self);
    return status;
  }

  tmb_extractor_set(self, 0.5f, -60.0f, front_end->n_ages - 1U);
  tmb_extractor_begin(self, 0U);
  *extractor = self;
  return TMB_OK;
}

void
tmb_extractor_free(TmbExtractor* const self)
{
  if (self) {
    tmb_gather_free(self->gather);
    tmb_mfcc_free(self->mfcc);
    tmb_onset_free(self->onset);
    tmb_mel_free(self->mel);
    tmb_analysis_free(self->analysis);
    free(self->bands);
    free(self->levels_db);
    free(self);
  }
}

void
tmb_extractor_begin(TmbExtractor* const self, const uint64_t first)
{
  tmb_analysis_begin(self->analysis, first);
  tmb_onset_reset(self->onset);
  tmb_gather_reset(self->gather, tmb_analysis_next(self->analysis));
  self->level_db = TMB_LEAST_LEVEL_DB;
  self->n_views  = 0U;
  for (uint32_t i = 0U; i < self->n_levels; ++i) {
    self->levels_db[i] = TMB_LEAST_LEVEL_DB;
  }
  self->in_note     = false;
  self->ready_waits = false;
  self->end_waits   = false;
  self->onset_waits = false;
}

void
tmb_extractor_set(TmbExtractor* const self,
                  const float         sensitivity,
                  const float         gate_db,
                  const uint32_t      age)
{
  tmb_onset_set(self->onset, sensitivity, gate_db);
  self->gate_db    = gate_db;
  self->age_frames = self->front_end.ages[age].n_frames;
}

/// Bands of a new frame, for the note that is played or that may begin.
static void
take_frame(TmbExtractor* const self, const float* const power)
{
  const uint32_t n_bands = self->front_end.n_bands;
  float          sum     = 0.0f;
  tmb_mel_apply(self->mel, power, self->bands);
  for (uint32_t b = 0U; b < n_bands; ++b) {
    sum += self->bands[b];
  }
  tmb_power_to_db(self->bands, n_bands, self->bands);
  tmb_gather_push(self->gather, self->bands, sum);
}

/// Take the newest level and give back the one of FALL_S ago.
static float
remember_level(TmbExtractor* const self, const float level_db)
{
  float* const place     = self->levels_db + (self->n_views % self->n_levels);
  const float  before_db = *place;
  *place                 = level_db;
  self->level_db         = level_db;
  ++self->n_views;
  return before_db;
}

/**
   Count quiet views; the note ends when there are enough and it was ready.

   @param before_db Level of FALL_S ago.
*/
static void
watch_release(TmbExtractor* const self, const float before_db)
{
  self->peak_db = fmaxf(self->peak_db, self->level_db);
  if (self->level_db > self->gate_db &&
      self->level_db > self->peak_db - FADED_DB &&
      self->level_db > before_db - RELEASED_DB) {
    self->n_quiet = 0U;
    return;
  }

  if (!self->n_quiet) {
    self->release =
      tmb_analysis_taken(self->analysis) - (uint64_t)(0.5 * self->hop);
  }
  ++self->n_quiet;
  if (self->n_quiet >= self->n_quiet_most &&
      (self->is_ready || self->ready_waits)) {
    self->end_waits = true;
  }
}

/// Look at one view and note which stages it brings about.
static void
process(TmbExtractor* const self, const TmbView* const view)
{
  const float before_db = remember_level(self, view->level_db);
  self->onset_waits     = tmb_onset_push(self->onset, view, &self->next_start);
  if (view->power) {
    take_frame(self, view->power);
  }
  if (self->in_note && self->onset_waits) {
    self->ready_waits = !self->is_ready;
    self->end_waits   = true;
    if (self->n_quiet < self->n_quiet_most) {
      self->release = self->next_start;
    }
  } else if (self->in_note) {
    self->ready_waits =
      !self->is_ready && tmb_gather_has(self->gather, self->age_frames);
    watch_release(self, before_db);
  }
}

static void
begin_note(TmbExtractor* const self)
{
  const double frame = (double)self->next_start / self->hop;
  tmb_gather_begin(self->gather, (uint64_t)llround(frame));
  self->in_note  = true;
  self->is_ready = false;
  self->start    = self->next_start;
  self->n_quiet  = 0U;
  self->peak_db  = self->level_db;
}

/// Give out the next stage that waits, if any.
static void
take_stage(TmbExtractor* const self, TmbNoteEvent* const event)
{
  event->stage = TMB_NOTE_NONE;
  event->time  = tmb_analysis_taken(self->analysis);
  if (self->ready_waits) {
    self->ready_waits = false;
    self->is_ready    = true;
    self->start +=
      (uint64_t)((double)tmb_gather_start(self->gather) * self->hop);
    event->stage  = TMB_NOTE_READY;
    event->frames = tmb_gather_frames(self->gather, &event->n_available);
  } else if (self->end_waits) {
    self->end_waits = false;
    self->in_note   = false;
    event->stage    = TMB_NOTE_END;
    event->duration = (uint64_t)self->hop;
    if (self->release > self->start + event->duration) {
      event->duration = self->release - self->start;
    }
  } else if (self->onset_waits) {
    self->onset_waits = false;
    event->stage      = TMB_NOTE_ONSET;
    begin_note(self);
  }
  event->onset = self->start;
}

uint32_t
tmb_extractor_push(TmbExtractor* const self,
                   const float* const  samples,
                   const uint32_t      n,
                   TmbNoteEvent* const event)
{
  take_stage(self, event);

  uint32_t n_taken = 0U;
  while (event->stage == TMB_NOTE_NONE && n_taken < n) {
    TmbView view;
    n_taken +=
      tmb_analysis_push(self->analysis, samples + n_taken, n - n_taken, &view);
    if (view.short_db) {
      process(self, &view);
      take_stage(self, event);
    }
  }
  return n_taken;
}

const TmbMfcc*
tmb_extractor_mfcc(const TmbExtractor* const self)
{
  return self->mfcc;
}

float
tmb_extractor_level(const TmbExtractor* const self)
{
  return self->level_db;
}

uint32_t
tmb_extractor_tail(const TmbExtractor* const self)
{
  const uint32_t n_frames = tmb_front_end_note_frames(&self->front_end) +
                            TMB_ATTACK_FRAMES + self->n_quiet_most;

  return self->n_long + (uint32_t)ceil((double)n_frames * self->hop);
}

static void
add_note(TmbDigest* const digest, const TmbExtractor* const self)
{
  tmb_digest_add(digest, self->is_ready);
  tmb_digest_add(digest, self->ready_waits);
  tmb_digest_add(digest, self->end_waits);
  tmb_digest_add(digest, self->start);
  tmb_digest_add(digest, self->n_quiet);
  tmb_digest_add_floats(digest, &self->peak_db, 1U);
  if (self->n_quiet || self->end_waits) {
    tmb_digest_add(digest, self->release);
  }
}

void
tmb_extractor_digest(const TmbExtractor* const self, TmbDigest* const digest)
{
  tmb_analysis_digest(self->analysis, digest);
  tmb_onset_digest(self->onset, digest);
  tmb_gather_digest(self->gather, self->in_note && !self->is_ready, digest);

  // Oldest first; the newest is level_db
  for (uint32_t i = 0U; i < self->n_levels; ++i) {
    const uint64_t place = (self->n_views + i) % self->n_levels;
    tmb_digest_add_floats(digest, &self->levels_db[place], 1U);
  }

  tmb_digest_add(digest, self->in_note);
  if (self->in_note) {
    add_note(digest, self);
  }
  tmb_digest_add(digest, self->onset_waits);
  if (self->onset_waits) {
    tmb_digest_add(digest, self->next_start);
  }
}
