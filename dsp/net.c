// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/net.h"

#include "dsp/conv.h"
#include "dsp/matrix.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

uint32_t
tmb_net_inputs(const TmbNet* const net)
{
  return net->layers[0].n_in;
}

uint32_t
tmb_net_outputs(const TmbNet* const net)
{
  return net->layers[net->n_layers - 1U].n_out;
}

uint32_t
tmb_net_views(const TmbNet* const net)
{
  const TmbLayer* const first = &net->layers[0];
  return (first->kind == TMB_IDCT) ? first->n_views : 1U;
}

static uint64_t
products(const TmbLayer* const layer)
{
  switch (layer->kind) {
    case TMB_DENSE:
      return (uint64_t)layer->n_in * layer->n_out;
    case TMB_CONV:
      return (uint64_t)layer->in_channels * layer->width * layer->n_out;
    case TMB_POOL:
      break;
    case TMB_IDCT:
      return (uint64_t)layer->width * (layer->n_in - 1U);
  }
  return 0U;
}

uint64_t
tmb_net_products(const TmbNet* const net)
{
  uint64_t n = 0U;
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    n += products(&net->layers[i]);
  }
  return n * tmb_net_views(net);
}

uint64_t
tmb_net_work(const TmbNet* const net)
{
  uint64_t n = 0U;
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    const TmbLayer* const layer = &net->layers[i];
    n += (layer->kind == TMB_CONV) ? tmb_conv_work(layer) : products(layer);
  }
  return n * tmb_net_views(net);
}

static uint32_t
widest(const TmbNet* const net)
{
  uint32_t width = tmb_net_inputs(net);
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    width = (net->layers[i].n_out > width) ? net->layers[i].n_out : width;
  }
  return width;
}

uint32_t
tmb_net_scratch(const TmbNet* const net)
{
  uint32_t n_most = 0U;
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    const TmbLayer* const layer = &net->layers[i];
    const uint32_t n = (layer->kind == TMB_CONV) ? tmb_conv_scratch(layer) : 0U;
    n_most           = (n > n_most) ? n : n_most;
  }
  return tmb_net_inputs(net) + (2U * widest(net)) + n_most;
}

static void
activate(const TmbActivation activation, float* const y, const uint32_t n)
{
  switch (activation) {
    case TMB_IDENTITY:
      break;
    case TMB_SIGMOID:
      for (uint32_t i = 0U; i < n; ++i) {
        y[i] = 1.0f / (1.0f + expf(-y[i]));
      }
      break;
    case TMB_RELU:
      for (uint32_t i = 0U; i < n; ++i) {
        y[i] = (y[i] > 0.0f) ? y[i] : 0.0f;
      }
      break;
    case TMB_TANH:
      for (uint32_t i = 0U; i < n; ++i) {
        y[i] = tanhf(y[i]);
      }
      break;
  }
}

static void
dense_forward(const TmbLayer* const layer, const float* const x, float* const y)
{
  memcpy(y, layer->bias, layer->n_out * sizeof(float));
  tmb_matrix_add(layer->weight, x, layer->n_in, layer->n_out, y);
}

static void
pool_forward(const TmbLayer* const layer, const float* const x, float* const y)
{
  const size_t length = layer->n_in / layer->in_channels;
  const size_t n      = length / layer->width;
  for (size_t c = 0U; c < layer->in_channels; ++c) {
    for (size_t i = 0U; i < n; ++i) {
      const float* const values = x + (c * length) + (i * layer->width);
      float              most   = values[0];
      for (size_t k = 1U; k < layer->width; ++k) {
        most = (values[k] > most) ? values[k] : most;
      }
      y[(c * n) + i] = most;
    }
  }
}

static void
idct_forward(const TmbLayer* const layer,
             const uint32_t        view,
             const float* const    x,
             float* const          y)
{
  const uint32_t     n     = layer->width;
  const float* const table = layer->weight + ((size_t)view * n * n);
  memset(y, 0, layer->n_out * sizeof(float));
  for (uint32_t c = 0U; c < layer->in_channels; ++c) {
    tmb_matrix_add(table, x + ((size_t)c * n), n, n, y + ((size_t)c * n));
  }
  for (uint32_t i = 0U; i < n; ++i) {
    y[((size_t)layer->in_channels * n) + i] = x[(size_t)layer->in_channels * n];
  }
}

static void
layer_forward(const TmbLayer* const layer,
              const uint32_t        view,
              const float* const    x,
              float* const          scratch,
              float* const          y)
{
  switch (layer->kind) {
    case TMB_DENSE:
      dense_forward(layer, x, y);
      break;
    case TMB_CONV:
      tmb_conv_apply(layer, x, scratch, y);
      break;
    case TMB_POOL:
      pool_forward(layer, x, y);
      break;
    case TMB_IDCT:
      idct_forward(layer, view, x, y);
      break;
  }
  activate(layer->activation, y, layer->n_out);
}

void
tmb_softmax(float* const logits, const uint32_t n, const float temperature)
{
  float largest = logits[0];
  for (uint32_t i = 1U; i < n; ++i) {
    largest = fmaxf(largest, logits[i]);
  }

  float sum = 0.0f;
  for (uint32_t i = 0U; i < n; ++i) {
    logits[i] = expf((logits[i] - largest) / temperature);
    sum += logits[i];
  }

  // Weights of any size may have overflowed on the way: then nothing is known
  const bool is_known = isfinite(sum);
  for (uint32_t i = 0U; i < n; ++i) {
    logits[i] = is_known ? logits[i] / sum : 1.0f / (float)n;
  }
}

/// Go through all layers; returns the logits, in scratch.
static const float*
ask(const TmbNet* const net,
    const uint32_t      view,
    const float* const  input,
    float* const        scratch)
{
  float* const outputs[2] = { scratch, scratch + widest(net) };
  float* const rest       = outputs[1] + widest(net);
  const float* x          = input;
  for (uint32_t l = 0U; l < net->n_layers; ++l) {
    float* const y = outputs[l % 2U];
    layer_forward(&net->layers[l], view, x, rest, y);
    x = y;
  }
  return x;
}

uint32_t
tmb_largest(const float* const x, const uint32_t n)
{
  uint32_t best = 0U;
  for (uint32_t i = 1U; i < n; ++i) {
    best = (x[i] > x[best]) ? i : best;
  }
  return best;
}

void
tmb_net_forward(const TmbNet* const net,
                const float* const  features,
                const uint32_t      age,
                float* const        scratch,
                float* const        posterior)
{
  const uint32_t n_in    = tmb_net_inputs(net);
  const uint32_t n_out   = tmb_net_outputs(net);
  const uint32_t n_views = tmb_net_views(net);
  float* const   input   = scratch;
  for (uint32_t i = 0U; i < n_in; ++i) {
    input[i] = (features[i] - net->mean[i]) * net->scale[i];
  }

  memset(posterior, 0, n_out * sizeof(float));
  for (uint32_t v = 0U; v < n_views; ++v) {
    const float* const logits = ask(net, v, input, scratch + n_in);
    for (uint32_t o = 0U; o < n_out; ++o) {
      posterior[o] += logits[o] / (float)n_views;
    }
  }
  tmb_softmax(posterior,
              n_out,
              net->temperatures[(age < net->n_temperatures) ? age : 0U]);
}
