// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/backprop.h"

#include "dsp/attributes.h"
#include "trainer/blas.h"
#include "trainer/exponential.h"
#include "trainer/metrics.h"
#include "trainer/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_POSTERIOR 1e-30f ///< Whose logarithm is taken

/// What a layer keeps of a batch; rows are examples.
typedef struct {
  float* output; ///< [n_rows][n_out] After activation
  float* kept;   ///< [n_rows][n_out] What dropout multiplied it by, or null
  float* input;  ///< [n_rows][n_out] For the next layer: output * kept
  float* delta;  ///< [n_rows][n_out] Gradient before activation
} Trace;

struct TmbBackpropImpl {
  const TmbOwnNet* net;
  double           dropout;
  TmbRandom*       randoms; ///< [n_rows] What each row's dropout draws from
  Trace            traces[TMB_MAX_LAYERS];
};

static float*
new_floats(const size_t n)
{
  return (float*)calloc(n, sizeof(float));
}

static TmbStatus
new_trace(Trace* const trace, const size_t n, const bool has_dropout)
{
  trace->output = new_floats(n);
  trace->delta  = new_floats(n);
  trace->input  = trace->output;
  if (has_dropout) {
    trace->kept  = new_floats(n);
    trace->input = new_floats(n);
  }
  return (trace->output && trace->delta && trace->input &&
          (trace->kept || !has_dropout))
           ? TMB_OK
           : TMB_NO_MEMORY;
}

TmbStatus
tmb_backprop_new(const TmbOwnNet* const net,
                 const uint32_t         n_rows,
                 const double           dropout,
                 TmbBackprop** const    backprop)
{
  *backprop = NULL;

  TmbBackprop* const self = (TmbBackprop*)calloc(1U, sizeof(TmbBackprop));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->net        = net;
  self->dropout    = dropout;
  self->randoms    = (TmbRandom*)calloc(n_rows, sizeof(TmbRandom));
  TmbStatus status = self->randoms ? TMB_OK : TMB_NO_MEMORY;
  for (uint32_t i = 0U; !status && i < net->net.n_layers; ++i) {
    const bool is_hidden = i + 1U < net->net.n_layers;
    status               = new_trace(&self->traces[i],
                       (size_t)n_rows * net->net.layers[i].n_out,
                       is_hidden && dropout > 0.0);
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
    for (uint32_t i = 0U; i < TMB_MAX_LAYERS; ++i) {
      const Trace* const trace = &backprop->traces[i];
      if (trace->input != trace->output) {
        free(trace->input);
      }
      free(trace->kept);
      free(trace->delta);
      free(trace->output);
    }
    free(backprop->randoms);
    free(backprop);
  }
}

TMB_WIDEST static void
apply_sigmoid(float* const restrict y, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] = 1.0f / (1.0f + tmb_exponential(-y[i]));
  }
}

TMB_WIDEST static void
apply_tanh(float* const restrict y, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] = 1.0f - (2.0f / (1.0f + tmb_exponential(2.0f * y[i])));
  }
}

TMB_WIDE static void
apply_relu(float* const restrict y, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    y[i] = (y[i] > 0.0f) ? y[i] : 0.0f;
  }
}

static void
activate(const TmbActivation activation, float* const y, const size_t n)
{
  switch (activation) {
    case TMB_IDENTITY:
      break;
    case TMB_SIGMOID:
      apply_sigmoid(y, n);
      break;
    case TMB_RELU:
      apply_relu(y, n);
      break;
    case TMB_TANH:
      apply_tanh(y, n);
      break;
  }
}

/// Multiply a gradient by the activation's slope where its output is y.
TMB_WIDE static void
activate_back(const TmbActivation activation,
              const float* const restrict y,
              float* const restrict delta,
              const size_t n)
{
  switch (activation) {
    case TMB_IDENTITY:
      break;
    case TMB_SIGMOID:
      for (size_t i = 0U; i < n; ++i) {
        delta[i] *= y[i] * (1.0f - y[i]);
      }
      break;
    case TMB_RELU:
      for (size_t i = 0U; i < n; ++i) {
        delta[i] = (y[i] > 0.0f) ? delta[i] : 0.0f;
      }
      break;
    case TMB_TANH:
      for (size_t i = 0U; i < n; ++i) {
        delta[i] *= 1.0f - (y[i] * y[i]);
      }
      break;
  }
}

/// Leave some outputs out, and scale the others up to make good for it.
static void
drop(const TmbBackprop* const self, const uint32_t layer, const uint32_t n_rows)
{
  const Trace* const trace = &self->traces[layer];
  const size_t       n_out = self->net->net.layers[layer].n_out;
  const uint64_t     limit = (uint64_t)(self->dropout * 0x1p32);
  const float        gain  = (float)(1.0 / (1.0 - self->dropout));
  for (uint32_t row = 0U; row < n_rows; ++row) {
    TmbRandom* const random = &self->randoms[row];
    float* const     kept   = trace->kept + (row * n_out);
    for (size_t i = 0U; i < n_out; ++i) {
      kept[i] = (tmb_random_next(random) >> 32U >= limit) ? gain : 0.0f;
    }
  }
  for (size_t i = 0U; i < n_rows * n_out; ++i) {
    trace->input[i] = trace->output[i] * trace->kept[i];
  }
}

