// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/backprop.h"

#include "trainer/backprop_impl.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_POSTERIOR 1e-30f ///< Whose logarithm is taken

struct TmbBackpropImpl {
  uint32_t   n_layers;
  TmbDropout dropout;
  TmbTrace   traces[TMB_MAX_LAYERS + 1U]; ///< The input's, then each layer's
};

float*
tmb_new_floats(const size_t n)
{
  return (float*)calloc(n, sizeof(float));
}

/// A trace of `n_rows`, whose zeros are for the layer above, or null.
static TmbStatus
begin_trace(TmbTrace* const       trace,
            const uint32_t        channels,
            const uint32_t        length,
            const uint32_t        n_rows,
            const TmbLayer* const above)
{
  trace->channels = channels;
  trace->length   = length;
  trace->pad      = (above && above->kind == TMB_CONV) ? above->width / 2U : 0U;
  trace->stride   = (length + (2U * (size_t)trace->pad)) * channels;
  trace->output   = tmb_new_floats(n_rows * trace->stride);
  return trace->output ? TMB_OK : TMB_NO_MEMORY;
}

/// A layer's own part of its trace.
static TmbStatus
finish_trace(const TmbLayer* const layer,
             const TmbTrace* const below,
             const uint32_t        n_rows,
             const bool            has_dropout,
             TmbTrace* const       trace)
{
  if (tmb_layer_weights(layer) || below->delta) {
    trace->delta = tmb_new_floats(n_rows * trace->stride);
    if (!trace->delta) {
      return TMB_NO_MEMORY;
    }
  }
  switch (layer->kind) {
    case TMB_DENSE:
      return tmb_dense_init(layer, below, n_rows, has_dropout, trace);
    case TMB_CONV:
      return tmb_conv_init(layer, n_rows, trace);
    case TMB_POOL:
    case TMB_IDCT:
      break;
  }
  return TMB_OK;
}

TmbStatus
tmb_backprop_new(const TmbNet* const shape,
                 const uint32_t      n_rows,
                 const double        dropout,
                 TmbBackprop** const backprop)
{
  *backprop = NULL;

  TmbBackprop* const self = (TmbBackprop*)calloc(1U, sizeof(TmbBackprop));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  const TmbLayer* const layers = shape->layers;
  const uint32_t        n      = shape->n_layers;
  const uint32_t        n_in   = layers[0].n_in;
  self->n_layers               = n;
  self->dropout.share          = dropout;
  self->dropout.randoms        = (TmbRandom*)calloc(n_rows, sizeof(TmbRandom));
  TmbStatus status             = self->dropout.randoms ? TMB_OK : TMB_NO_MEMORY;
  if (!status) {
    status = begin_trace(&self->traces[0], 1U, n_in, n_rows, &layers[0]);
  }
  for (uint32_t i = 0U; !status && i < n; ++i) {
    const TmbLayer* const layer  = &layers[i];
    const TmbLayer* const above  = (i + 1U < n) ? &layers[i + 1U] : NULL;
    const uint32_t        length = layer->n_out / layer->out_channels;
    TmbTrace* const       trace  = &self->traces[i + 1U];
    status = begin_trace(trace, layer->out_channels, length, n_rows, above);
    if (!status) {
      status =
        finish_trace(layer, trace - 1, n_rows, i && dropout > 0.0, trace);
    }
  }
  if (status) {
    tmb_backprop_free(self);
    return status;
  }
  *backprop = self;
  return TMB_OK;
}

void
tmb_backprop_free(TmbBackprop* const backprop)
{
  if (backprop) {
    for (uint32_t i = 0U; i <= TMB_MAX_LAYERS; ++i) {
      TmbTrace* const trace = &backprop->traces[i];
      tmb_norm_clear(&trace->norm);
      free(trace->taps);
      free(trace->windows);
      free(trace->sums);
      free(trace->input);
      free(trace->kept);
      free(trace->delta);
      free(trace->output);
    }
    free(backprop->dropout.randoms);
    free(backprop);
  }
}

/// Loss of the last layer's logits, which become probabilities; its gradient.
static TmbPass
cross_entropy(const TmbTrace* const trace, const TmbBatch* const batch)
{
  const uint32_t n_out = trace->channels;
  const float    share = 1.0f / (float)batch->n_batch;
  TmbPass        pass  = { 0.0, 0U };
  for (uint32_t row = 0U; row < batch->n_rows; ++row) {
    const size_t       at     = (size_t)row * n_out;
    float* const       p      = trace->output + at;
    const float* const target = batch->targets + at;
    float* const       delta  = trace->delta + at;
    tmb_softmax(p, n_out, 1.0f);
    pass.n_right += (tmb_largest(p, n_out) == tmb_largest(target, n_out));
    for (uint32_t o = 0U; o < n_out; ++o) {
      if (target[o] > 0.0f) {
        pass.loss -= (double)(target[o] * logf(fmaxf(p[o], LEAST_POSTERIOR)));
      }
      delta[o] = (p[o] - target[o]) * share;
    }
  }
  return pass;
}

