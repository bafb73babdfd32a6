// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model_network.h"

#include "dsp/mel.h"
#include "dsp/mfcc.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

size_t
tmb_table_values(const TmbNet* const net)
{
  const TmbLayer* const first = &net->layers[0];
  return (first->kind == TMB_IDCT && first->n_views == 1U)
           ? (size_t)first->width * first->width
           : 0U;
}

/// What is being read.
typedef struct {
  TmbSafetensors* file;
  float*          end;      ///< Of the values that were copied
  uint32_t        channels; ///< Of what comes out of the layers up to now
  uint32_t        length;   ///< Of each channel
  TmbMessage*     why;
} Reader;

/// Look up a tensor of `n` values in a row.
static TmbStatus
take_row(const Reader* const     self,
         const char* const       name,
         const uint32_t          n,
         const TmbTensor** const tensor)
{
  const TmbStatus st =
    tmb_safetensors_take(self->file, name, 1U, tensor, self->why);
  return (st || (*tensor)->shape[0] == n)
           ? st
           : tmb_fail(TMB_BAD_FILE,
                      self->why,
                      "the tensor %s has %u values, not %u",
                      name,
                      (*tensor)->shape[0],
                      n);
}

/**
   Copy a tensor to the end of the model's values.

   @param n_rows The tensor is [n_rows][n_columns], the copy is transposed; 1
   leaves it as it is.
*/
static TmbStatus
copy_values(Reader* const          self,
            const TmbTensor* const tensor,
            const uint32_t         n_rows,
            const float** const    copy)
{
  float* const values    = self->end;
  const size_t n_columns = tensor->n_values / n_rows;
  for (size_t r = 0U; r < n_rows; ++r) {
    for (size_t c = 0U; c < n_columns; ++c) {
      const float value = tmb_tensor_value(tensor, (r * n_columns) + c);
      if (!isfinite(value)) {
        return tmb_fail(TMB_BAD_FILE,
                        self->why,
                        "the tensor %s has a value that is not finite",
                        tensor->name);
      }
      values[(c * n_rows) + r] = value;
    }
  }
  *copy = values;
  self->end += tensor->n_values;
  return TMB_OK;
}

/// Check a layer's weights against what comes in, and learn its outputs.
static TmbStatus
fit_weight(Reader* const          self,
           TmbLayer* const        layer,
           const TmbTensor* const weight,
           const bool             is_first)
{
  const bool     is_conv = layer->kind == TMB_CONV;
  const uint32_t n_out   = weight->shape[0];
  const uint32_t n_in    = weight->shape[1];
  if (n_out > TMB_MAX_WIDTH || n_in > TMB_MAX_WIDTH) {
    return tmb_fail(TMB_BAD_FILE,
                    self->why,
                    "the tensor %s is wider than %u",
                    weight->name,
                    TMB_MAX_WIDTH);
  }
  if (is_conv && weight->shape[2] != layer->width) {
    return tmb_fail(TMB_BAD_FILE,
                    self->why,
                    "the tensor %s has %u taps, not %u",
                    weight->name,
                    weight->shape[2],
                    layer->width);
  }

  if (is_conv && is_first && layer->n_in % n_in == 0U) {
    self->channels = n_in;
    self->length   = layer->n_in / n_in;
  }
  const uint32_t n_given = is_conv ? self->channels : layer->n_in;
  if (n_in != n_given) {
    return tmb_fail(TMB_BAD_FILE,
                    self->why,
                    "the tensor %s takes %u %s, but %s %u",
                    weight->name,
                    n_in,
                    is_conv ? "channels" : "values",
                    is_first ? "the tensor mean has" : "the layer before gives",
                    is_first ? layer->n_in : n_given);
  }
  layer->in_channels = is_conv ? n_in : 0U;
  self->length       = is_conv ? self->length : 1U;
  self->channels     = n_out;
  return TMB_OK;
}

/// A layer with a weight and a bias.
static TmbStatus
read_weights(Reader* const self, TmbLayer* const layer, const uint32_t index)
{
  char             name[32] = "";
  const TmbTensor* weight   = NULL;
  const TmbTensor* bias     = NULL;
  const uint32_t   n_dims   = (layer->kind == TMB_CONV) ? 3U : 2U;
  (void)snprintf(name, sizeof(name), "layer.%u.weight", index);
  TmbStatus st =
    tmb_safetensors_take(self->file, name, n_dims, &weight, self->why);
  st = st ? st : fit_weight(self, layer, weight, !index);
  if (st) {
    return st;
  }

  (void)snprintf(name, sizeof(name), "layer.%u.bias", index);
  st = take_row(self, name, self->channels, &bias);
  st = st ? st : copy_values(self, weight, self->channels, &layer->weight);
  st = st ? st : copy_values(self, bias, 1U, &layer->bias);
  return st;
}

