// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/midi.h"

#include "dsp/midi_note.h"

#include <lv2/midi/midi.h>

#include <math.h>

static const TmbMidiValues none = { -1, -1, -1, -1 };

void
tmb_midi_init(TmbMidi* const self)
{
  const TmbMidi silent = {
    .settings = { TMB_MIDI_OFF, 0, 0 },
    .due      = none,
    .sent     = none,
    .note     = -1,
  };
  *self = silent;
}

static bool
sends(const TmbMidi* const self, const TmbMidiMode mode)
{
  return self->settings.mode == mode || self->settings.mode == TMB_MIDI_ALL;
}

static bool
send(const TmbMidi* const self,
     TmbOutbox* const     outbox,
     const uint32_t       frame,
     const int            status,
     const int            data1,
     const int            data2)
{
  const uint8_t  bytes[3] = { (uint8_t)(status | self->settings.channel),
                              (uint8_t)data1,
                              (uint8_t)data2 };
  const uint32_t n        = (status == LV2_MIDI_MSG_PGM_CHANGE) ? 2U : 3U;
  return tmb_outbox_midi(outbox, frame, bytes, n);
}

/// Send a controller if its value is new.
static void
send_controller(const TmbMidi* const self,
                TmbOutbox* const     outbox,
                const uint32_t       frame,
                const int            cc,
                const int            value,
                int* const           newest)
{
  if (value != *newest &&
      send(self, outbox, frame, LV2_MIDI_MSG_CONTROLLER, cc, value)) {
    *newest = value;
  }
}

/// Send what is due.
static void
update(TmbMidi* const self, TmbOutbox* const outbox, const uint32_t frame)
{
  const int                  cc   = self->settings.cc;
  const TmbMidiValues* const due  = &self->due;
  TmbMidiValues* const       sent = &self->sent;
  if (sends(self, TMB_MIDI_PROGRAM) && due->program != sent->program &&
      send(self, outbox, frame, LV2_MIDI_MSG_PGM_CHANGE, due->program, 0)) {
    sent->program = due->program;
  }
  if (sends(self, TMB_MIDI_CONTROLLER)) {
    send_controller(
      self, outbox, frame, cc + 1, due->instrument, &sent->instrument);
    send_controller(self, outbox, frame, cc, due->watched, &sent->watched);
    send_controller(self, outbox, frame, cc + 2, due->onset, &sent->onset);
  }
}

/// What a controller is at rest: 0, or nothing if nothing was sent.
static int
at_rest(const int sent)
{
  return (sent > 0) ? 0 : sent;
}

/// Fall silent and forget; what does not fit now waits for the next block.
static void
stop(TmbMidi* const self, TmbOutbox* const outbox)
{
  TmbMidiValues* const due  = &self->due;
  TmbMidiValues* const sent = &self->sent;
  *due                      = none;
  due->watched              = at_rest(sent->watched);
  due->onset                = at_rest(sent->onset);
  sent->program             = -1;
  sent->instrument          = -1;
  tmb_midi_end(self, outbox, 0U);
  update(self, outbox, 0U);
  self->stop_waits = self->end_waits || sent->watched != due->watched ||
                     sent->onset != due->onset;
}

void
tmb_midi_stop(TmbMidi* const self)
{
  self->stop_waits = true;
}

void
tmb_midi_begin(TmbMidi* const               self,
               TmbOutbox* const             outbox,
               const TmbMidiSettings* const settings)
{
  const bool is_new = settings->mode != self->settings.mode ||
                      settings->channel != self->settings.channel ||
                      settings->cc != self->settings.cc;
  if (is_new || self->stop_waits) {
    stop(self, outbox);
  } else {
    if (self->end_waits) {
      tmb_midi_end(self, outbox, 0U);
    }
    update(self, outbox, 0U);
  }
  if (!self->stop_waits) {
    self->settings = *settings; // Not before all of the old ones' is silent
  }
}

void
tmb_midi_track(TmbMidi* const         self,
               TmbOutbox* const       outbox,
               const uint32_t         frame,
               const TmbNaming* const naming)
{
  if (naming->program >= 0) {
    self->due.program = naming->program;
  }
  if (naming->instrument >= 0 && naming->instrument <= 127) {
    self->due.instrument = naming->instrument;
  }
  update(self, outbox, frame);
}

void
tmb_midi_note(TmbMidi* const         self,
              TmbOutbox* const       outbox,
              const uint32_t         frame,
              const TmbNaming* const naming)
{
  tmb_midi_end(self, outbox, frame);

  const int note = tmb_midi_key(naming->instrument);
  if (sends(self, TMB_MIDI_NOTES) && note >= 0 && self->note < 0) {
    const int velocity = tmb_midi_velocity(naming->confidence);
    if (send(self, outbox, frame, LV2_MIDI_MSG_NOTE_ON, note, velocity)) {
      self->note = note;
    }
  }
}

void
tmb_midi_end(TmbMidi* const self, TmbOutbox* const outbox, const uint32_t frame)
{
  self->end_waits =
    self->note >= 0 &&
    !send(self, outbox, frame, LV2_MIDI_MSG_NOTE_OFF, self->note, 64);
  if (!self->end_waits) {
    self->note = -1;
  }
}

void
tmb_midi_watched(TmbMidi* const   self,
                 TmbOutbox* const outbox,
                 const uint32_t   frame,
                 const float      confidence)
{
  self->due.watched = (int)lroundf(127.0f * confidence);
  update(self, outbox, frame);
}

void
tmb_midi_onset(TmbMidi* const   self,
               TmbOutbox* const outbox,
               const uint32_t   frame,
               const bool       begins)
{
  self->due.onset = begins ? 127 : 0;
  update(self, outbox, frame);
}
