// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/own_net.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static size_t
count_learnt(const uint32_t* const widths, const uint32_t n_layers)
{
  size_t n = 0U;
  for (uint32_t i = 0U; i < n_layers; ++i) {
    n += ((size_t)widths[i] + 1U) * widths[i + 1U];
  }
  return n;
}

static bool
widths_are_valid(const uint32_t* const widths, const uint32_t n_layers)
{
  for (uint32_t i = 0U; i <= n_layers; ++i) {
    if (!widths[i] || widths[i] > TMB_MAX_WIDTH) {
      return false;
    }
  }
  return n_layers && n_layers <= TMB_MAX_LAYERS;
}

TmbStatus
tmb_own_net_new(const uint32_t* const widths,
                const uint32_t        n_layers,
                const TmbActivation   activation,
                TmbOwnNet** const     net)
{
  *net = NULL;
  if (!widths_are_valid(widths, n_layers)) {
    return TMB_BAD_ARG;
  }

  TmbOwnNet* const self = (TmbOwnNet*)calloc(1U, sizeof(TmbOwnNet));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const size_t n_in = widths[0];
  self->n_learnt    = count_learnt(widths, n_layers);
  self->values = (float*)calloc(self->n_learnt + (2U * n_in), sizeof(float));
  if (!self->values) {
    tmb_own_net_free(self);
    return TMB_NO_MEMORY;
  }

  self->mean  = self->values + self->n_learnt;
  self->scale = self->mean + n_in;
  for (size_t i = 0U; i < n_in; ++i) {
    self->scale[i] = 1.0f;
  }

  self->net         = (TmbNet){ .n_layers       = n_layers,
                                .mean           = self->mean,
                                .scale          = self->scale,
                                .n_temperatures = 1U,
                                .temperatures   = { 1.0f } };
  const float* next = self->values;
  for (uint32_t i = 0U; i < n_layers; ++i) {
    TmbLayer* const layer = &self->net.layers[i];
    layer->n_in           = widths[i];
    layer->n_out          = widths[i + 1U];
    layer->out_channels   = layer->n_out;
    layer->activation     = (i + 1U < n_layers) ? activation : TMB_IDENTITY;
    layer->weight         = next;
    layer->bias           = next + ((size_t)layer->n_in * layer->n_out);
    next                  = layer->bias + layer->n_out;
  }
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

void
tmb_own_net_draw(TmbOwnNet* const net, TmbRandom* const random)
{
  float* value = net->values;
  for (uint32_t i = 0U; i < net->net.n_layers; ++i) {
    const TmbLayer* const layer = &net->net.layers[i];
    const double          spread =
      (layer->activation == TMB_RELU)
                 ? sqrt(2.0 / (double)layer->n_in)
                 : sqrt(2.0 / ((double)layer->n_in + (double)layer->n_out));
    for (size_t j = 0U; j < (size_t)layer->n_in * layer->n_out; ++j) {
      *value++ = (float)(spread * tmb_random_normal(random));
    }
    for (uint32_t j = 0U; j < layer->n_out; ++j) {
      *value++ = 0.0f;
    }
  }
}
