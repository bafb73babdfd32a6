// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/plugin.h"

#include <lv2/core/lv2_util.h>

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

/// The plugin of this URI, or null.
static const TmbVariant*
find_variant(const char* const uri)
{
  for (unsigned i = 0U; i < TMB_N_VARIANTS; ++i) {
    if (!strcmp(tmb_variants[i].uri, uri)) {
      return &tmb_variants[i];
    }
  }
  return NULL;
}

static LV2_Handle
instantiate(const LV2_Descriptor* const     descriptor,
            const double                    rate_hz,
            const char* const               bundle,
            const LV2_Feature* const* const features)
{
  const TmbVariant* const variant = find_variant(descriptor->URI);
  LV2_URID_Map* const     map =
    (LV2_URID_Map*)lv2_features_data(features, LV2_URID__map);
  if (!variant || !map) {
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

  self->variant  = variant;
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
  tmb_uris_map(&self->uris, map, variant->uri);
  tmb_outbox_init(&self->outbox, &self->uris, map);
  tmb_midi_init(&self->midi);

  if (!load_factory(self, bundle)) {
    cleanup(self);
    return NULL;
  }
  return self;
}

TMB_REALTIME static void
connect_port(const LV2_Handle instance, const uint32_t index, void* const data)
{
  TmbPlugin* const self = (TmbPlugin*)instance;
  if (index < self->variant->n_ports) {
    self->ports[self->variant->ports[index]] = data;
  }
}

TMB_REALTIME static void
activate(const LV2_Handle instance)
{
  TmbPlugin* const self = (TmbPlugin*)instance;
  self->clock           = 0U;
  tmb_listen_reset(self);
}

/**
   Pass a part of the block, and leave what to listen to in `sound[0]`: the
   sound itself, or the mid of two channels.

   A host may use one buffer for any input and any output.  So all inputs are
   read before the first output is written.
*/
static void
pass(TmbPlugin* const self, const uint32_t begin, const uint32_t n)
{
  const TmbVariant* const variant = self->variant;
  for (uint32_t c = 0U; c < variant->n_channels; ++c) {
    const float* const in = (const float*)self->ports[variant->inputs[c]];
    memcpy(self->sound[c], in + begin, n * sizeof(float));
  }
  for (uint32_t c = 0U; c < variant->n_channels; ++c) {
    float* const out = (float*)self->ports[variant->outputs[c]];
    memcpy(out + begin, self->sound[c], n * sizeof(float));
  }
  if (variant->n_channels == 2U) {
    for (uint32_t i = 0U; i < n; ++i) {
      self->sound[0][i] = 0.5f * (self->sound[0][i] + self->sound[1][i]);
    }
  }
}

TMB_REALTIME static void
run(const LV2_Handle instance, const uint32_t n)
{
  TmbPlugin* const self = (TmbPlugin*)instance;
  tmb_outbox_begin(&self->outbox,
                   (LV2_Atom_Sequence*)self->ports[TMB_PORT_EVENTS]);
  tmb_patch_handle(self);
  tmb_models_request(self);
  tmb_models_adopt(self);
  tmb_controls_read(self);
  tmb_patch_notify(self);

  tmb_listen_begin(self);
  for (uint32_t i = 0U; i < n; i += TMB_CHUNK) {
    const uint32_t n_now = (n - i < TMB_CHUNK) ? n - i : TMB_CHUNK;
    pass(self, i, n_now);
    if (self->enabled) {
      tmb_listen(self, i, self->sound[0], n_now);
    }
    tmb_cv_write(self, i + n_now);
  }
  self->clock += n;
  tmb_controls_write(self);
}

static const void*
extension_data(const char* const uri)
{
  if (!strcmp(uri, LV2_WORKER__interface)) {
    return &tmb_worker_interface;
  }
  return strcmp(uri, LV2_STATE__interface) ? NULL : &tmb_state_interface;
}

#define DESCRIPTOR(variant_uri)                                     \
  {                                                                 \
    .URI = (variant_uri), .instantiate = instantiate,               \
    .connect_port = connect_port, .activate = activate, .run = run, \
    .cleanup = cleanup, .extension_data = extension_data            \
  }

LV2_SYMBOL_EXPORT
const LV2_Descriptor*
lv2_descriptor(const uint32_t index)
{
  static const LV2_Descriptor descriptors[TMB_N_VARIANTS] = {
    [TMB_MONO]   = DESCRIPTOR(TMB_MONO_URI),
    [TMB_STEREO] = DESCRIPTOR(TMB_STEREO_URI),
    [TMB_CV]     = DESCRIPTOR(TMB_CV_URI),
  };
  return index < TMB_N_VARIANTS ? &descriptors[index] : NULL;
}
