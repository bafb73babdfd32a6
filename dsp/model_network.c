// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model_network.h"

#include "dsp/mel.h"
#include "dsp/model.h"
#include "dsp/model_json.h"

#include <stdbool.h>
#include <string.h>

const char* const tmb_layer_names[] = { "dense", "conv", "pool", "idct", NULL };
const char* const tmb_activation_names[] = { "identity",
                                             "sigmoid",
                                             "relu",
                                             "tanh",
                                             NULL };

/// The fields of a layer's JSON object, those that its type has.
static int
unpack_layer(json_t* const       item,
             const TmbLayerKind  kind,
             const char** const  activation,
             json_int_t* const   width,
             json_int_t* const   n_views,
             json_error_t* const error)
{
  const char* type = NULL;
  switch (kind) {
    case TMB_DENSE:
      return json_unpack_ex(item,
                            error,
                            JSON_STRICT,
                            "{s:s, s:s}",
                            "type",
                            &type,
                            "activation",
                            activation);
    case TMB_CONV:
      return json_unpack_ex(item,
                            error,
                            JSON_STRICT,
                            "{s:s, s:I, s:s}",
                            "type",
                            &type,
                            "width",
                            width,
                            "activation",
                            activation);
    case TMB_POOL:
      return json_unpack_ex(
        item, error, JSON_STRICT, "{s:s, s:I}", "type", &type, "width", width);
    case TMB_IDCT:
      break;
  }
  *n_views = 1;
  return json_unpack_ex(item,
                        error,
                        JSON_STRICT,
                        "{s:s, s:I, s?I}",
                        "type",
                        &type,
                        "coefficients",
                        width,
                        "views",
                        n_views);
}

static bool
width_is_valid(const TmbLayer* const self)
{
  switch (self->kind) {
    case TMB_DENSE:
      break;
    case TMB_CONV:
      return self->width <= TMB_MAX_TAPS && self->width % 2U == 1U;
    case TMB_POOL:
      return self->width >= 1U && self->width <= TMB_MAX_WIDTH;
    case TMB_IDCT:
      return self->width >= 1U && self->width <= TMB_MAX_BANDS &&
             self->n_views >= 1U && self->n_views <= TMB_MAX_VIEWS;
  }
  return true;
}

static TmbStatus
read_layer(TmbLayer* const   self,
           const int         format,
           json_t* const     item,
           TmbMessage* const why)
{
  const char* const type = json_string_value(json_object_get(item, "type"));
  const int         kind = type ? tmb_find_name(tmb_layer_names, type) : -1;
  if (kind < 0 || (format < 2 && kind != TMB_DENSE)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "a layer is of the type %s, unknown in format %d",
                    type ? type : "null",
                    format);
  }

  json_error_t error      = { 0 };
  const char*  activation = tmb_activation_names[TMB_IDENTITY];
  json_int_t   width      = 0;
  json_int_t   n_views    = 0;
  self->kind              = (TmbLayerKind)kind;
  if (unpack_layer(item, self->kind, &activation, &width, &n_views, &error)) {
    return tmb_unpack_failed(&error, "a layer of " TMB_KEY_NETWORK, why);
  }

  const int index = tmb_find_name(tmb_activation_names, activation);
  if (index < 0) {
    return tmb_fail(
      TMB_BAD_FILE, why, "a layer has the unknown activation %s", activation);
  }
  self->activation = (TmbActivation)index;
  if (!tmb_to_u32(width, &self->width) ||
      !tmb_to_u32(n_views, &self->n_views) || !width_is_valid(self)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "the width of a layer of type %s is out of range",
                    type);
  }
  return TMB_OK;
}

/// Layers that may come behind each other.
static TmbStatus
check_order(const TmbNet* const net, TmbMessage* const why)
{
  for (uint32_t i = 1U; i < net->n_layers; ++i) {
    if (net->layers[i].kind == TMB_IDCT) {
      return tmb_fail(TMB_BAD_FILE, why, "an idct layer can only be the first");
    }
    if (net->layers[i].kind != TMB_DENSE &&
        net->layers[i - 1U].kind == TMB_DENSE) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "behind a dense layer there can only be dense layers");
    }
  }
  return (net->layers[net->n_layers - 1U].kind == TMB_DENSE)
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE, why, "the last layer is not dense");
}

TmbStatus
tmb_read_layers(const json_t* const metadata,
                const int           format,
                TmbNet* const       net,
                TmbMessage* const   why)
{
  json_t*      list = NULL;
  TmbStatus    st   = tmb_read_value(metadata, TMB_KEY_NETWORK, &list, why);
  const size_t n    = json_array_size(list);
  if (!st && (n < 1U || n > TMB_MAX_LAYERS)) {
    st = tmb_fail(TMB_BAD_FILE,
                  why,
                  TMB_KEY_NETWORK " is no list of 1 to %u layers",
                  TMB_MAX_LAYERS);
  }

  net->n_layers = (uint32_t)n;
  for (uint32_t i = 0U; !st && i < n; ++i) {
    st = read_layer(&net->layers[i], format, json_array_get(list, i), why);
  }
  st = st ? st : check_order(net, why);

  json_decref(list);
  return st;
}
