// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/model_writer.h"

#include "trainer/new_file.h"
#include "trainer/pack_metadata.h"
#include "trainer/safetensors_writer.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TENSORS (3U + (2U * TMB_MAX_LAYERS))

/// Weight and bias of a layer, [inputs of an output][outputs] in memory; or the
/// tables of several views.
static uint32_t
list_layer(const TmbLayer* const layer,
           const uint32_t        index,
           TmbTensorToWrite      tensors[2])
{
  const uint32_t n_out  = layer->out_channels;
  uint32_t       n_in   = layer->n_in;
  uint32_t       n_taps = 0U;
  switch (layer->kind) {
    case TMB_DENSE:
      break;
    case TMB_CONV:
      n_taps = layer->width;
      n_in   = layer->in_channels * n_taps;
      break;
    case TMB_POOL:
      return 0U;
    case TMB_IDCT:
      tensors[0] = (TmbTensorToWrite){ .name      = "layer.0.weight",
                                       .n_rows    = layer->n_views,
                                       .n_columns = layer->width * layer->width,
                                       .values    = layer->weight,
                                       .n_taps    = layer->width };
      return (layer->n_views > 1U) ? 1U : 0U;
  }
  tensors[0] = (TmbTensorToWrite){ .n_rows        = n_out,
                                   .n_columns     = n_in,
                                   .values        = layer->weight,
                                   .is_transposed = true,
                                   .n_taps        = n_taps };
  tensors[1] = (TmbTensorToWrite){ .n_columns = n_out, .values = layer->bias };
  (void)snprintf(
    tensors[0].name, sizeof(tensors[0].name), "layer.%u.weight", index);
  (void)snprintf(
    tensors[1].name, sizeof(tensors[1].name), "layer.%u.bias", index);
  return 2U;
}

/// All tensors of a network, in the file's order.
static uint32_t
list_tensors(const TmbNet* const net, TmbTensorToWrite tensors[MAX_TENSORS])
{
  const uint32_t n_in = tmb_net_inputs(net);
  uint32_t       n    = 0U;
  tensors[n++]        = (TmbTensorToWrite){ .name      = "mean",
                                            .n_columns = n_in,
                                            .values    = net->mean };
  tensors[n++]        = (TmbTensorToWrite){ .name      = "scale",
                                            .n_columns = n_in,
                                            .values    = net->scale };
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    n += list_layer(&net->layers[i], i, tensors + n);
  }
  tensors[n++] = (TmbTensorToWrite){ .name      = "temperature",
                                     .n_columns = net->n_temperatures,
                                     .values    = net->temperatures };
  return n;
}

static TmbStatus
make_image(const TmbModelParts* const parts,
           TmbTensorFile* const       image,
           TmbMessage* const          why)
{
  TmbTensorToWrite tensors[MAX_TENSORS];
  const uint32_t   n_tensors = list_tensors(parts->net, tensors);
  json_error_t     error     = { 0 };
  json_t* const    metadata  = tmb_pack_metadata(parts, &error);
  if (!metadata) {
    return (json_error_code(&error) == json_error_invalid_utf8)
             ? tmb_fail(
                 TMB_WRITE_FAILED, why, "a name or note is not UTF-8 text")
             : TMB_NO_MEMORY;
  }
  return tmb_tensor_file_new(metadata, tensors, n_tensors, image, why);
}

TmbStatus
tmb_model_check_path(const char* const path, TmbMessage* const why)
{
  TmbNewFile      file;
  const TmbStatus st = tmb_new_file_open(path, &file, why);
  tmb_new_file_discard(&file);
  return st;
}

TmbStatus
tmb_model_write(const char* const          path,
                const TmbModelParts* const parts,
                TmbMessage* const          why)
{
  TmbMessage    reason = { "out of memory" };
  TmbTensorFile image  = { NULL, 0U };
  TmbModel*     model  = NULL;
  TmbStatus     st     = make_image(parts, &image, &reason);
  if (!st) {
    // Never write what can't be loaded, such as weights that are not finite
    st = tmb_model_read(image.bytes, image.n, &model, &reason);
    st = (st == TMB_BAD_FILE) ? TMB_WRITE_FAILED : st;
    tmb_model_free(model);
  }
  st = st ? tmb_fail(st, why, "%s: %s", path, reason.text)
          : tmb_tensor_file_write(path, &image, why);

  tmb_tensor_file_clear(&image);
  return st;
}
