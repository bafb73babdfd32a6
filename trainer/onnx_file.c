// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onnx_file.h"

#include "trainer/new_file.h"

#include <onnx.pb-c.h>
#include <protobuf-c/protobuf-c.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MAX_NAME 24U
#define MAX_TENSORS (3U + (2U * TMB_MAX_LAYERS))
#define MAX_NODES (4U + (2U * TMB_MAX_LAYERS))
#define MAX_INPUTS 3U ///< Of a node
#define FLOAT_TYPE 1  ///< TensorProto.DataType.FLOAT

/// An operator, what it takes and what it gives.
typedef struct {
  Onnx__NodeProto message;
  char*           inputs[MAX_INPUTS];
  char            output[MAX_NAME]; ///< The node's name, too
  char*           outputs[1];
} Node;

/// A constant.
typedef struct {
  Onnx__TensorProto message;
  char              name[MAX_NAME];
  int64_t           dims[2];
} Tensor;

/// The graph's input or output, [batch][n].
typedef struct {
  Onnx__ValueInfoProto               message;
  Onnx__TypeProto                    type;
  Onnx__TypeProto__Tensor            tensor;
  Onnx__TensorShapeProto             shape;
  Onnx__TensorShapeProto__Dimension  dims[2];
  Onnx__TensorShapeProto__Dimension* dim_list[2];
} Value;

/// A string of the metadata.
typedef Onnx__StringStringEntryProto Entry;

/// The metadata that are worth taking along.
static const char* const keys[] = {
  TMB_KEY_CLASSES, TMB_KEY_FRONT_END, TMB_KEY_TRAINING, TMB_KEY_ACCURACY,
  TMB_KEY_CREATOR, TMB_KEY_DATE,      TMB_KEY_LICENCE,
};

#define N_KEYS (sizeof(keys) / sizeof(*keys))

/// A message and all that it points to; it can't be copied.  What is in the
/// model is borrowed.
typedef struct {
  Onnx__ModelProto          message;
  Onnx__GraphProto          graph;
  Onnx__OperatorSetIdProto  opset;
  Onnx__OperatorSetIdProto* opset_list[1];
  Tensor                    tensors[MAX_TENSORS];
  Onnx__TensorProto*        tensor_list[MAX_TENSORS];
  Node                      nodes[MAX_NODES];
  Onnx__NodeProto*          node_list[MAX_NODES];
  Value                     features;
  Value                     posterior;
  Onnx__ValueInfoProto*     inputs[1];
  Onnx__ValueInfoProto*     outputs[1];
  Entry                     entries[N_KEYS];
  Entry*                    entry_list[N_KEYS];
} Graph;

/// A pointer as protobuf-c's structures want it, which are only read here.
static void*
borrow(const void* const pointer)
{
  void* same = NULL;
  memcpy(&same, &pointer, sizeof(same));
  return same;
}

/// Add a constant [n_rows][n_columns], or [n_columns] if `n_rows` is 0.
static char*
add_tensor(Graph* const       self,
           const char* const  name,
           const uint32_t     n_rows,
           const uint32_t     n_columns,
           const float* const values)
{
  Tensor* const            tensor  = &self->tensors[self->graph.n_initializer];
  Onnx__TensorProto* const message = &tensor->message;
  onnx__tensor_proto__init(message);
  (void)snprintf(tensor->name, sizeof(tensor->name), "%s", name);
  tensor->dims[0]       = n_rows ? n_rows : n_columns;
  tensor->dims[1]       = n_columns;
  message->name         = tensor->name;
  message->dims         = tensor->dims;
  message->n_dims       = n_rows ? 2U : 1U;
  message->data_type    = FLOAT_TYPE;
  message->float_data   = (float*)borrow(values);
  message->n_float_data = (size_t)(n_rows ? n_rows : 1U) * n_columns;

  self->tensor_list[self->graph.n_initializer++] = message;
  return tensor->name;
}

/// Add an operator on up to three values, whose name is that of its result.
static char*
add_node(Graph* const      self,
         const char* const type,
         const char* const output,
         char* const       a,
         char* const       b,
         char* const       c)
{
  Node* const            node    = &self->nodes[self->graph.n_node];
  Onnx__NodeProto* const message = &node->message;
  onnx__node_proto__init(message);
  (void)snprintf(node->output, sizeof(node->output), "%s", output);
  node->inputs[0]   = a;
  node->inputs[1]   = b;
  node->inputs[2]   = c;
  node->outputs[0]  = node->output;
  message->op_type  = (char*)borrow(type);
  message->name     = node->output;
  message->n_input  = c ? 3U : b ? 2U : 1U;
  message->input    = node->inputs;
  message->n_output = 1U;
  message->output   = node->outputs;

  self->node_list[self->graph.n_node++] = message;
  return node->output;
}

/// @return The name of what comes out.
static char*
add_layer(Graph* const          self,
          const uint32_t        index,
          const TmbLayer* const layer,
          char* const           input)
{
  static const char* const types[] = {
    [TMB_IDENTITY] = NULL,
    [TMB_SIGMOID]  = "Sigmoid",
    [TMB_RELU]     = "Relu",
    [TMB_TANH]     = "Tanh",
  };

  char name[MAX_NAME];
  (void)snprintf(name, sizeof(name), "layer.%u.weight", index);
  char* const weight =
    add_tensor(self, name, layer->n_in, layer->n_out, layer->weight);
  (void)snprintf(name, sizeof(name), "layer.%u.bias", index);
  char* const bias = add_tensor(self, name, 0U, layer->n_out, layer->bias);
  (void)snprintf(name, sizeof(name), "layer.%u.sum", index);
  char* const sum = add_node(self, "Gemm", name, input, weight, bias);

  const char* const type = types[layer->activation];
  (void)snprintf(name, sizeof(name), "layer.%u.output", index);
  return type ? add_node(self, type, name, sum, NULL, NULL) : sum;
}

