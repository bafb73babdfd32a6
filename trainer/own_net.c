// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/own_net.h"

#include "dsp/mfcc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t
tmb_layer_weights(const TmbLayer* const layer)
{
  switch (layer->kind) {
    case TMB_DENSE:
      return (size_t)layer->n_in * layer->n_out;
    case TMB_CONV:
      return (size_t)layer->in_channels * layer->width * layer->out_channels;
    case TMB_POOL:
    case TMB_IDCT:
      break;
  }
  return 0U;
}

size_t
tmb_layer_parameters(const TmbLayer* const layer)
{
  const size_t n = tmb_layer_weights(layer);
  return n ? n + layer->out_channels : 0U;
}

/// Numbers of a layer that are not learnt: the tables of an inverse DCT.
static size_t
count_fixed(const TmbLayer* const layer)
{
  return (layer->kind == TMB_IDCT)
           ? (size_t)layer->n_views * layer->width * layer->width
           : 0U;
}

static bool
is_normalised(const TmbLayer* const layer, const bool is_learning)
{
  return is_learning && layer->kind == TMB_CONV;
}

/// Numbers of all layers: those that are learnt, or those that are fixed.
static void
count_values(const TmbNet* const shape,
             const bool          is_learning,
             size_t* const       n_learnt,
             size_t* const       n_fixed)
{
  *n_learnt = 0U;
  *n_fixed  = 2U * (size_t)tmb_net_inputs(shape);
  for (uint32_t i = 0U; i < shape->n_layers; ++i) {
    const TmbLayer* const layer = &shape->layers[i];
    *n_learnt += tmb_layer_parameters(layer);
    *n_learnt += is_normalised(layer, is_learning) ? layer->out_channels : 0U;
    *n_fixed += count_fixed(layer);
  }
}

/// The exact inverse, for each view.
static void
fill_tables(const TmbLayer* const layer, float* const tables)
{
  const size_t n = (size_t)layer->width * layer->width;
  for (size_t v = 0U; v < layer->n_views; ++v) {
    tmb_inverse_dct(layer->width, tables + (v * n));
  }
}

/// Point each layer at its parameters, of which gains are 1.
static void
lay_out(TmbOwnNet* const self, const bool is_learning)
{
  float* next  = self->values;
  float* fixed = self->scale + tmb_net_inputs(&self->net);
  for (uint32_t i = 0U; i < self->net.n_layers; ++i) {
    TmbLayer* const layer = &self->net.layers[i];
    if (layer->kind == TMB_IDCT) {
      layer->weight = fixed;
      fill_tables(layer, fixed);
      fixed += count_fixed(layer);
    }
    if (!tmb_layer_parameters(layer)) {
      continue;
    }
    layer->weight = next;
    layer->bias   = next + tmb_layer_weights(layer);
    next += tmb_layer_parameters(layer);
    if (is_normalised(layer, is_learning)) {
      self->gains[i] = next;
      for (uint32_t j = 0U; j < layer->out_channels; ++j) {
        *next++ = 1.0f;
      }
    }
  }
}

TmbStatus
tmb_own_net_new(const TmbNet* const shape,
                const bool          is_learning,
                TmbOwnNet** const   net)
{
  *net = NULL;

  TmbOwnNet* const self = (TmbOwnNet*)calloc(1U, sizeof(TmbOwnNet));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  size_t n_fixed = 0U;
  count_values(shape, is_learning, &self->n_learnt, &n_fixed);
  self->values = (float*)calloc(self->n_learnt + n_fixed, sizeof(float));
  if (!self->values) {
    tmb_own_net_free(self);
    return TMB_NO_MEMORY;
  }

  const size_t n_in = tmb_net_inputs(shape);
  self->mean        = self->values + self->n_learnt;
  self->scale       = self->mean + n_in;
  for (size_t i = 0U; i < n_in; ++i) {
    self->scale[i] = 1.0f;
  }

  self->net = (TmbNet){ .n_layers       = shape->n_layers,
                        .mean           = self->mean,
                        .scale          = self->scale,
                        .n_temperatures = 1U,
                        .temperatures   = { 1.0f } };
  memcpy(
    self->net.layers, shape->layers, shape->n_layers * sizeof(*shape->layers));
  lay_out(self, is_learning);
  *net = self;
  return TMB_OK;
}

void
tmb_own_net_free(TmbOwnNet* const net)
{
  if (net) {
    free(net->values);
    free(net);
  }
}

/// Deviation of a layer's first weights.
static double
first_spread(const TmbLayer* const layer)
{
  const double n_in  = (double)tmb_layer_weights(layer) / layer->out_channels;
  const double n_out = layer->out_channels;
  return sqrt(2.0 / ((layer->activation == TMB_RELU) ? n_in : n_in + n_out));
}

void
tmb_own_net_draw(TmbOwnNet* const net, TmbRandom* const random)
{
  for (uint32_t i = 0U; i < net->net.n_layers; ++i) {
    const TmbLayer* const layer = &net->net.layers[i];
    if (!tmb_layer_weights(layer)) {
      continue;
    }
    const double spread = first_spread(layer);
    float* const weight = net->values + (layer->weight - net->values);
    for (size_t j = 0U; j < tmb_layer_weights(layer); ++j) {
      weight[j] = (float)(spread * tmb_random_normal(random));
    }
    memset(weight + tmb_layer_weights(layer),
           0,
           layer->out_channels * sizeof(float));
  }
}

size_t
tmb_own_net_moments(const TmbOwnNet* const net)
{
  size_t n = 0U;
  for (uint32_t i = 0U; i < net->net.n_layers; ++i) {
    n += net->gains[i] ? 2U * (size_t)net->net.layers[i].out_channels : 0U;
  }
  return n;
}

/// gain (W x - mean) / deviation + bias, as weights and a bias.
static void
fold_layer(const TmbLayer* const layer,
           const float* const    gain,
           const double* const   moments,
           float* const          weight,
           float* const          bias)
{
  const uint32_t      n        = layer->out_channels;
  const size_t        n_taps   = tmb_layer_weights(layer) / n;
  const double* const variance = moments + n;
  for (uint32_t o = 0U; o < n; ++o) {
    const double scale = (double)gain[o] / sqrt(variance[o] + TMB_NORM_EPSILON);
    bias[o]            = (float)((double)layer->bias[o] - (scale * moments[o]));
    for (size_t j = 0U; j < n_taps; ++j) {
      const size_t at = (j * n) + o;
      weight[at]      = (float)(scale * (double)layer->weight[at]);
    }
  }
}

void
tmb_own_net_fold(const TmbOwnNet* const net,
                 const double* const    moments,
                 TmbOwnNet* const       folded)
{
  const double* next   = moments;
  float*        values = folded->values;
  for (uint32_t i = 0U; i < net->net.n_layers; ++i) {
    const TmbLayer* const layer     = &net->net.layers[i];
    const size_t          n         = tmb_layer_parameters(layer);
    const size_t          n_weights = tmb_layer_weights(layer);
    if (net->gains[i]) {
      fold_layer(layer, net->gains[i], next, values, values + n_weights);
      next += 2U * (size_t)layer->out_channels;
    } else if (n) {
      memcpy(values, layer->weight, n * sizeof(float));
    }
    values += n;
  }
}
