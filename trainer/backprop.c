// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/backprop.h"

#include "trainer/blas.h"
#include "trainer/metrics.h"

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
  uint32_t         n_rows;
  double           dropout;
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
  self->n_rows     = n_rows;
  self->dropout    = dropout;
  TmbStatus status = TMB_OK;
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
    free(backprop);
  }
}

static void
activate(const TmbActivation activation, float* const y, const size_t n)
{
  switch (activation) {
    case TMB_IDENTITY:
      break;
    case TMB_SIGMOID:
      for (size_t i = 0U; i < n; ++i) {
        y[i] = 1.0f / (1.0f + expf(-y[i]));
      }
      break;
    case TMB_RELU:
      for (size_t i = 0U; i < n; ++i) {
        y[i] = (y[i] > 0.0f) ? y[i] : 0.0f;
      }
      break;
    case TMB_TANH:
      for (size_t i = 0U; i < n; ++i) {
        y[i] = tanhf(y[i]);
      }
      break;
  }
}

/// Multiply a gradient by the activation's slope where its output is y.
static void
activate_back(const TmbActivation activation,
              const float* const  y,
              float* const        delta,
              const size_t        n)
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
drop(Trace* const     trace,
     const size_t     n,
     const double     dropout,
     TmbRandom* const random)
{
  const uint64_t limit = (uint64_t)(dropout * 0x1p32);
  const float    gain  = (float)(1.0 / (1.0 - dropout));
  for (size_t i = 0U; i < n; ++i) {
    trace->kept[i] = (tmb_random_next(random) >> 32U >= limit) ? gain : 0.0f;
  }
  for (size_t i = 0U; i < n; ++i) {
    trace->input[i] = trace->output[i] * trace->kept[i];
  }
}

/// output = activation(x W + b)
static void
dense_forward(const TmbDense* const layer,
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

/// From the gradient before activation: those of W [n_in][n_out] and b, which
/// lie one behind the other, and, unless dx is null, that of x.
static void
dense_backward(const TmbDense* const layer,
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
    const float* const d = delta + ((size_t)row * layer->n_out);
    for (uint32_t o = 0U; o < layer->n_out; ++o) {
      d_bias[o] += d[o];
    }
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
cross_entropy(const Trace* const trace,
              const float* const targets,
              const uint32_t     n_rows,
              const uint32_t     n_out)
{
  TmbPass pass = { 0.0, 0U };
  for (uint32_t row = 0U; row < n_rows; ++row) {
    const size_t       at     = (size_t)row * n_out;
    float* const       p      = trace->output + at;
    const float* const target = targets + at;
    float* const       delta  = trace->delta + at;
    tmb_softmax(p, n_out, 1.0f);
    pass.n_right += (tmb_largest(p, n_out) == tmb_largest(target, n_out));
    for (uint32_t o = 0U; o < n_out; ++o) {
      pass.loss -= (double)(target[o] * logf(fmaxf(p[o], LEAST_POSTERIOR)));
      delta[o] = (p[o] - target[o]) / (float)n_rows;
    }
  }
  pass.loss /= (double)n_rows;
  return pass;
}

TmbPass
tmb_backprop_pass(TmbBackprop* const backprop,
                  const float* const x,
                  const float* const targets,
                  TmbRandom* const   random,
                  float* const       gradient)
{
  const TmbNet* const net    = &backprop->net->net;
  const uint32_t      n_rows = backprop->n_rows;
  Trace* const        traces = backprop->traces;
  const uint32_t      last   = net->n_layers - 1U;

  for (uint32_t i = 0U; i <= last; ++i) {
    const float* const input = i ? traces[i - 1U].input : x;
    dense_forward(&net->layers[i], input, n_rows, traces[i].output);
    if (traces[i].kept) {
      drop(&traces[i],
           (size_t)n_rows * net->layers[i].n_out,
           backprop->dropout,
           random);
    }
  }

  const TmbPass pass =
    cross_entropy(&traces[last], targets, n_rows, net->layers[last].n_out);

  float* d_layer = gradient + backprop->net->n_learnt;
  for (uint32_t i = last + 1U; i-- > 0U;) {
    const TmbDense* const layer = &net->layers[i];
    d_layer -= ((size_t)layer->n_in + 1U) * layer->n_out;
    dense_backward(layer,
                   i ? traces[i - 1U].input : x,
                   traces[i].delta,
                   n_rows,
                   d_layer,
                   i ? traces[i - 1U].delta : NULL);
    if (i) {
      const Trace* const below = &traces[i - 1U];
      const size_t       n     = (size_t)n_rows * layer->n_in;
      for (size_t j = 0U; below->kept && j < n; ++j) {
        below->delta[j] *= below->kept[j];
      }
      activate_back(
        net->layers[i - 1U].activation, below->output, below->delta, n);
    }
  }
  return pass;
}
