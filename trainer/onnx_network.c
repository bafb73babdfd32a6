// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onnx_network.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/// What is being built.
typedef struct {
  TmbOnnxGraph*     graph;
  TmbOnnxConstants* constants;
  const TmbNet*     net;
  float*            kernel; ///< Of the next convolution
  const TmbLayer*   layer;
  uint32_t          index;
  char*             value;  ///< Name of what comes out of the layers up to now
  bool              is_row; ///< That is [batch][n], not [batch][channels][n]
} Builder;

/// "layer.I.part"
static const char*
name_part(const Builder* const self,
          const char* const    part,
          char                 name[TMB_ONNX_NAME])
{
  (void)snprintf(name, TMB_ONNX_NAME, "layer.%u.%s", self->index, part);
  return name;
}

static char*
add_floats(const Builder* const self,
           const char* const    part,
           const int64_t* const dims,
           const size_t         n_dims,
           const float* const   values)
{
  char name[TMB_ONNX_NAME];
  return tmb_onnx_floats(
    self->graph, name_part(self, part, name), dims, n_dims, values);
}

static char*
add_ints(const Builder* const self,
         const char* const    part,
         const int64_t* const values,
         const size_t         n)
{
  char name[TMB_ONNX_NAME];
  return tmb_onnx_ints(self->graph, name_part(self, part, name), values, n);
}

static char*
add_node(const Builder* const self,
         const char* const    type,
         const char* const    part,
         char* const          inputs[TMB_ONNX_INPUTS])
{
  char name[TMB_ONNX_NAME];
  return tmb_onnx_node(self->graph, type, name_part(self, part, name), inputs);
}

/// See a value as [batch][channels][length], or as [batch][length] if there are
/// no channels.
static char*
add_shape(const Builder* const self,
          const char* const    part,
          const char* const    shape,
          char* const          value,
          const int64_t        channels,
          const int64_t        length)
{
  const int64_t dims[] = { -1, channels ? channels : length, length };
  char* const   name   = add_ints(self, shape, dims, channels ? 3U : 2U);
  return add_node(
    self, "Reshape", part, (char* [TMB_ONNX_INPUTS]){ value, name });
}

/// Bring what comes out of the layers up to now into a shape.
static void
see_as_row(Builder* const self)
{
  if (!self->is_row) {
    self->value = add_shape(
      self, "row", "shape", self->value, 0, (int64_t)self->layer->n_in);
    self->is_row = true;
  }
}

static void
see_as_channels(Builder* const self)
{
  const TmbLayer* const layer = self->layer;
  if (self->is_row) {
    self->value  = add_shape(self,
                            "channels",
                            "shape",
                            self->value,
                            (int64_t)layer->in_channels,
                            (int64_t)(layer->n_in / layer->in_channels));
    self->is_row = false;
  }
}

static void
add_dense(Builder* const self)
{
  const TmbLayer* const layer = self->layer;
  const int64_t         n_in  = layer->n_in;
  const int64_t         n_out = layer->n_out;
  see_as_row(self);
  char* const weight =
    add_floats(self, "weight", (int64_t[]){ n_in, n_out }, 2U, layer->weight);
  char* const bias = add_floats(self, "bias", &n_out, 1U, layer->bias);
  self->value =
    add_node(self,
             "Gemm",
             "sum",
             (char* [TMB_ONNX_INPUTS]){ self->value, weight, bias });
}

static void
add_conv(Builder* const self)
{
  const TmbLayer* const layer = self->layer;
  const size_t          n_in  = layer->in_channels;
  const size_t          n_out = layer->out_channels;
  const size_t          width = layer->width;
  const int64_t dims[] = { (int64_t)n_out, (int64_t)n_in, (int64_t)width };

  const size_t n_taps = n_in * width;
  for (size_t o = 0U; o < n_out; ++o) {
    for (size_t i = 0U; i < n_taps; ++i) {
      self->kernel[(o * n_taps) + i] = layer->weight[(i * n_out) + o];
    }
  }

  see_as_channels(self);
  char* const weight = add_floats(self, "weight", dims, 3U, self->kernel);
  char* const bias   = add_floats(self, "bias", dims, 1U, layer->bias);
  self->value =
    add_node(self,
             "Conv",
             "sum",
             (char* [TMB_ONNX_INPUTS]){ self->value, weight, bias });
  tmb_onnx_attribute_ints(self->graph, "pads", (int64_t)(width / 2U), 2U);
  self->kernel += n_taps * n_out;
}

static void
add_pool(Builder* const self)
{
  const int64_t width = self->layer->width;
  see_as_channels(self);
  self->value = add_node(
    self, "MaxPool", "output", (char* [TMB_ONNX_INPUTS]){ self->value });
  tmb_onnx_attribute_ints(self->graph, "kernel_shape", width, 1U);
  tmb_onnx_attribute_ints(self->graph, "strides", width, 1U);
}

/// See a value as [batch][1][channels][length], to be multiplied by what each
/// view has.
static char*
add_view_shape(const Builder* const self,
               const char* const    part,
               const char* const    shape,
               char* const          value,
               const int64_t        channels,
               const int64_t        length)
{
  const int64_t dims[] = { -1, 1, channels, length };
  char* const   name   = add_ints(self, shape, dims, 4U);
  return add_node(
    self, "Reshape", part, (char* [TMB_ONNX_INPUTS]){ value, name });
}

