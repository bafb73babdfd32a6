// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/midi.h"

#include <lv2/midi/midi.h>

#include <math.h>

void
tmb_midi_init(TmbMidi* const self)
{
  const TmbMidi silent = {
    .settings   = { TMB_MIDI_OFF, 0, 0 },
    .note       = -1,
    .program    = -1,
    .watched    = -1,
    .instrument = -1,
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
    tmb_midi_end(self, outbox, 0U);
    if (self->watched > 0) {
      tmb_midi_watched(self, outbox, 0U, 0.0f);
    }
    self->stop_waits = self->note >= 0 || self->watched > 0;
    self->program    = -1;
    self->instrument = -1;
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
  const int program = naming->program;
  if (sends(self, TMB_MIDI_PROGRAM) && program >= 0 &&
      program != self->program &&
      send(self, outbox, frame, LV2_MIDI_MSG_PGM_CHANGE, program, 0)) {
    self->program = program;
  }

  const int instrument = naming->instrument;
  if (sends(self, TMB_MIDI_CONTROLLER) && instrument >= 0 &&
      instrument <= 127) {
    send_controller(self,
                    outbox,
                    frame,
                    self->settings.cc + 1,
                    instrument,
                    &self->instrument);
  }
}

void
tmb_midi_note(TmbMidi* const         self,
              TmbOutbox* const       outbox,
              const uint32_t         frame,
              const TmbNaming* const naming)
{
  tmb_midi_end(self, outbox, frame);

  const int note = TMB_MIDI_BASE_NOTE + naming->instrument;
  if (sends(self, TMB_MIDI_NOTES) && naming->instrument >= 0 && note <= 127 &&
      self->note < 0) {
    // Velocity 0 would be a note-off
    const int velocity = 1 + (int)lroundf(126.0f * naming->confidence);
    if (send(self, outbox, frame, LV2_MIDI_MSG_NOTE_ON, note, velocity)) {
      self->note = note;
    }
  }
}

void
tmb_midi_end(TmbMidi* const self, TmbOutbox* const outbox, const uint32_t frame)
{
  if (self->note >= 0) {
    if (send(self, outbox, frame, LV2_MIDI_MSG_NOTE_OFF, self->note, 64)) {
      self->note = -1;
    } else {
      self->stop_waits = true;
    }
  }
}

void
tmb_midi_watched(TmbMidi* const   self,
                 TmbOutbox* const outbox,
                 const uint32_t   frame,
                 const float      confidence)
{
  if (sends(self, TMB_MIDI_CONTROLLER)) {
    send_controller(self,
                    outbox,
                    frame,
                    self->settings.cc,
                    (int)lroundf(127.0f * confidence),
                    &self->watched);
  }
}