/// output = activation(x W + b)
static void
dense_forward(const TmbLayer* const layer,
              const float* const    x,
              const uint32_t        n_rows,
              float* const          output)
{
  const int n_in  = (int)layer->n_in;
  const int n_out = (int)layer->n_out;
  for (uint32_t row = 0U; row < n_rows; ++row) {
    memcpy(output + ((size_t)row * layer->n_out),
           layer->bias,
           layer->n_out * sizeof(float));
  }
  tmb_blas_multiply(CblasNoTrans,
                    CblasNoTrans,
                    (int)n_rows,
                    n_out,
                    n_in,
                    x,
                    n_in,
                    layer->weight,
                    n_out,
                    1.0f,
                    output,
                    n_out);
  activate(layer->activation, output, (size_t)n_rows * layer->n_out);
}

TMB_WIDE static void
add(float* const restrict sum, const float* const restrict x, const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    sum[i] += x[i];
  }
}

/// From the gradient before activation: those of W [n_in][n_out] and b, which
/// lie one behind the other, and, unless dx is null, that of x.
static void
dense_backward(const TmbLayer* const layer,
               const float* const    x,
               const float* const    delta,
               const uint32_t        n_rows,
               float* const          gradient,
               float* const          dx)
{
  const int n_in  = (int)layer->n_in;
  const int n_out = (int)layer->n_out;
  tmb_blas_multiply(CblasTrans,
                    CblasNoTrans,
                    n_in,
                    n_out,
                    (int)n_rows,
                    x,
                    n_in,
                    delta,
                    n_out,
                    0.0f,
                    gradient,
                    n_out);

  float* const d_bias = gradient + ((size_t)layer->n_in * layer->n_out);
  memset(d_bias, 0, layer->n_out * sizeof(float));
  for (uint32_t row = 0U; row < n_rows; ++row) {
    add(d_bias, delta + ((size_t)row * layer->n_out), layer->n_out);
  }

  if (dx) {
    tmb_blas_multiply(CblasNoTrans,
                      CblasTrans,
                      (int)n_rows,
                      n_in,
                      n_out,
                      delta,
                      n_out,
                      layer->weight,
                      n_out,
                      0.0f,
                      dx,
                      n_in);
  }
}

/// Loss of the last layer's logits, which become probabilities; its gradient.
static TmbPass
cross_entropy(const Trace* const    trace,
              const TmbBatch* const batch,
              const uint32_t        n_out)
{
  const float share = 1.0f / (float)batch->n_batch;
  TmbPass     pass  = { 0.0, 0U };
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

/// All layers up to the logits.
static void
pass_forward(const TmbBackprop* const self,
             const TmbBatch* const    batch,
             const bool               drops)
{
  const TmbNet* const net   = &self->net->net;
  const float*        input = batch->x;
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    const Trace* const trace = &self->traces[i];
    dense_forward(&net->layers[i], input, batch->n_rows, trace->output);
    input = trace->output;
    if (drops && trace->kept) {
      drop(self, i, batch->n_rows);
      input = trace->input;
    }
  }
}

/// From the last layer's delta to all gradients.
static void
pass_backward(const TmbBackprop* const self,
              const TmbBatch* const    batch,
              float* const             gradient)
{
  const TmbNet* const net     = &self->net->net;
  float*              d_layer = gradient + self->net->n_learnt;
  for (uint32_t i = net->n_layers; i-- > 0U;) {
    const TmbLayer* const layer = &net->layers[i];
    const Trace* const    below = i ? &self->traces[i - 1U] : NULL;
    d_layer -= ((size_t)layer->n_in + 1U) * layer->n_out;
    dense_backward(layer,
                   below ? below->input : batch->x,
                   self->traces[i].delta,
                   batch->n_rows,
                   d_layer,
                   below ? below->delta : NULL);
    if (below) {
      const size_t n = (size_t)batch->n_rows * layer->n_in;
      for (size_t j = 0U; below->kept && j < n; ++j) {
        below->delta[j] *= below->kept[j];
      }
      activate_back(
        net->layers[i - 1U].activation, below->output, below->delta, n);
    }
  }
}

TmbPass
tmb_backprop_pass(TmbBackprop* const    backprop,
                  const TmbBatch* const batch,
                  float* const          gradient)
{
  const TmbNet* const net  = &backprop->net->net;
  const uint32_t      last = net->n_layers - 1U;
  for (uint32_t i = 0U; backprop->dropout > 0.0 && i < batch->n_rows; ++i) {
    tmb_random_init(&backprop->randoms[i], batch->seed, batch->number + i);
  }
  pass_forward(backprop, batch, true);

  const TmbPass pass =
    cross_entropy(&backprop->traces[last], batch, net->layers[last].n_out);
  pass_backward(backprop, batch, gradient);
  return pass;
}

TmbPass
tmb_backprop_check(TmbBackprop* const backprop, const TmbBatch* const batch)
{
  const TmbNet* const net  = &backprop->net->net;
  const uint32_t      last = net->n_layers - 1U;
  pass_forward(backprop, batch, false);
  return cross_entropy(&backprop->traces[last], batch, net->layers[last].n_out);
}

const float*
tmb_backprop_posteriors(const TmbBackprop* const backprop)
{
  return backprop->traces[backprop->net->net.n_layers - 1U].output;
}
