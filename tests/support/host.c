// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/host.h"

#include "tests/support/host_impl.h"

#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/midi/midi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANARY 0xA5U ///< Behind the bytes offered for events, to stay there
#define N_CANARY 16U

LV2_URID
host_urid(Host* const self, const char* const uri)
{
  return urids_get(&self->urids, uri);
}

uint32_t
host_port(const Host* const self, const char* const symbol)
{
  LilvNode* const       node = lilv_new_string(self->world, symbol);
  const LilvPort* const port =
    lilv_plugin_get_port_by_symbol(self->plugin, node);
  lilv_node_free(node);
  if (!port) {
    (void)fprintf(stderr, "The plugin has no port named %s\n", symbol);
    abort();
  }
  return lilv_port_get_index(self->plugin, port);
}

static int
print_log(const LV2_Log_Handle handle,
          const LV2_URID       type,
          const char* const    format,
          va_list              arguments)
{
  Host* const self = (Host*)handle;
  (void)type;
  if (self->count) {
    self->count("log");
  }
  return vsnprintf(self->logged, sizeof(self->logged), format, arguments);
}

static int
log_line(const LV2_Log_Handle handle,
         const LV2_URID       type,
         const char* const    format,
         ...)
{
  va_list arguments;
  va_start(arguments, format);
  const int n = print_log(handle, type, format, arguments);
  va_end(arguments);
  return n;
}

/// Empty the `control` port and get ready to fill it.
static void
begin_control(Host* const self)
{
  lv2_atom_forge_set_buffer(&self->forge, self->control.bytes, BUFFER_BYTES);
  lv2_atom_forge_sequence_head(&self->forge, &self->sequence, 0U);
}

static void
prepare_features(Host* const self, const HostKind kind)
{
  self->log       = (LV2_Log_Log){ self, log_line, print_log };
  self->max_block = MAX_BLOCK;

  const LV2_Options_Option options[2] = {
    { LV2_OPTIONS_INSTANCE,
      0U,
      host_urid(self, LV2_BUF_SIZE__maxBlockLength),
      sizeof(int32_t),
      host_urid(self, LV2_ATOM__Int),
      &self->max_block },
    { LV2_OPTIONS_INSTANCE, 0U, 0U, 0U, 0U, NULL }
  };
  memcpy(self->options, options, sizeof(options));

  const LV2_Feature features[4] = {
    { LV2_URID__map, &self->urids.map },
    { LV2_LOG__log, &self->log },
    { LV2_OPTIONS__options, self->options },
    { LV2_WORKER__schedule, &self->worker.schedule },
  };
  memcpy(self->features, features, sizeof(features));

  static const unsigned n_offered[] = { [HOST_FULL]      = 4U,
                                        [HOST_NO_WORKER] = 3U,
                                        [HOST_BARE]      = 1U,
                                        [HOST_NOTHING]   = 0U };
  for (unsigned i = 0U; i < n_offered[kind]; ++i) {
    self->offered[i] = &self->features[i];
  }
}

static bool
find_plugin(Host* const       self,
            const char* const bundle,
            const char* const plugin_uri)
{
  self->world = lilv_world_new();

  char path[4096];
  (void)snprintf(path, sizeof(path), "%s/", bundle);
  LilvNode* const uri  = lilv_new_uri(self->world, plugin_uri);
  LilvNode* const file = lilv_new_file_uri(self->world, NULL, path);
  lilv_world_load_bundle(self->world, file);
  self->plugin =
    lilv_plugins_get_by_uri(lilv_world_get_all_plugins(self->world), uri);
  lilv_node_free(file);
  lilv_node_free(uri);
  return self->plugin && lilv_plugin_get_num_ports(self->plugin) <= MAX_PORTS;
}

static bool
is_a(const Host* const self, const LilvPort* const port, const char* const uri)
{
  LilvNode* const node   = lilv_new_uri(self->world, uri);
  const bool      result = lilv_port_is_a(self->plugin, port, node);
  lilv_node_free(node);
  return result;
}

static void
find_samples(Host* const self)
{
  for (uint32_t i = 0U; i < lilv_plugin_get_num_ports(self->plugin); ++i) {
    const LilvPort* const port = lilv_plugin_get_port_by_index(self->plugin, i);
    const bool            is_cv = is_a(self, port, LV2_CORE__CVPort);
    if (is_cv || is_a(self, port, LV2_CORE__AudioPort)) {
      self->samples[self->n_samples++] =
        (SamplePort){ i, is_a(self, port, LV2_CORE__InputPort), is_cv, NULL };
    }
  }
}

static void
connect_ports(Host* const self, const HostKind kind)
{
  find_samples(self);
  self->midi_event = host_urid(self, LV2_MIDI__MidiEvent);
  self->chunk      = host_urid(self, LV2_ATOM__Chunk);

  lilv_plugin_get_port_ranges_float(self->plugin, NULL, NULL, self->controls);
  for (uint32_t i = 0U; i < lilv_plugin_get_num_ports(self->plugin); ++i) {
    lilv_instance_connect_port(self->instance, i, &self->controls[i]);
  }

  const bool has_atoms = kind != HOST_BARE;
  lilv_instance_connect_port(self->instance,
                             host_port(self, "control"),
                             has_atoms ? &self->control : NULL);
  lilv_instance_connect_port(self->instance,
                             host_port(self, "events"),
                             has_atoms ? &self->events : NULL);
}

