// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <math.h>

/// A control input within its range; its default if it is no number or the
/// host left it unconnected.
static float
control(const TmbPlugin* const self, const TmbPortId id)
{
  const TmbPort      port  = tmb_port(id);
  const float* const input = (const float*)self->ports[id];
  return (!input || isnan(*input))
           ? port.usual
           : fminf(fmaxf(*input, port.least), port.largest);
}

static int
whole_control(const TmbPlugin* const self, const TmbPortId id)
{
  return (int)lroundf(control(self, id));
}

static bool
are_same(const TmbSettings* const a, const TmbSettings* const b)
{
  return a->sensitivity == b->sensitivity && a->gate_db == b->gate_db &&
         a->threshold == b->threshold && a->decision_ms == b->decision_ms &&
         a->hold_ms == b->hold_ms;
}

static void
read_settings(TmbPlugin* const self)
{
  const TmbSettings settings = {
    .sensitivity = control(self, TMB_PORT_SENSITIVITY),
    .gate_db     = control(self, TMB_PORT_GATE),
    .threshold   = control(self, TMB_PORT_THRESHOLD),
    .decision_ms = control(self, TMB_PORT_DECISION),
    .hold_ms     = control(self, TMB_PORT_HOLD),
  };
  if (!are_same(&settings, &self->settings)) {
    self->settings = settings;
    if (self->engine->recogniser) {
      tmb_recogniser_set(self->engine->recogniser, &settings);
    }
  }

  const bool enabled = control(self, TMB_PORT_ENABLED) > 0.0f;
  if (enabled != self->enabled) {
    self->enabled = enabled;
    tmb_listen_reset(self);
  }
}

static void
begin_midi(TmbPlugin* const self)
{
  const TmbMidiSettings settings = {
    .mode    = (TmbMidiMode)whole_control(self, TMB_PORT_MIDI_MODE),
    .channel = whole_control(self, TMB_PORT_MIDI_CHANNEL) - 1,
    .cc      = whole_control(self, TMB_PORT_CC),
  };
  tmb_midi_begin(&self->midi, &self->outbox, &settings);

  const int watch = whole_control(self, TMB_PORT_WATCH);
  if (watch != self->watch) {
    tmb_listen_watch(self, watch);
  }
}

void
tmb_controls_read(TmbPlugin* const self)
{
  read_settings(self);
  begin_midi(self);
}

/// Why the newest model that was asked for does not play.
static TmbState
failure(const TmbStatus status)
{
  switch (status) {
    case TMB_OK:
    case TMB_WRITE_FAILED:
      break;
    case TMB_NO_MEMORY:
      return TMB_STATE_MEMORY;
    case TMB_BAD_ARG:
      return TMB_STATE_RATE;
    case TMB_NO_FILE:
      return TMB_STATE_MISSING;
    case TMB_BAD_FILE:
      return TMB_STATE_CORRUPT;
    case TMB_TOO_NEW:
      return TMB_STATE_TOO_NEW;
    case TMB_EXTERNAL_FEATURES:
      return TMB_STATE_EXTERNAL;
  }
  return TMB_STATE_READY;
}

static TmbState
state(const TmbPlugin* const self)
{
  // `loading` first, since the worker clears it after something has arrived
  if (self->is_wanted || atomic_load(&self->loading) ||
      atomic_load(&self->arrived) || atomic_load(&self->no_memory)) {
    return TMB_STATE_LOADING;
  }
  if (self->status) {
    return failure(self->status);
  }

  const TmbFrontEnd* const front_end = tmb_model_front_end(self->engine->model);
  return (front_end->fmax_hz > 0.5 * self->rate_hz) ? TMB_STATE_NARROW
                                                    : TMB_STATE_READY;
}

/// Write a control output, within its range.
static void
show(const TmbPlugin* const self, const TmbPortId id, const float value)
{
  float* const output = (float*)self->ports[id];
  if (output) {
    const TmbPort port = tmb_port(id);
    *output            = fminf(fmaxf(value, port.least), port.largest);
  }
}

void
tmb_controls_write(const TmbPlugin* const self)
{
  const TmbHeard* const heard   = &self->heard;
  const TmbNaming       track   = tmb_naming(self, heard->track, 0.0f);
  const bool            listens = self->enabled && self->engine->recogniser;

  show(self, TMB_PORT_INSTRUMENT, (float)track.instrument);
  show(self, TMB_PORT_PROGRAM, (float)track.program);
  show(self, TMB_PORT_CONFIDENCE, heard->confidence);
  show(self, TMB_PORT_ONSET, heard->onset ? 1.0f : 0.0f);
  show(self, TMB_PORT_WATCHED, heard->watch.is_open ? 1.0f : 0.0f);
  show(self, TMB_PORT_WATCHED_CONFIDENCE, tmb_watched_confidence(self));
  show(self,
       TMB_PORT_LEVEL,
       listens ? tmb_recogniser_level(self->engine->recogniser)
               : tmb_port(TMB_PORT_LEVEL).usual);
  show(self, TMB_PORT_STATUS, (float)state(self));
  show(self, TMB_PORT_LATENCY, 0.0f);
}
