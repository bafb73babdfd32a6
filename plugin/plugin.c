// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <lv2/core/lv2_util.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTORY_MODEL "factory.safetensors"

/// Path of the factory model; owned by the caller.
static char*
factory_path(const char* const bundle)
{
  const size_t n    = strlen(bundle) + sizeof("/" FACTORY_MODEL);
  char* const  path = (char*)malloc(n);
  if (path) {
    const bool has_slash = bundle[0] && bundle[strlen(bundle) - 1U] == '/';
    (void)snprintf(
      path, n, "%s%s%s", bundle, has_slash ? "" : "/", FACTORY_MODEL);
  }
  return path;
}

/// Take up the factory model; false only if memory is out.
static bool
load_factory(TmbPlugin* const self, const char* const bundle)
{
  self->factory = factory_path(bundle);
  self->path    = factory_path(bundle);
  if (!self->factory || !self->path) {
    return false;
  }

  TmbMessage why = { "" };
  self->engine   = tmb_engine_load(self->factory, self->rate_hz, &why);
  if (!self->engine || self->engine->status == TMB_NO_MEMORY) {
    return false;
  }

  self->status = self->engine->status;
  if (self->status) {
    lv2_log_error(&self->logger, "Timbrel: %s\n", why.text);
  }
  return true;
}

static void
cleanup(const LV2_Handle instance)
{
  TmbPlugin* const self = (TmbPlugin*)instance;
  tmb_engine_free(self->engine);
  tmb_engine_free(tmb_engine_take(&self->arrived));
  tmb_engine_free(tmb_engine_take(&self->retired));
  pthread_mutex_destroy(&self->lock);
  free(self->path);
  free(self->factory);
  free(self);
}

static LV2_Handle
instantiate(const LV2_Descriptor* const     descriptor,
            const double                    rate_hz,
            const char* const               bundle,
            const LV2_Feature* const* const features)
{
  (void)descriptor;
  LV2_URID_Map* const map =
    (LV2_URID_Map*)lv2_features_data(features, LV2_URID__map);
  if (!map) {
    return NULL;
  }

  TmbPlugin* const self = (TmbPlugin*)calloc(1U, sizeof(TmbPlugin));
  if (!self) {
    return NULL;
  }
  if (pthread_mutex_init(&self->lock, NULL)) {
    free(self);
    return NULL;
  }

  self->rate_hz  = rate_hz;
  self->settings = tmb_default_settings;
  self->schedule =
    (LV2_Worker_Schedule*)lv2_features_data(features, LV2_WORKER__schedule);
  atomic_init(&self->loading, false);
  atomic_init(&self->no_memory, false);
  atomic_init(&self->arrived, NULL);
  atomic_init(&self->retired, NULL);
  lv2_log_logger_init(&self->logger,
                      map,
                      (LV2_Log_Log*)lv2_features_data(features, LV2_LOG__log));
  tmb_uris_map(&self->uris, map);
  tmb_outbox_init(&self->outbox, &self->uris, map);
  tmb_midi_init(&self->midi);

  if (!load_factory(self, bundle)) {
    cleanup(self);
    return NULL;
  }
  return self;
}

static void
connect_port(const LV2_Handle instance, const uint32_t index, void* const data)
{
  TmbPlugin* const self = (TmbPlugin*)instance;
  if (index < TMB_N_PORTS) {
    self->ports[index] = data;
  }
}

static void
activate(const LV2_Handle instance)
{
  TmbPlugin* const self = (TmbPlugin*)instance;
  self->clock           = 0U;
  tmb_listen_reset(self);
}

/// A control input within its range; its default if it is no number or the
/// host left it unconnected.
static float
control(const TmbPlugin* const self, const TmbPortIndex index)
{
  const TmbPort      port  = tmb_port(index);
  const float* const input = (const float*)self->ports[index];
  return (!input || isnan(*input))
           ? port.usual
           : fminf(fmaxf(*input, port.least), port.largest);
}

static int
whole_control(const TmbPlugin* const self, const TmbPortIndex index)
{
  return (int)lroundf(control(self, index));
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
show(const TmbPlugin* const self, const TmbPortIndex index, const float value)
{
  float* const output = (float*)self->ports[index];
  if (output) {
    const TmbPort port = tmb_port(index);
    *output            = fminf(fmaxf(value, port.least), port.largest);
  }
}

static void
write_outputs(const TmbPlugin* const self)
{
  const TmbHeard* const heard   = &self->heard;
  const TmbNaming       track   = tmb_naming(self, heard->track, 0.0f);
  const bool            listens = self->enabled && self->engine->recogniser;

  show(self, TMB_PORT_INSTRUMENT, (float)track.instrument);
  show(self, TMB_PORT_PROGRAM, (float)track.program);
  show(self, TMB_PORT_CONFIDENCE, heard->confidence);
  show(self, TMB_PORT_ONSET, heard->onset ? 1.0f : 0.0f);
  show(self, TMB_PORT_WATCHED, tmb_watched(self) ? 1.0f : 0.0f);
  show(self, TMB_PORT_WATCHED_CONFIDENCE, tmb_watched_confidence(self));
  show(self,
       TMB_PORT_LEVEL,
       listens ? tmb_recogniser_level(self->engine->recogniser)
               : tmb_port(TMB_PORT_LEVEL).usual);
  show(self, TMB_PORT_STATUS, (float)state(self));
  show(self, TMB_PORT_LATENCY, 0.0f);
}

static void
run(const LV2_Handle instance, const uint32_t n)
{
  TmbPlugin* const   self = (TmbPlugin*)instance;
  const float* const in   = (const float*)self->ports[TMB_PORT_IN];
  float* const       out  = (float*)self->ports[TMB_PORT_OUT];
  if (out != in) {
    memcpy(out, in, n * sizeof(float));
  }

  tmb_outbox_begin(&self->outbox,
                   (LV2_Atom_Sequence*)self->ports[TMB_PORT_EVENTS]);
  tmb_patch_handle(self);
  tmb_models_request(self);
  tmb_models_adopt(self);
  read_settings(self);
  begin_midi(self);
  tmb_patch_notify(self);
  if (self->enabled) {
    tmb_listen(self, in, n);
  }
  self->clock += n;
  write_outputs(self);
}

static const void*
extension_data(const char* const uri)
{
  if (!strcmp(uri, LV2_WORKER__interface)) {
    return &tmb_worker_interface;
  }
  return strcmp(uri, LV2_STATE__interface) ? NULL : &tmb_state_interface;
}

LV2_SYMBOL_EXPORT
const LV2_Descriptor*
lv2_descriptor(const uint32_t index)
{
  static const LV2_Descriptor descriptor = {
    .URI            = TMB_MONO_URI,
    .instantiate    = instantiate,
    .connect_port   = connect_port,
    .activate       = activate,
    .run            = run,
    .cleanup        = cleanup,
    .extension_data = extension_data,
  };
  return index ? NULL : &descriptor;
}
