// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/rig.h"

#include "tests/support/cmocka.h"

#include <lilv/lilv.h>
#include <lv2/atom/util.h>
#include <lv2/midi/midi.h>
#include <lv2/patch/patch.h>

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS "urn:timbrel:ns#"

static LV2_URID
urid(Rig* const self, const char* const uri)
{
  return urids_get(&self->urids, uri);
}

static int
hide_log(const LV2_Log_Handle handle,
         const LV2_URID       type,
         const char* const    format,
         va_list              arguments)
{
  const Rig* const self = (const Rig*)handle;
  (void)type;
  (void)format;
  (void)arguments;
  if (self->setup.count) {
    self->setup.count("log");
  }
  return 0;
}

static int
hide_log_line(const LV2_Log_Handle handle,
              const LV2_URID       type,
              const char* const    format,
              ...)
{
  va_list arguments;
  va_start(arguments, format);
  const int n = hide_log(handle, type, format, arguments);
  va_end(arguments);
  return n;
}

const LV2_Descriptor*
rig_descriptor(const char* const bundle, const unsigned index)
{
  char path[4096];
  (void)snprintf(path, sizeof(path), "%s/timbrel.so", bundle);
  void* const binary = dlopen(path, RTLD_NOW | RTLD_LOCAL); // Stays: nodelete
  if (!binary) {
    fail_msg("%s", dlerror());
    return NULL;
  }

  LV2_Descriptor_Function describe       = NULL;
  *(void**)&describe                     = dlsym(binary, "lv2_descriptor");
  const LV2_Descriptor* const descriptor = describe ? describe(index) : NULL;
  (void)dlclose(binary);
  return descriptor;
}

static RigPortType
port_type(LilvWorld* const        world,
          const LilvPlugin* const plugin,
          const LilvPort* const   port)
{
  static const struct {
    const char* class;
    RigPortType in;
    RigPortType out;
  } classes[] = {
    { LV2_CORE__AudioPort, RIG_AUDIO_IN, RIG_AUDIO_OUT },
    { LV2_CORE__CVPort, RIG_CV_OUT, RIG_CV_OUT },
    { LV2_CORE__ControlPort, RIG_CONTROL_IN, RIG_CONTROL_OUT },
    { LV2_ATOM__AtomPort, RIG_ATOM_IN, RIG_ATOM_OUT },
  };

  LilvNode* const enabled  = lilv_new_uri(world, LV2_CORE__enabled);
  LilvNode* const input    = lilv_new_uri(world, LV2_CORE__InputPort);
  const bool      is_input = lilv_port_is_a(plugin, port, input);
  const bool      is_switch =
    lilv_plugin_get_port_by_designation(plugin, input, enabled) == port;
  lilv_node_free(input);
  lilv_node_free(enabled);
  if (is_switch) {
    return RIG_ENABLED;
  }

  for (size_t i = 0U; i < sizeof(classes) / sizeof(classes[0]); ++i) {
    LilvNode* const class = lilv_new_uri(world, classes[i].class);
    const bool is_this    = lilv_port_is_a(plugin, port, class);
    lilv_node_free(class);
    if (is_this) {
      return is_input ? classes[i].in : classes[i].out;
    }
  }
  fail_msg("A port has no class that is known");
  return RIG_CONTROL_IN;
}

/// Read what the Turtle says of the ports.
static void
read_ports(Rig* const self)
{
  char path[4096];
  (void)snprintf(path, sizeof(path), "%s/", self->setup.bundle);
  LilvWorld* const world = lilv_world_new();
  LilvNode* const  file  = lilv_new_file_uri(world, NULL, path);
  LilvNode* const  uri   = lilv_new_uri(world, self->descriptor->URI);
  lilv_world_load_bundle(world, file);
  const LilvPlugin* const plugin =
    lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), uri);
  if (!plugin) {
    fail_msg("The Turtle does not know %s", self->descriptor->URI);
  }

  float usual[RIG_PORTS];
  float least[RIG_PORTS];
  float largest[RIG_PORTS];
  self->n_ports = lilv_plugin_get_num_ports(plugin);
  assert_true(self->n_ports <= RIG_PORTS);
  lilv_plugin_get_port_ranges_float(plugin, least, largest, usual);

  uint32_t n_channels[RIG_ATOM_OUT + 1] = { 0U };
  for (uint32_t i = 0U; i < self->n_ports; ++i) {
    const RigPortType type =
      port_type(world, plugin, lilv_plugin_get_port_by_index(plugin, i));
    self->ports[i] =
      (RigPort){ type, n_channels[type]++, usual[i], least[i], largest[i] };
    self->controls[i] = usual[i];
  }
  self->n_channels = n_channels[RIG_AUDIO_IN];
  assert_true(self->n_channels <= RIG_CHANNELS);
  assert_true(n_channels[RIG_AUDIO_OUT] == self->n_channels);
  assert_true(n_channels[RIG_CV_OUT] <= RIG_CHANNELS);

  lilv_node_free(uri);
  lilv_node_free(file);
  lilv_world_free(world);
}