static TmbStatus
fit_pool(Reader* const self, TmbLayer* const layer)
{
  if (layer->width > self->length) {
    return tmb_fail(TMB_BAD_FILE,
                    self->why,
                    "a pool layer is %u wide, but a channel has %u values",
                    layer->width,
                    self->length);
  }
  layer->in_channels = self->channels;
  self->length /= layer->width;
  return TMB_OK;
}

/// The tables of several views.
static TmbStatus
read_views(Reader* const self, TmbLayer* const layer)
{
  const TmbTensor* tables = NULL;
  const TmbStatus  st =
    tmb_safetensors_take(self->file, "layer.0.weight", 3U, &tables, self->why);
  if (st) {
    return st;
  }
  return (tables->shape[0] == layer->n_views &&
          tables->shape[1] == layer->width && tables->shape[2] == layer->width)
           ? copy_values(self, tables, 1U, &layer->weight)
           : tmb_fail(TMB_BAD_FILE,
                      self->why,
                      "the tensor layer.0.weight is not %u tables of %u x %u",
                      layer->n_views,
                      layer->width,
                      layer->width);
}

static TmbStatus
fit_idct(Reader* const self, TmbLayer* const layer)
{
  const uint32_t n = layer->width;
  if (layer->n_in <= n || (layer->n_in - 1U) % n) {
    return tmb_fail(TMB_BAD_FILE,
                    self->why,
                    "%u inputs are not %u coefficients a channel and a value",
                    layer->n_in,
                    n);
  }
  layer->in_channels = (layer->n_in - 1U) / n;
  self->channels     = layer->in_channels + 1U;
  self->length       = n;
  if (layer->n_views > 1U) {
    return read_views(self, layer);
  }

  layer->weight = self->end;
  tmb_inverse_dct(n, self->end);
  self->end += (size_t)n * n;
  return TMB_OK;
}

static TmbStatus
read_sizes(Reader* const self, TmbLayer* const layer, const uint32_t index)
{
  TmbStatus st = TMB_OK;
  layer->n_in  = self->channels * self->length;
  switch (layer->kind) {
    case TMB_DENSE:
    case TMB_CONV:
      st = read_weights(self, layer, index);
      break;
    case TMB_POOL:
      st = fit_pool(self, layer);
      break;
    case TMB_IDCT:
      st = fit_idct(self, layer);
      break;
  }
  layer->out_channels = self->channels;
  layer->n_out        = self->channels * self->length;
  return (st || layer->n_out <= TMB_MAX_WIDTH)
           ? st
           : tmb_fail(TMB_BAD_FILE,
                      self->why,
                      "layer %u has more than %u outputs",
                      index,
                      TMB_MAX_WIDTH);
}

static TmbStatus
read_temperatures(Reader* const self, TmbNet* const net)
{
  const TmbTensor* row = NULL;
  TmbStatus        st =
    tmb_safetensors_take(self->file, "temperature", 1U, &row, self->why);
  if (!st && row->shape[0] > TMB_MAX_TEMPERATURES) {
    st = tmb_fail(TMB_BAD_FILE,
                  self->why,
                  "there are more than %u temperatures",
                  TMB_MAX_TEMPERATURES);
  }
  net->n_temperatures = st ? 0U : row->shape[0];
  for (uint32_t i = 0U; !st && i < net->n_temperatures; ++i) {
    const float value    = tmb_tensor_value(row, i);
    net->temperatures[i] = value;
    if (!(value > 0.0f && value <= FLT_MAX)) {
      st = tmb_fail(
        TMB_BAD_FILE, self->why, "the temperature is no number above zero");
    }
  }
  return st;
}

TmbStatus
tmb_read_tensors(TmbSafetensors* const file,
                 TmbNet* const         net,
                 float* const          values,
                 TmbMessage* const     why)
{
  Reader           self  = { .file = file, .channels = 1U, .why = why };
  const TmbTensor* mean  = NULL;
  const TmbTensor* scale = NULL;
  TmbStatus        st    = tmb_safetensors_take(file, "mean", 1U, &mean, why);
  if (!st && mean->shape[0] > TMB_MAX_WIDTH) {
    st = tmb_fail(
      TMB_BAD_FILE, why, "the tensor mean is wider than %u", TMB_MAX_WIDTH);
  }
  if (st) {
    return st;
  }

  const uint32_t n_in = mean->shape[0];
  self.end            = values;
  self.length         = n_in;
  for (uint32_t i = 0U; !st && i < net->n_layers; ++i) {
    st = read_sizes(&self, &net->layers[i], i);
  }
  st = st ? st : copy_values(&self, mean, 1U, &net->mean);
  st = st ? st : take_row(&self, "scale", n_in, &scale);
  st = st ? st : copy_values(&self, scale, 1U, &net->scale);
  return st ? st : read_temperatures(&self, net);
}