/// Put a batch's rows where the first layer looks for them.
static void
take_rows(const TmbTrace* const trace, const TmbBatch* const batch)
{
  const size_t n = trace->length;
  for (uint32_t row = 0U; row < batch->n_rows; ++row) {
    memcpy(trace->output + (row * trace->stride) + trace->pad,
           batch->x + (row * n),
           n * sizeof(float));
  }
}

/// All layers up to the logits.
static void
pass_forward(TmbBackprop* const     self,
             const TmbOwnNet* const net,
             const TmbBatch* const  batch,
             const bool             drops)
{
  const uint32_t n = batch->n_rows;
  take_rows(&self->traces[0], batch);
  for (uint32_t i = 0U; i < self->n_layers; ++i) {
    const TmbLayer* const layer = &net->net.layers[i];
    TmbTrace* const       trace = &self->traces[i + 1U];
    const TmbTrace* const below = trace - 1;
    switch (layer->kind) {
      case TMB_DENSE:
        tmb_dense_forward(layer,
                          below,
                          n,
                          (drops && trace->kept) ? &self->dropout : NULL,
                          trace);
        break;
      case TMB_CONV:
        tmb_conv_forward(layer, net->gains[i], below, n, trace);
        break;
      case TMB_POOL:
        tmb_pool_forward(layer, below, n, trace);
        break;
      case TMB_IDCT:
        tmb_idct_forward(layer, below, n, trace);
        break;
    }
  }
}

/// From the last layer's delta to all gradients.
static void
pass_backward(TmbBackprop* const     self,
              const TmbOwnNet* const net,
              const uint32_t         n_rows,
              float* const           gradient)
{
  float* d_layer = gradient + net->n_learnt;
  for (uint32_t i = self->n_layers; i-- > 0U;) {
    const TmbLayer* const layer = &net->net.layers[i];
    TmbTrace* const       trace = &self->traces[i + 1U];
    const TmbTrace* const below = trace - 1;
    d_layer -= tmb_layer_parameters(layer);
    switch (layer->kind) {
      case TMB_DENSE:
        tmb_dense_backward(layer, below, n_rows, trace, d_layer);
        break;
      case TMB_CONV:
        d_layer -= layer->out_channels; // Its gains
        tmb_conv_backward(layer, net->gains[i], below, n_rows, trace, d_layer);
        break;
      case TMB_POOL:
        tmb_pool_backward(layer, below, n_rows, trace);
        break;
      case TMB_IDCT:
        break;
    }
  }
}

TmbPass
tmb_backprop_pass(TmbBackprop* const     backprop,
                  const TmbOwnNet* const net,
                  const TmbBatch* const  batch,
                  float* const           gradient)
{
  TmbDropout* const dropout = &backprop->dropout;
  for (uint32_t i = 0U; dropout->share > 0.0 && i < batch->n_rows; ++i) {
    tmb_random_init(&dropout->randoms[i], batch->seed, batch->number + i);
  }
  pass_forward(backprop, net, batch, true);

  const TmbPass pass =
    cross_entropy(&backprop->traces[backprop->n_layers], batch);
  pass_backward(backprop, net, batch->n_rows, gradient);
  return pass;
}

TmbPass
tmb_backprop_check(TmbBackprop* const     backprop,
                   const TmbOwnNet* const net,
                   const TmbBatch* const  batch)
{
  pass_forward(backprop, net, batch, false);
  return cross_entropy(&backprop->traces[backprop->n_layers], batch);
}

void
tmb_backprop_measure(TmbBackprop* const     backprop,
                     const TmbOwnNet* const net,
                     const TmbBatch* const  batch,
                     double* const          moments)
{
  double* sum = moments;
  pass_forward(backprop, net, batch, false);
  for (uint32_t i = 0U; i < backprop->n_layers; ++i) {
    const TmbNorm* const norm = &backprop->traces[i + 1U].norm;
    for (uint32_t j = 0U; net->gains[i] && j < 2U * norm->n_channels; ++j) {
      *sum++ += (double)batch->n_rows * norm->moments[j];
    }
  }
}
