// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onnx_graph.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define INT64_TYPE 7     ///< TensorProto.DataType.INT64
#define INT_ATTRIBUTE 2  ///< AttributeProto.AttributeType.INT
#define INTS_ATTRIBUTE 7 ///< AttributeProto.AttributeType.INTS

void*
tmb_onnx_borrow(const void* const pointer)
{
  void* same = NULL;
  memcpy(&same, &pointer, sizeof(same));
  return same;
}

void
tmb_onnx_graph_init(TmbOnnxGraph* const graph)
{
  onnx__graph_proto__init(&graph->message);
  graph->message.node        = graph->node_list;
  graph->message.initializer = graph->tensor_list;
}

static TmbOnnxTensor*
add_tensor(TmbOnnxGraph* const  self,
           const char* const    name,
           const int64_t* const dims,
           const size_t         n_dims)
{
  assert(self->message.n_initializer < TMB_ONNX_TENSORS);
  TmbOnnxTensor* const tensor = &self->tensors[self->message.n_initializer];
  onnx__tensor_proto__init(&tensor->message);
  (void)snprintf(tensor->name, sizeof(tensor->name), "%s", name);
  memcpy(tensor->dims, dims, n_dims * sizeof(*dims));
  tensor->message.name   = tensor->name;
  tensor->message.dims   = tensor->dims;
  tensor->message.n_dims = n_dims;

  self->tensor_list[self->message.n_initializer++] = &tensor->message;
  return tensor;
}

char*
tmb_onnx_floats(TmbOnnxGraph* const  graph,
                const char* const    name,
                const int64_t* const dims,
                const size_t         n_dims,
                const float* const   values)
{
  TmbOnnxTensor* const     tensor  = add_tensor(graph, name, dims, n_dims);
  Onnx__TensorProto* const message = &tensor->message;
  message->data_type               = TMB_ONNX_FLOAT;
  message->float_data              = (float*)tmb_onnx_borrow(values);
  message->n_float_data            = 1U;
  for (size_t i = 0U; i < n_dims; ++i) {
    message->n_float_data *= (size_t)dims[i];
  }
  return tensor->name;
}

char*
tmb_onnx_ints(TmbOnnxGraph* const  graph,
              const char* const    name,
              const int64_t* const values,
              const size_t         n)
{
  const int64_t        length = (int64_t)n;
  TmbOnnxTensor* const tensor = add_tensor(graph, name, &length, 1U);
  memcpy(tensor->ints, values, n * sizeof(*values));
  tensor->message.data_type    = INT64_TYPE;
  tensor->message.int64_data   = tensor->ints;
  tensor->message.n_int64_data = n;
  return tensor->name;
}

char*
tmb_onnx_node(TmbOnnxGraph* const graph,
              const char* const   type,
              const char* const   output,
              char* const         inputs[TMB_ONNX_INPUTS])
{
  assert(graph->message.n_node < TMB_ONNX_NODES);
  TmbOnnxNode* const     node    = &graph->nodes[graph->message.n_node];
  Onnx__NodeProto* const message = &node->message;
  onnx__node_proto__init(message);
  (void)snprintf(node->output, sizeof(node->output), "%s", output);
  while (message->n_input < TMB_ONNX_INPUTS && inputs[message->n_input]) {
    node->inputs[message->n_input] = inputs[message->n_input];
    ++message->n_input;
  }
  node->outputs[0]   = node->output;
  message->op_type   = (char*)tmb_onnx_borrow(type);
  message->name      = node->output;
  message->input     = node->inputs;
  message->n_output  = 1U;
  message->output    = node->outputs;
  message->attribute = node->attribute_list;

  graph->node_list[graph->message.n_node++] = message;
  return node->output;
}

static TmbOnnxAttribute*
add_attribute(TmbOnnxGraph* const self, const char* const name)
{
  TmbOnnxNode* const node = &self->nodes[self->message.n_node - 1U];
  assert(node->message.n_attribute < TMB_ONNX_ATTRIBUTES);
  TmbOnnxAttribute* const attribute =
    &node->attributes[node->message.n_attribute];
  onnx__attribute_proto__init(&attribute->message);
  attribute->message.name = (char*)tmb_onnx_borrow(name);

  node->attribute_list[node->message.n_attribute++] = &attribute->message;
  return attribute;
}

void
tmb_onnx_attribute_int(TmbOnnxGraph* const graph,
                       const char* const   name,
                       const int64_t       value)
{
  TmbOnnxAttribute* const attribute = add_attribute(graph, name);
  attribute->message.type           = INT_ATTRIBUTE;
  attribute->message.i              = value;
}

void
tmb_onnx_attribute_ints(TmbOnnxGraph* const graph,
                        const char* const   name,
                        const int64_t       value,
                        const size_t        n)
{
  TmbOnnxAttribute* const attribute = add_attribute(graph, name);
  attribute->ints[0]                = value;
  attribute->ints[1]                = value;
  attribute->message.type           = INTS_ATTRIBUTE;
  attribute->message.ints           = attribute->ints;
  attribute->message.n_ints         = n;
}