/// Coefficients times each view's table; behind them, the last value as a
/// channel.  What comes out has a row for each view of each note.
static void
add_idct(Builder* const self)
{
  const TmbLayer* const layer    = self->layer;
  const int64_t         channels = layer->in_channels;
  const int64_t         n        = layer->width;
  const int64_t         n_views  = layer->n_views;
  const int64_t         last     = channels * n;
  char* const           begin = add_ints(self, "begin", (int64_t[]){ 0 }, 1U);
  char* const           heard = add_ints(self, "heard", &last, 1U);
  char* const end  = add_ints(self, "end", (int64_t[]){ last + 1 }, 1U);
  char* const axis = add_ints(self, "axis", (int64_t[]){ 1 }, 1U);
  char* const table =
    add_floats(self, "table", (int64_t[]){ n_views, n, n }, 3U, layer->weight);
  char* const ones = add_floats(
    self, "ones", (int64_t[]){ n_views, 1, n }, 3U, self->constants->ones);

  char* segments =
    add_node(self,
             "Slice",
             "coefficients",
             (char* [TMB_ONNX_INPUTS]){ self->value, begin, heard, axis });
  segments = add_view_shape(self, "segments", "shape", segments, channels, n);
  segments = add_node(
    self, "MatMul", "levels", (char* [TMB_ONNX_INPUTS]){ segments, table });

  char* part =
    add_node(self,
             "Slice",
             "part",
             (char* [TMB_ONNX_INPUTS]){ self->value, heard, end, axis });
  part = add_view_shape(self, "part.value", "part.shape", part, 1, 1);
  part = add_node(
    self, "MatMul", "part.channel", (char* [TMB_ONNX_INPUTS]){ part, ones });
  char* const all = add_node(
    self, "Concat", "views", (char* [TMB_ONNX_INPUTS]){ segments, part });
  tmb_onnx_attribute_int(self->graph, "axis", 2);
  self->value = add_shape(self, "output", "output.shape", all, channels + 1, n);
  self->is_row = false;
}

/// The mean over the views.
static void
add_mean(Builder* const self)
{
  const int64_t n_out   = tmb_net_outputs(self->net);
  const int64_t n_views = tmb_net_views(self->net);
  if (n_views > 1) {
    char* const views =
      add_shape(self, "views", "views.shape", self->value, n_views, n_out);
    self->value =
      add_node(self, "ReduceMean", "mean", (char* [TMB_ONNX_INPUTS]){ views });
    tmb_onnx_attribute_ints(self->graph, "axes", 1, 1U);
    tmb_onnx_attribute_int(self->graph, "keepdims", 0);
  }
}

static void
add_layer(Builder* const self)
{
  static const char* const types[] = {
    [TMB_IDENTITY] = NULL,
    [TMB_SIGMOID]  = "Sigmoid",
    [TMB_RELU]     = "Relu",
    [TMB_TANH]     = "Tanh",
  };

  switch (self->layer->kind) {
    case TMB_DENSE:
      add_dense(self);
      break;
    case TMB_CONV:
      add_conv(self);
      break;
    case TMB_POOL:
      add_pool(self);
      break;
    case TMB_IDCT:
      add_idct(self);
      break;
  }

  const char* const type = types[self->layer->activation];
  if (type) {
    self->value =
      add_node(self, type, "output", (char* [TMB_ONNX_INPUTS]){ self->value });
  }
}

static TmbStatus
make_constants(TmbOnnxConstants* const self, const TmbNet* const net)
{
  size_t n = 0U;
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    const TmbLayer* const layer = &net->layers[i];
    n += (layer->kind == TMB_CONV)
           ? (size_t)layer->in_channels * layer->width * layer->out_channels
           : 0U;
  }
  for (uint32_t i = 0U; i < TMB_MAX_VIEWS * TMB_MAX_BANDS; ++i) {
    self->ones[i] = 1.0f;
  }
  self->kernels = (float*)calloc(n + 1U, sizeof(float)); // Never of no size
  return self->kernels ? TMB_OK : TMB_NO_MEMORY;
}

TmbStatus
tmb_onnx_add_network(TmbOnnxGraph* const     graph,
                     TmbOnnxConstants* const constants,
                     const TmbNet* const     net,
                     char* const             features,
                     const char* const       posterior)
{
  if (make_constants(constants, net)) {
    return TMB_NO_MEMORY;
  }

  const int64_t one   = 1;
  const int64_t n_in  = tmb_net_inputs(net);
  char* const   mean  = tmb_onnx_floats(graph, "mean", &n_in, 1U, net->mean);
  char* const   scale = tmb_onnx_floats(graph, "scale", &n_in, 1U, net->scale);
  char* const   temperature =
    tmb_onnx_floats(graph,
                    "temperature",
                    &one,
                    1U,
                    &net->temperatures[net->n_temperatures - 1U]);

  char* value = tmb_onnx_node(
    graph, "Sub", "centred", (char* [TMB_ONNX_INPUTS]){ features, mean });
  value = tmb_onnx_node(
    graph, "Mul", "standardised", (char* [TMB_ONNX_INPUTS]){ value, scale });

  Builder builder = { .graph     = graph,
                      .constants = constants,
                      .net       = net,
                      .kernel    = constants->kernels,
                      .value     = value,
                      .is_row    = true };
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    builder.layer = &net->layers[i];
    builder.index = i;
    add_layer(&builder);
  }
  add_mean(&builder);

  value =
    tmb_onnx_node(graph,
                  "Div",
                  "logits",
                  (char* [TMB_ONNX_INPUTS]){ builder.value, temperature });
  (void)tmb_onnx_node(
    graph, "Softmax", posterior, (char* [TMB_ONNX_INPUTS]){ value });
  return TMB_OK;
}

void
tmb_onnx_constants_clear(TmbOnnxConstants* const constants)
{
  free(constants->kernels);
}