/// Empty the messages, and get ready for more.
static void
begin_control(Rig* const self)
{
  lv2_atom_forge_set_buffer(&self->forge, self->control.bytes, RIG_EVENT_BYTES);
  lv2_atom_forge_sequence_head(&self->forge, &self->sequence, 0U);
}

static void
instantiate(Rig* const self)
{
  const LV2_Feature map    = { LV2_URID__map, &self->urids.map };
  const LV2_Feature log    = { LV2_LOG__log, &self->log };
  const LV2_Feature worker = { LV2_WORKER__schedule, self->setup.schedule };

  const LV2_Feature* const features[] = {
    &map, &log, self->setup.schedule ? &worker : NULL, NULL
  };
  char bundle[4096];
  (void)snprintf(bundle, sizeof(bundle), "%s/", self->setup.bundle);
  self->plugin = self->descriptor->instantiate(
    self->descriptor, self->setup.rate_hz, bundle, features);
  assert_non_null(self->plugin);
  self->worker = (const LV2_Worker_Interface*)self->descriptor->extension_data(
    LV2_WORKER__interface);
  self->state = (const LV2_State_Interface*)self->descriptor->extension_data(
    LV2_STATE__interface);
  assert_non_null(self->worker);
  assert_non_null(self->state);
}

Rig*
rig_new(const RigSetup* const setup, const unsigned index)
{
  const LV2_Descriptor* const descriptor = rig_descriptor(setup->bundle, index);
  if (!descriptor) {
    return NULL;
  }

  Rig* const self = (Rig*)calloc(1U, sizeof(Rig));
  assert_non_null(self);
  self->setup         = *setup;
  self->descriptor    = descriptor;
  self->log           = (LV2_Log_Log){ self, hide_log_line, hide_log };
  self->n_event_bytes = RIG_EVENT_BYTES - sizeof(LV2_Atom);
  urids_init(&self->urids);
  lv2_atom_forge_init(&self->forge, &self->urids.map);
  begin_control(self);
  read_ports(self);
  instantiate(self);
  self->descriptor->activate(self->plugin);
  return self;
}

void
rig_free(Rig* const self)
{
  if (self) {
    if (self->descriptor->deactivate) {
      self->descriptor->deactivate(self->plugin);
    }
    self->descriptor->cleanup(self->plugin);
    urids_clear(&self->urids);
    free(self);
  }
}

static void
begin_message(Rig* const                  self,
              LV2_Atom_Forge_Frame* const object,
              const char* const           type)
{
  lv2_atom_forge_frame_time(&self->forge, 0);
  lv2_atom_forge_object(&self->forge, object, 0U, urid(self, type));
  lv2_atom_forge_key(&self->forge, urid(self, LV2_PATCH__property));
  lv2_atom_forge_urid(&self->forge, urid(self, NS "model"));
}

void
rig_set_model(Rig* const self, const char* const path, const uint32_t n)
{
  LV2_Atom_Forge_Frame object;
  begin_message(self, &object, LV2_PATCH__Set);
  lv2_atom_forge_key(&self->forge, urid(self, LV2_PATCH__value));
  lv2_atom_forge_atom(&self->forge, n, self->forge.Path); // `n` as it may be
  lv2_atom_forge_write(&self->forge, path, n);
  lv2_atom_forge_pop(&self->forge, &object);
}

void
rig_get_model(Rig* const self)
{
  LV2_Atom_Forge_Frame object;
  begin_message(self, &object, LV2_PATCH__Get);
  lv2_atom_forge_pop(&self->forge, &object);
}

