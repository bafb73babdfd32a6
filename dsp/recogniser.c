// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/recogniser.h"

#include "dsp/extractor.h"
#include "dsp/note.h"
#include "dsp/track.h"
#include "dsp/verdict.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

const TmbSettings tmb_default_settings = {
  .sensitivity = 0.5f,
  .gate_db     = -60.0f,
  .threshold   = 0.5f,
  .decision_ms = 250.0f,
  .hold_ms     = 500.0f,
};

struct TmbRecogniserImpl {
  const TmbModel* model;
  double          rate_hz;
  TmbSettings     settings;
  TmbExtractor*   extractor;
  TmbTrack*       track;
  float*          features;  ///< [tmb_front_end_features()]
  float*          scratch;   ///< [tmb_net_scratch()]
  float*          posterior; ///< [n_outputs] Of the newest note
  float*          families;  ///< [n_classes] For tmb_judge()
  TmbVerdict      verdict;   ///< On the newest note
  bool            is_named;  ///< The newest note, which has not ended
  int             track_instrument;
};

static TmbStatus
build(TmbRecogniser* const self)
{
  const TmbFrontEnd* const front_end = tmb_model_front_end(self->model);
  const TmbNet* const      net       = tmb_model_net(self->model);
  const uint32_t           n_classes = tmb_model_n_classes(self->model);
  const uint32_t           n_outputs = tmb_model_n_outputs(self->model);
  self->features =
    (float*)calloc(tmb_front_end_features(front_end), sizeof(float));
  self->scratch   = (float*)calloc(tmb_net_scratch(net), sizeof(float));
  self->posterior = (float*)calloc(n_outputs, sizeof(float));
  self->families  = (float*)calloc(n_classes, sizeof(float));
  if (!self->features || !self->scratch || !self->posterior ||
      !self->families) {
    return TMB_NO_MEMORY;
  }

  const TmbStatus status = tmb_track_new(n_classes, n_outputs, &self->track);
  return status ? status
                : tmb_extractor_new(front_end, self->rate_hz, &self->extractor);
}

TmbStatus
tmb_recogniser_new(const TmbModel* const model,
                   const double          rate_hz,
                   TmbRecogniser** const recogniser)
{
  *recogniser = NULL;
  if (!tmb_model_front_end(model)) {
    return TMB_EXTERNAL_FEATURES;
  }

  TmbRecogniser* const self = (TmbRecogniser*)calloc(1U, sizeof(TmbRecogniser));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->model   = model;
  self->rate_hz = rate_hz;

  const TmbStatus status = build(self);
  if (status) {
    tmb_recogniser_free(self);
    return status;
  }

  tmb_recogniser_set(self, &tmb_default_settings);
  tmb_recogniser_begin(self, 0U);
  *recogniser = self;
  return TMB_OK;
}

void
tmb_recogniser_free(TmbRecogniser* const self)
{
  if (self) {
    tmb_extractor_free(self->extractor);
    tmb_track_free(self->track);
    free(self->families);
    free(self->posterior);
    free(self->scratch);
    free(self->features);
    free(self);
  }
}

void
tmb_recogniser_begin(TmbRecogniser* const self, const uint64_t first)
{
  tmb_extractor_begin(self->extractor, first);
  tmb_track_reset(self->track);
  self->verdict          = (TmbVerdict){ TMB_UNKNOWN, 0.0f, TMB_UNKNOWN, 0.0f };
  self->is_named         = false;
  self->track_instrument = TMB_UNKNOWN;
}

/// `value` within its range, or `fallback` if it is not a number.
static float
within(const float value,
       const float least,
       const float largest,
       const float fallback)
{
  return isnan(value) ? fallback : fminf(fmaxf(value, least), largest);
}

