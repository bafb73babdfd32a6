// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <string.h>

#define PULSE_S 0.01 ///< Length of an onset's pulse

static const TmbHeard nothing = {
  .track     = TMB_UNKNOWN,
  .told      = TMB_UNKNOWN,
  .named     = TMB_UNKNOWN,
  .release   = TMB_NEVER,
  .watch     = { .is_open = false, .closes = TMB_NEVER },
  .pulse_end = TMB_NEVER,
  .stop      = TMB_NEVER,
};

void
tmb_listen_reset(TmbPlugin* const self)
{
  self->heard  = nothing;
  self->origin = self->clock;
  if (self->engine->recogniser) {
    tmb_recogniser_begin(self->engine->recogniser, 0U);
  }
  tmb_midi_stop(&self->midi);
}

static const TmbClass unknown = { TMB_UNKNOWN_LABEL, "", -1 };

TmbNaming
tmb_naming(const TmbPlugin* const self,
           const int              instrument,
           const float            confidence)
{
  const TmbClass* const named =
    (instrument < 0)
      ? &unknown
      : tmb_model_class(self->engine->model, (uint32_t)instrument);

  const TmbNaming naming = {
    instrument, named->name, named->family, named->program, confidence
  };
  return naming;
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

/// Whether the newest note opens the gate of the watched instrument.
static bool
is_watched(const TmbPlugin* const self)
{
  return self->heard.named == self->watch || self->heard.track == self->watch;
}

void
tmb_listen_watch(TmbPlugin* const self, const int watch)
{
  TmbHeard* const heard = &self->heard;
  self->watch           = watch;
  heard->watch.is_open  = heard->holds && is_watched(self);
  heard->watch.closes   = heard->release;
  if (heard->holds) {
    send_watched(self, 0U);
  }
}

/// The clock some time after `now`.
static uint64_t
later(const TmbPlugin* const self, const uint64_t now, const double seconds)
{
  return now + (uint64_t)(seconds * self->rate_hz);
}

/// When what ends `now` is no longer held.
static uint64_t
hold_end(const TmbPlugin* const self, const uint64_t now)
{
  return later(self, now, 0.001 * (double)self->settings.hold_ms);
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
  const uint64_t          onset   = self->origin + event->onset;
  const TmbNaming         note    = name_note(self, verdict);
  const TmbNaming         track =
    tmb_naming(self, event->track, event->track_confidence);

  heard->track            = event->track;
  heard->track_confidence = event->track_confidence;
  heard->confidence       = verdict->confidence;
  tell_track(self, frame);
  tmb_outbox_note(outbox, frame, onset, &note, verdict->family_confidence);
  tmb_midi_track(&self->midi, outbox, frame, &track);
  if (onset < heard->stopped) {
    return;
  }

  heard->named   = verdict->instrument;
  heard->holds   = true;
  heard->release = TMB_NEVER;
  memcpy(self->posterior,
         event->posterior,
         tmb_model_n_classes(self->engine->model) * sizeof(float));
  tmb_watch_note(&heard->watch,
                 is_watched(self),
                 tmb_watched_confidence(self),
                 self->settings.threshold,
                 hold_end(self, self->origin + event->time));
  tmb_midi_note(&self->midi, outbox, frame, &note);
  send_watched(self, frame);
}

/// A note begins, or its pulse is over.
static void
set_pulse(TmbPlugin* const self, const uint32_t frame, const uint64_t end)
{
  self->heard.pulse_end = end;
  tmb_midi_onset(&self->midi, &self->outbox, frame, end != TMB_NEVER);
}

static void
hear(TmbPlugin* const self, const TmbEvent* const event)
{
  // Known after `time` samples, that is with the last of them
  TmbHeard* const heard = &self->heard;
  const uint64_t  now   = self->origin + event->time;
  const uint32_t  frame = (uint32_t)(now - 1U - self->clock);
  tmb_cv_write(self, frame);

  switch (event->type) {
    case TMB_EVENT_NONE:
      break;
    case TMB_EVENT_ONSET:
      heard->onset = true;
      set_pulse(self, frame, later(self, now - 1U, PULSE_S));
      break;
    case TMB_EVENT_NOTE:
      hear_note(self, event, frame);
      break;
    case TMB_EVENT_END:
      tmb_midi_end(&self->midi, &self->outbox, frame);
      if (heard->holds) {
        heard->release = hold_end(self, now);
        tmb_watch_end(&heard->watch, heard->release);
      }
      break;
  }
}

void
tmb_listen_stop(TmbPlugin* const self, const uint32_t frame)
{
  const uint64_t stop = self->clock + frame;
  if (self->enabled && self->engine->recogniser && stop < self->heard.stop) {
    self->heard.stop = stop;
  }
}

/// When the next thing ends by time alone.
static uint64_t
next_end(const TmbHeard* const heard)
{
  const uint64_t ends[] = { heard->release, heard->watch.closes, heard->stop };
  uint64_t       next   = heard->pulse_end;
  for (size_t i = 0U; i < sizeof(ends) / sizeof(ends[0]); ++i) {
    next = (ends[i] < next) ? ends[i] : next;
  }
  return next;
}

/// End what is to end at a frame.
static void
let_go(TmbPlugin* const self, const uint32_t frame)
{
  TmbHeard* const heard = &self->heard;
  const uint64_t  now   = self->clock + frame;
  tmb_cv_write(self, frame);

  if (heard->stop == now) {
    heard->stop    = TMB_NEVER;
    heard->stopped = now;
    tmb_midi_end(&self->midi, &self->outbox, frame);
    heard->release   = now;
    heard->watch     = nothing.watch;
    heard->pulse_end = (heard->pulse_end == TMB_NEVER) ? TMB_NEVER : now;
  }
  if (heard->watch.closes == now) {
    heard->watch = nothing.watch;
  }
  if (heard->release == now) {
    heard->holds   = false;
    heard->release = TMB_NEVER;
    send_watched(self, frame);
  }
  if (heard->pulse_end == now) {
    set_pulse(self, frame, TMB_NEVER);
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

  // The part is cut where something ends by time alone, so that this happens at
  // the same sample for every block size
  uint32_t i    = 0U;
  bool     done = false;
  while (!done) {
    const uint64_t n_end  = next_end(&self->heard) - (self->clock + begin + i);
    const uint32_t n_next = (n_end < n - i) ? (uint32_t)n_end : n - i;

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
