// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <string.h>

#define PULSE_S 0.01 ///< Length of an onset's pulse

static const TmbHeard nothing = {
  .track     = TMB_UNKNOWN,
  .told      = TMB_UNKNOWN,
  .release   = TMB_NEVER,
  .pulse_end = TMB_NEVER,
};

void
tmb_listen_reset(TmbPlugin* const self)
{
  self->heard  = nothing;
  self->origin = self->clock;
  if (self->engine->recogniser) {
    tmb_recogniser_reset(self->engine->recogniser);
  }
  tmb_midi_stop(&self->midi);
}

TmbNaming
tmb_naming(const TmbPlugin* const self,
           const int              instrument,
           const float            confidence)
{
  static const TmbClass unknown = { TMB_UNKNOWN_LABEL, "", -1 };
  const TmbClass* const named =
    (instrument < 0)
      ? &unknown
      : tmb_model_class(self->engine->model, (uint32_t)instrument);

  const TmbNaming naming = {
    instrument, named->name, named->family, named->program, confidence
  };
  return naming;
}

bool
tmb_watched(const TmbPlugin* const self)
{
  return self->heard.holds && self->heard.track == self->watch;
}

float
tmb_watched_confidence(const TmbPlugin* const self)
{
  const TmbModel* const model = self->engine->model;
  return (self->heard.holds &&
          (uint32_t)self->watch < tmb_model_n_classes(model))
           ? self->posterior[self->watch]
           : 0.0f;
}

static void
send_watched(TmbPlugin* const self, const uint32_t frame)
{
  tmb_midi_watched(
    &self->midi, &self->outbox, frame, tmb_watched_confidence(self));
}

void
tmb_listen_watch(TmbPlugin* const self, const int watch)
{
  self->watch = watch;
  if (self->heard.holds) {
    send_watched(self, 0U);
  }
}

/// The clock some time after `now`.
static uint64_t
later(const TmbPlugin* const self, const uint64_t now, const double seconds)
{
  return now + (uint64_t)(seconds * self->rate_hz);
}

/// Tell listeners the track's instrument, if they don't know it.
static void
tell_track(TmbPlugin* const self, const uint32_t frame)
{
  TmbHeard* const heard = &self->heard;
  if (heard->track != heard->told) {
    const TmbNaming track =
      tmb_naming(self, heard->track, heard->track_confidence);
    if (tmb_outbox_instrument(&self->outbox, frame, &track)) {
      heard->told = heard->track;
    }
  }
}

/// What to call a note: if it is unknown, its family may be a guess.
static TmbNaming
name_note(const TmbPlugin* const self, const TmbVerdict* const verdict)
{
  TmbNaming naming = tmb_naming(self, verdict->instrument, verdict->confidence);
  if (verdict->instrument == TMB_UNKNOWN && verdict->family != TMB_UNKNOWN) {
    naming.family =
      tmb_model_families(self->engine->model)->families[verdict->family].guess;
  }
  return naming;
}

/// A note was named.
static void
hear_note(TmbPlugin* const      self,
          const TmbEvent* const event,
          const uint32_t        frame)
{
  TmbHeard* const         heard   = &self->heard;
  TmbOutbox* const        outbox  = &self->outbox;
  const TmbVerdict* const verdict = &event->verdict;
  const TmbNaming         note    = name_note(self, verdict);
  const TmbNaming         track =
    tmb_naming(self, event->track, event->track_confidence);

  heard->track            = event->track;
  heard->track_confidence = event->track_confidence;
  heard->confidence       = verdict->confidence;
  heard->holds            = true;
  heard->release          = TMB_NEVER;
  memcpy(self->posterior,
         event->posterior,
         tmb_model_n_classes(self->engine->model) * sizeof(float));

  tell_track(self, frame);
  tmb_outbox_note(outbox,
                  frame,
                  self->origin + event->onset,
                  &note,
                  verdict->family_confidence);
  tmb_midi_track(&self->midi, outbox, frame, &track);
  tmb_midi_note(&self->midi, outbox, frame, &note);
  send_watched(self, frame);
}

static void
hear(TmbPlugin* const self, const TmbEvent* const event)
{
  // Known after `time` samples, that is with the last of them
  const uint64_t now   = self->origin + event->time;
  const uint32_t frame = (uint32_t)(now - 1U - self->clock);
  tmb_cv_write(self, frame);

  switch (event->type) {
    case TMB_EVENT_NONE:
      break;
    case TMB_EVENT_ONSET:
      self->heard.onset     = true;
      self->heard.pulse_end = later(self, now - 1U, PULSE_S);
      break;
    case TMB_EVENT_NOTE:
      hear_note(self, event, frame);
      break;
    case TMB_EVENT_END:
      tmb_midi_end(&self->midi, &self->outbox, frame);
      self->heard.release =
        later(self, now, 0.001 * (double)self->settings.hold_ms);
      break;
  }
}

/// What has been heard for long enough ends at a frame.
static void
let_go(TmbPlugin* const self, const uint32_t frame)
{
  TmbHeard* const heard = &self->heard;
  const uint64_t  now   = self->clock + frame;
  tmb_cv_write(self, frame);

  if (heard->pulse_end == now) {
    heard->pulse_end = TMB_NEVER;
  }
  if (heard->release == now) {
    heard->holds   = false;
    heard->release = TMB_NEVER;
    send_watched(self, frame);
  }
}

void
tmb_listen_begin(TmbPlugin* const self)
{
  self->heard.onset = false;
  self->n_cv        = 0U;
  if (self->enabled) {
    tell_track(self, 0U); // If there was no room for it before
  }
}

void
tmb_listen(TmbPlugin* const   self,
           const uint32_t     begin,
           const float* const samples,
           const uint32_t     n)
{
  TmbRecogniser* const recogniser = self->engine->recogniser;
  if (!recogniser) {
    return;
  }

  // The part is cut where something is let go, so that this happens at the same
  // sample for every block size
  const TmbHeard* const heard = &self->heard;
  uint32_t              i     = 0U;
  bool                  done  = false;
  while (!done) {
    const uint64_t cut =
      (heard->release < heard->pulse_end) ? heard->release : heard->pulse_end;
    const uint64_t n_cut  = cut - (self->clock + begin + i);
    const uint32_t n_next = (n_cut < n - i) ? (uint32_t)n_cut : n - i;

    TmbEvent event;
    i += tmb_recogniser_push(recogniser, samples + i, n_next, &event);
    if (event.type != TMB_EVENT_NONE) {
      hear(self, &event);
    } else if (i == n) {
      done = true;
    } else {
      let_go(self, begin + i);
    }
  }
}