void
tmb_recogniser_set(TmbRecogniser* const self, const TmbSettings* const settings)
{
  const TmbSettings* const usual = &tmb_default_settings;
  TmbSettings* const       mine  = &self->settings;

  mine->sensitivity =
    within(settings->sensitivity, 0.0f, 1.0f, usual->sensitivity);
  mine->gate_db   = within(settings->gate_db, -120.0f, 0.0f, usual->gate_db);
  mine->threshold = within(settings->threshold, 0.0f, 1.0f, usual->threshold);
  mine->decision_ms =
    within(settings->decision_ms, 0.0f, 60000.0f, usual->decision_ms);
  mine->hold_ms = within(settings->hold_ms, 0.0f, 60000.0f, usual->hold_ms);

  const TmbFrontEnd* const front_end = tmb_model_front_end(self->model);
  tmb_extractor_set(self->extractor,
                    mine->sensitivity,
                    mine->gate_db,
                    tmb_front_end_age(front_end, (double)mine->decision_ms));
}

/// Posterior of a note, what it is called, and the track's instrument.
static void
name_note(TmbRecogniser* const self, const TmbNoteEvent* const note)
{
  const TmbFrontEnd* const front_end = tmb_model_front_end(self->model);
  const uint32_t age      = tmb_front_end_reached(front_end, note->n_available);
  const uint32_t n_frames = front_end->ages[age].n_frames;
  tmb_note_features(front_end,
                    tmb_extractor_mfcc(self->extractor),
                    note->frames,
                    (n_frames < note->n_available) ? n_frames
                                                   : note->n_available,
                    self->features);
  tmb_net_forward(tmb_model_net(self->model),
                  self->features,
                  age,
                  self->scratch,
                  self->posterior);

  self->verdict = tmb_judge(tmb_model_families(self->model),
                            self->posterior,
                            tmb_model_n_outputs(self->model),
                            self->settings.threshold,
                            self->families);

  const double hold = (double)self->settings.hold_ms * 0.001 * self->rate_hz;
  self->track_instrument = tmb_track_push(self->track,
                                          self->posterior,
                                          note->time,
                                          (uint64_t)hold,
                                          self->settings.threshold);
}

static const TmbEventType event_types[] = {
  [TMB_NOTE_NONE]  = TMB_EVENT_NONE,
  [TMB_NOTE_ONSET] = TMB_EVENT_ONSET,
  [TMB_NOTE_READY] = TMB_EVENT_NOTE,
  [TMB_NOTE_END]   = TMB_EVENT_END,
};

uint32_t
tmb_recogniser_push(TmbRecogniser* const self,
                    const float* const   samples,
                    const uint32_t       n,
                    TmbEvent* const      event)
{
  TmbNoteEvent   note;
  const uint32_t n_taken =
    tmb_extractor_push(self->extractor, samples, n, &note);
  if (note.stage == TMB_NOTE_READY) {
    name_note(self, &note);
    self->is_named = true;
  } else if (note.stage == TMB_NOTE_END) {
    self->is_named = false;
  }

  event->type      = event_types[note.stage];
  event->time      = note.time;
  event->onset     = note.onset;
  event->duration  = (note.stage == TMB_NOTE_END) ? note.duration : 0U;
  event->verdict   = self->verdict;
  event->posterior = self->posterior;
  event->track     = self->track_instrument;
  event->track_confidence =
    (self->track_instrument < 0)
      ? 0.0f
      : tmb_track_posterior(self->track)[self->track_instrument];
  return n_taken;
}

float
tmb_recogniser_level(const TmbRecogniser* const self)
{
  return tmb_extractor_level(self->extractor);
}

uint32_t
tmb_recogniser_tail(const TmbRecogniser* const self)
{
  return tmb_extractor_tail(self->extractor);
}

uint64_t
tmb_recogniser_digest(const TmbRecogniser* const self)
{
  TmbDigest digest = { 0U };
  tmb_extractor_digest(self->extractor, &digest);
  tmb_digest_add(&digest, self->is_named);
  if (self->is_named) {
    tmb_digest_add(&digest, (uint64_t)self->verdict.instrument);
    tmb_digest_add_floats(&digest, &self->verdict.confidence, 1U);
    tmb_digest_add(&digest, (uint64_t)self->verdict.family);
    tmb_digest_add_floats(&digest, &self->verdict.family_confidence, 1U);
    tmb_digest_add_floats(
      &digest, self->posterior, tmb_model_n_outputs(self->model));
  }
  return digest.bits;
}
