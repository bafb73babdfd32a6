// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/pack_metadata.h"

#include "trainer/json_parts.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static json_t*
pack_classes(const TmbModelParts* const parts, json_error_t* const error)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < tmb_net_outputs(parts->net); ++i) {
    const TmbClass* const c = &parts->classes[i];

    list = tmb_json_append(list,
                           json_pack_ex(error,
                                        0U,
                                        "{s:s, s:i, s:s}",
                                        "name",
                                        c->name,
                                        "program",
                                        c->program,
                                        "family",
                                        c->family));
  }
  return list;
}

static json_t*
pack_edges(const TmbFrontEnd* const front_end)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i <= front_end->n_segments; ++i) {
    list = tmb_json_append(list, json_integer((json_int_t)front_end->edges[i]));
  }
  return list;
}

static json_t*
pack_ages(const TmbFrontEnd* const front_end)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < front_end->n_ages; ++i) {
    const TmbAge* const age = &front_end->ages[i];

    list = tmb_json_append(list,
                           json_pack("{s:I, s:I}",
                                     "ms",
                                     (json_int_t)age->ms,
                                     "n_frames",
                                     (json_int_t)age->n_frames));
  }
  return list;
}

json_t*
tmb_pack_front_end(const TmbFrontEnd* const self, json_error_t* const error)
{
  // clang-format off
  json_t* const fields = json_pack_ex(error, 0U,
    "{s:f, s:f, s:f, s:I, s:f, s:f, s:s, s:s, s:I, s:f, s:I}",
    "rate_hz",  self->rate_hz,
    "window_s", self->window_s,
    "hop_s",    self->hop_s,
    "n_bands",  (json_int_t)self->n_bands,
    "fmin_hz",  self->fmin_hz,
    "fmax_hz",  self->fmax_hz,
    "scale",    tmb_scale_names[self->scale],
    "norm",     tmb_norm_names[self->norm],
    "n_coeffs", (json_int_t)self->n_coeffs,
    "floor_db", self->floor_db,
    "n_before", (json_int_t)self->n_before);
  // clang-format on

  if (json_object_set_new(fields, "edges", pack_edges(self)) ||
      json_object_set_new(fields, "ages", pack_ages(self))) {
    json_decref(fields);
    return NULL;
  }
  return fields;
}

static json_t*
pack_layer(const TmbLayer* const layer, json_error_t* const error)
{
  const char* const type       = tmb_layer_names[layer->kind];
  const char* const activation = tmb_activation_names[layer->activation];
  const json_int_t  width      = layer->width;
  switch (layer->kind) {
    case TMB_DENSE:
      return json_pack_ex(
        error, 0U, "{s:s, s:s}", "type", type, "activation", activation);
    case TMB_CONV:
      return json_pack_ex(error,
                          0U,
                          "{s:s, s:I, s:s}",
                          "type",
                          type,
                          "width",
                          width,
                          "activation",
                          activation);
    case TMB_POOL:
      return json_pack_ex(
        error, 0U, "{s:s, s:I}", "type", type, "width", width);
    case TMB_IDCT:
      return json_pack_ex(error,
                          0U,
                          "{s:s, s:I, s:o*}",
                          "type",
                          type,
                          "coefficients",
                          width,
                          "views",
                          (layer->n_views > 1U)
                            ? json_integer((json_int_t)layer->n_views)
                            : NULL);
  }
  return NULL;
}

static json_t*
pack_layers(const TmbNet* const net, json_error_t* const error)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < net->n_layers; ++i) {
    list = tmb_json_append(list, pack_layer(&net->layers[i], error));
  }
  return list;
}

/// Add a list or object as JSON text; releases it.
static bool
add_value(json_t* const metadata, const char* const key, json_t* const value)
{
  // 17 digits give every double back exactly
  char* const text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17));
  const bool  ok =
    text && !json_object_set_new(metadata, key, json_string(text));

  free(text);
  json_decref(value);
  return ok;
}

json_t*
tmb_pack_metadata(const TmbModelParts* const parts, json_error_t* const error)
{
  json_t* const metadata = json_object();
  bool          ok =
    !json_object_set_new(
      metadata, TMB_KEY_FORMAT, json_sprintf("%d", TMB_MODEL_FORMAT)) &&
    add_value(metadata, TMB_KEY_CLASSES, pack_classes(parts, error)) &&
    (!parts->front_end ||
     add_value(metadata,
               TMB_KEY_FRONT_END,
               tmb_pack_front_end(parts->front_end, error))) &&
    add_value(metadata, TMB_KEY_NETWORK, pack_layers(parts->net, error));

  for (uint32_t i = 0U; ok && i < parts->n_notes; ++i) {
    const TmbNoteOfModel* const note = &parts->notes[i];

    ok = !json_object_set_new(
      metadata, note->key, json_pack_ex(error, 0U, "s", note->value));
  }

  if (!ok) {
    json_decref(metadata);
    return NULL;
  }
  return metadata;
}