Host*
host_new(const char* const bundle, const HostKind kind, const double rate_hz)
{
  return host_new_plugin(bundle, "urn:timbrel:mono", kind, rate_hz);
}

Host*
host_new_plugin(const char* const bundle,
                const char* const uri,
                const HostKind    kind,
                const double      rate_hz)
{
  Host* const self = (Host*)calloc(1U, sizeof(Host));
  if (!self) {
    return NULL;
  }

  urids_init(&self->urids);
  host_worker_init(&self->worker);
  prepare_features(self, kind);
  lv2_atom_forge_init(&self->forge, &self->urids.map);
  begin_control(self);
  self->n_event_bytes = BUFFER_BYTES - sizeof(LV2_Atom) - N_CANARY;
  self->is_eager      = true;

  if (find_plugin(self, bundle, uri)) {
    self->instance =
      lilv_plugin_instantiate(self->plugin, rate_hz, self->offered);
  }
  if (!self->instance) {
    host_free(self);
    return NULL;
  }

  self->worker.plugin = lilv_instance_get_handle(self->instance);
  self->worker.interface =
    (const LV2_Worker_Interface*)lilv_instance_get_extension_data(
      self->instance, LV2_WORKER__interface);
  connect_ports(self, kind);
  lilv_instance_activate(self->instance);
  return self;
}

void
host_free(Host* const self)
{
  if (self) {
    if (self->instance) {
      lilv_instance_deactivate(self->instance);
      lilv_instance_free(self->instance);
    }
    lilv_world_free(self->world);
    urids_clear(&self->urids);
    free(self->heard);
    free(self);
  }
}

void
host_restart(Host* const self)
{
  lilv_instance_deactivate(self->instance);
  lilv_instance_activate(self->instance);
}

void
host_set(Host* const self, const char* const symbol, const float value)
{
  self->controls[host_port(self, symbol)] = value;
}

float
host_get(const Host* const self, const char* const symbol)
{
  return self->controls[host_port(self, symbol)];
}

/// End the program if the plugin wrote more than it was offered.
static void
check_events(const Host* const self)
{
  const uint8_t* const end =
    self->events.bytes + sizeof(LV2_Atom) + self->n_event_bytes;
  for (unsigned i = 0U; i < N_CANARY; ++i) {
    if (end[i] != CANARY) {
      (void)fprintf(stderr, "The plugin wrote past the end of `events`\n");
      abort();
    }
  }
}

void
host_connect(Host* const self, const char* const symbol, float* const samples)
{
  const uint32_t index = host_port(self, symbol);
  for (uint32_t i = 0U; i < self->n_samples; ++i) {
    if (self->samples[i].index == index) {
      self->samples[i].samples = samples;
    }
  }
}

/// Connect sound and CV for a block.
static void
connect_samples(Host* const    self,
                float* const   in,
                float* const   out,
                const uint32_t n)
{
  float* next_out = out;
  for (uint32_t i = 0U; i < self->n_samples; ++i) {
    SamplePort* const port   = &self->samples[i];
    float*            buffer = port->samples;
    if (buffer) {
      port->samples += n;
    } else if (port->is_input) {
      buffer = in;
    } else if (!port->is_cv) {
      buffer   = next_out;
      next_out = self->nowhere;
    }
    if (buffer == self->nowhere && n > MAX_BLOCK) {
      (void)fprintf(stderr, "A block of %u samples is too long\n", n);
      abort();
    }
    lilv_instance_connect_port(self->instance, port->index, buffer);
  }
}

void
host_run(Host* const        self,
         const float* const in,
         float* const       out,
         const uint32_t     n)
{
  // The plugin only reads `in`
  const union {
    const float* is;
    float*       as;
  } input = { in };

  self->events.sequence.atom = (LV2_Atom){ self->n_event_bytes, self->chunk };
  memset(self->events.bytes + sizeof(LV2_Atom) + self->n_event_bytes,
         CANARY,
         N_CANARY);
  connect_samples(self, input.as, out, n);

  if (self->guard) {
    self->guard(true);
  }
  lilv_instance_run(self->instance, n);
  host_worker_respond(&self->worker);
  if (self->guard) {
    self->guard(false);
  }

  check_events(self);
  host_read_events(self);
  self->time += n;
  begin_control(self);
  if (self->is_eager) {
    host_work(self);
  }
}

void
host_run_all(Host* const        self,
             const float* const in,
             float* const       out,
             const size_t       n,
             const uint32_t     block)
{
  for (size_t i = 0U; i < n; i += block) {
    const uint32_t n_now = (n - i < block) ? (uint32_t)(n - i) : block;
    host_run(self, in + i, out + i, n_now);
  }
}

const char*
host_log(const Host* const self)
{
  return self->logged;
}

void
host_set_eager(Host* const self, const bool eager)
{
  self->is_eager = eager;
}

void
host_work(Host* const self)
{
  host_worker_work(&self->worker);
}

void
host_refuse(Host* const self, const unsigned n_requests)
{
  self->worker.n_refused = n_requests;
}

void
host_limit_events(Host* const self, const uint32_t n_bytes)
{
  self->n_event_bytes = n_bytes;
}

void
host_guard(Host* const self,
           void (*const guard)(bool),
           void (*const count)(const char*))
{
  self->guard = guard;
  self->count = count;
}