static void
add_network(Graph* const self, const TmbNet* const net, char* const features)
{
  const uint32_t n_in  = tmb_net_inputs(net);
  char* const    mean  = add_tensor(self, "mean", 0U, n_in, net->mean);
  char* const    scale = add_tensor(self, "scale", 0U, n_in, net->scale);
  char* const    temperature =
    add_tensor(self, "temperature", 0U, 1U, net->temperatures);

  char* value = add_node(self, "Sub", "centred", features, mean, NULL);
  value       = add_node(self, "Mul", "standardised", value, scale, NULL);
  for (uint32_t i = 0U; i < net->n_layers; ++i) {
    value = add_layer(self, i, &net->layers[i], value);
  }
  value = add_node(self, "Div", "logits", value, temperature, NULL);
  (void)add_node(self, "Softmax", "posterior", value, NULL, NULL);
}

static Onnx__ValueInfoProto*
describe_value(Value* const self, const char* const name, const uint32_t n)
{
  onnx__value_info_proto__init(&self->message);
  onnx__type_proto__init(&self->type);
  onnx__type_proto__tensor__init(&self->tensor);
  onnx__tensor_shape_proto__init(&self->shape);
  for (size_t i = 0U; i < 2U; ++i) {
    onnx__tensor_shape_proto__dimension__init(&self->dims[i]);
    self->dim_list[i] = &self->dims[i];
  }
  self->dims[0].value_case =
    ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
  self->dims[0].dim_param = (char*)borrow("batch");
  self->dims[1].value_case =
    ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
  self->dims[1].dim_value = n;

  self->shape.n_dim      = 2U;
  self->shape.dim        = self->dim_list;
  self->tensor.elem_type = FLOAT_TYPE;
  self->tensor.shape     = &self->shape;
  self->type.value_case  = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
  self->type.tensor_type = &self->tensor;
  self->message.name     = (char*)borrow(name);
  self->message.type     = &self->type;
  return &self->message;
}

static void
add_metadata(Graph* const self, const TmbModel* const model)
{
  for (size_t i = 0U; i < N_KEYS; ++i) {
    const char* const text = tmb_model_metadata(model, keys[i]);
    if (text) {
      Entry* const entry = &self->entries[i];
      onnx__string_string_entry_proto__init(entry);
      entry->key   = (char*)borrow(keys[i]);
      entry->value = (char*)borrow(text);

      self->entry_list[self->message.n_metadata_props++] = entry;
    }
  }
}

static void
build_graph(Graph* const self, const TmbModel* const model)
{
  const TmbNet* const net = tmb_model_net(model);
  onnx__graph_proto__init(&self->graph);
  self->inputs[0] =
    describe_value(&self->features, "features", tmb_net_inputs(net));
  self->outputs[0] =
    describe_value(&self->posterior, "posterior", tmb_net_outputs(net));
  add_network(self, net, self->inputs[0]->name);
  self->graph.name        = (char*)borrow("timbrel");
  self->graph.node        = self->node_list;
  self->graph.initializer = self->tensor_list;
  self->graph.n_input     = 1U;
  self->graph.input       = self->inputs;
  self->graph.n_output    = 1U;
  self->graph.output      = self->outputs;

  onnx__operator_set_id_proto__init(&self->opset);
  self->opset.version = TMB_ONNX_OPSET;
  self->opset_list[0] = &self->opset;

  onnx__model_proto__init(&self->message);
  add_metadata(self, model);
  self->message.ir_version       = TMB_ONNX_IR;
  self->message.producer_name    = (char*)borrow("timbrel");
  self->message.producer_version = (char*)borrow(TMB_VERSION);
  self->message.graph            = &self->graph;
  self->message.n_opset_import   = 1U;
  self->message.opset_import     = self->opset_list;
  self->message.metadata_props   = self->entry_list;
}

/// protobuf-c's way to write to a file, whose errors are looked at later.
typedef struct {
  ProtobufCBuffer base;
  FILE*           out;
} Sink;

static void
append(ProtobufCBuffer* const buffer, const size_t n, const uint8_t* const data)
{
  const Sink* const self = (const Sink*)buffer;
  (void)fwrite(data, 1U, n, self->out);
}

TmbStatus
tmb_onnx_write(const char* const     path,
               const TmbModel* const model,
               TmbMessage* const     why)
{
  Graph      graph;
  TmbNewFile file;
  TmbStatus  status = tmb_new_file_open(path, &file, why);
  if (!status) {
    Sink sink = { { append }, file.out };
    build_graph(&graph, model);
    (void)onnx__model_proto__pack_to_buffer(&graph.message, &sink.base);
    status = tmb_new_file_check(&file, why);
  }
  status = status ? status : tmb_new_file_close(&file, why);
  status = status ? status : tmb_new_file_rename(&file, why);
  tmb_new_file_discard(&file);
  return status;
}
