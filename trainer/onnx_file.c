// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onnx_file.h"

#include "trainer/new_file.h"
#include "trainer/onnx_graph.h"
#include "trainer/onnx_network.h"

#include <onnx.pb-c.h>
#include <protobuf-c/protobuf-c.h>

#include <stdint.h>
#include <stdio.h>

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
  TmbOnnxGraph              graph;
  TmbOnnxConstants          constants;
  Onnx__OperatorSetIdProto  opset;
  Onnx__OperatorSetIdProto* opset_list[1];
  Value                     features;
  Value                     posterior;
  Onnx__ValueInfoProto*     inputs[1];
  Onnx__ValueInfoProto*     outputs[1];
  Entry                     entries[N_KEYS];
  Entry*                    entry_list[N_KEYS];
} Document;

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
  self->dims[0].dim_param = (char*)tmb_onnx_borrow("batch");
  self->dims[1].value_case =
    ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
  self->dims[1].dim_value = n;

  self->shape.n_dim      = 2U;
  self->shape.dim        = self->dim_list;
  self->tensor.elem_type = TMB_ONNX_FLOAT;
  self->tensor.shape     = &self->shape;
  self->type.value_case  = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
  self->type.tensor_type = &self->tensor;
  self->message.name     = (char*)tmb_onnx_borrow(name);
  self->message.type     = &self->type;
  return &self->message;
}

static void
add_metadata(Document* const self, const TmbModel* const model)
{
  for (size_t i = 0U; i < N_KEYS; ++i) {
    const char* const text = tmb_model_metadata(model, keys[i]);
    if (text) {
      Entry* const entry = &self->entries[i];
      onnx__string_string_entry_proto__init(entry);
      entry->key   = (char*)tmb_onnx_borrow(keys[i]);
      entry->value = (char*)tmb_onnx_borrow(text);

      self->entry_list[self->message.n_metadata_props++] = entry;
    }
  }
}

static TmbStatus
build_graph(Document* const self, const TmbModel* const model)
{
  const TmbNet* const     net   = tmb_model_net(model);
  Onnx__GraphProto* const graph = &self->graph.message;
  tmb_onnx_graph_init(&self->graph);
  self->inputs[0] =
    describe_value(&self->features, "features", tmb_net_inputs(net));
  self->outputs[0] =
    describe_value(&self->posterior, "posterior", tmb_net_outputs(net));
  graph->name     = (char*)tmb_onnx_borrow("timbrel");
  graph->n_input  = 1U;
  graph->input    = self->inputs;
  graph->n_output = 1U;
  graph->output   = self->outputs;
  return tmb_onnx_add_network(&self->graph,
                              &self->constants,
                              net,
                              self->inputs[0]->name,
                              self->outputs[0]->name);
}

static void
build_model(Document* const self, const TmbModel* const model)
{
  onnx__operator_set_id_proto__init(&self->opset);
  self->opset.version = TMB_ONNX_OPSET;
  self->opset_list[0] = &self->opset;

  onnx__model_proto__init(&self->message);
  add_metadata(self, model);
  self->message.ir_version       = TMB_ONNX_IR;
  self->message.producer_name    = (char*)tmb_onnx_borrow("timbrel");
  self->message.producer_version = (char*)tmb_onnx_borrow(TMB_VERSION);
  self->message.graph            = &self->graph.message;
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
  Document document;
  if (build_graph(&document, model)) {
    tmb_onnx_constants_clear(&document.constants);
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }
  build_model(&document, model);

  TmbNewFile file;
  TmbStatus  status = tmb_new_file_open(path, &file, why);
  if (!status) {
    Sink sink = { { append }, file.out };
    (void)onnx__model_proto__pack_to_buffer(&document.message, &sink.base);
    status = tmb_new_file_check(&file, why);
  }
  status = status ? status : tmb_new_file_close(&file, why);
  status = status ? status : tmb_new_file_rename(&file, why);
  tmb_new_file_discard(&file);
  tmb_onnx_constants_clear(&document.constants);
  return status;
}