void
rig_send_midi(Rig* const self)
{
  static const uint8_t note_on[3] = { 0x90U, 60U, 100U };
  lv2_atom_forge_frame_time(&self->forge, 0);
  lv2_atom_forge_atom(
    &self->forge, sizeof(note_on), urid(self, LV2_MIDI__MidiEvent));
  lv2_atom_forge_write(&self->forge, note_on, sizeof(note_on));
}

/// Where a port's data is.
static void*
port_data(Rig* const self, const uint32_t index, const bool in_place)
{
  const RigPort* const port = &self->ports[index];
  switch (port->type) {
    case RIG_AUDIO_IN:
      return in_place ? self->out[port->channel] : self->in[port->channel];
    case RIG_AUDIO_OUT:
      return self->out[port->channel];
    case RIG_CV_OUT:
      return self->cv[port->channel];
    case RIG_ATOM_IN:
      return &self->control;
    case RIG_ATOM_OUT:
      return &self->events;
    case RIG_CONTROL_IN:
    case RIG_ENABLED:
    case RIG_CONTROL_OUT:
      break;
  }
  return &self->controls[index];
}

static void
keep_model(Rig* const self, const LV2_Atom_Object* const object)
{
  const LV2_Atom* path = NULL;
  lv2_atom_object_get(object, urid(self, LV2_PATCH__value), &path, 0);
  if (path && path->type == self->forge.Path &&
      strcmp(self->model, (const char*)LV2_ATOM_BODY_CONST(path)) != 0) {
    (void)snprintf(self->model,
                   sizeof(self->model),
                   "%s",
                   (const char*)LV2_ATOM_BODY_CONST(path));
    ++self->heard.n_models;
  }
}

static void
count_events(Rig* const self)
{
  const LV2_URID midi  = urid(self, LV2_MIDI__MidiEvent);
  const LV2_URID note  = urid(self, NS "Note");
  const LV2_URID model = urid(self, LV2_PATCH__Set);
  if (self->events.sequence.atom.type != self->forge.Sequence) {
    return; // There was no room for even an empty one
  }
  LV2_ATOM_SEQUENCE_FOREACH(&self->events.sequence, event)
  {
    if (event->body.type == midi) {
      ++self->heard.n_midi;
    } else {
      const LV2_Atom_Object* const object =
        (const LV2_Atom_Object*)&event->body;
      self->heard.n_notes += object->body.otype == note;
      if (object->body.otype == model) {
        keep_model(self, object);
      }
    }
  }
}

/// What is wrong about the outputs, or null.
static const char*
find_fault(const Rig* const self, const uint32_t n)
{
  for (uint32_t i = 0U; i < self->n_ports; ++i) {
    const RigPort* const port  = &self->ports[i];
    const float          value = self->controls[i];
    if (port->type == RIG_AUDIO_OUT && memcmp(self->out[port->channel],
                                              self->in[port->channel],
                                              n * sizeof(float)) != 0) {
      return "The sound was changed";
    }
    if (port->type == RIG_CONTROL_OUT &&
        !(value >= port->least && value <= port->largest)) {
      return "A control output is out of its range";
    }
    for (uint32_t k = 0U; port->type == RIG_CV_OUT && k < n; ++k) {
      if (!isfinite(self->cv[port->channel][k])) {
        return "A CV output is no number";
      }
    }
  }
  return NULL;
}

const char*
rig_run(Rig* const     self,
        const uint32_t n,
        const bool     in_place,
        void (*const respond)(void*),
        void* const data)
{
  for (uint32_t c = 0U; c < RIG_CHANNELS; ++c) {
    for (uint32_t k = 0U; k < n; ++k) {
      self->out[c][k] = in_place ? self->in[c][k] : NAN;
      self->cv[c][k]  = NAN;
    }
  }
  self->events.sequence.atom =
    (LV2_Atom){ self->n_event_bytes, self->forge.Chunk };

  if (self->setup.guard) {
    self->setup.guard(true);
  }
  for (uint32_t i = 0U; i < self->n_ports; ++i) {
    self->descriptor->connect_port(
      self->plugin, i, port_data(self, i, in_place));
  }
  self->descriptor->run(self->plugin, n);
  if (respond) {
    respond(data);
  }
  if (self->setup.guard) {
    self->setup.guard(false);
  }

  count_events(self);
  begin_control(self);
  return find_fault(self, n);
}
