// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONNX_GRAPH_H
#define TMB_ONNX_GRAPH_H

#include "dsp/net.h"

#include <onnx.pb-c.h>

#include <stddef.h>
#include <stdint.h>

#define TMB_ONNX_NAME 24U      ///< Bytes of a value's name
#define TMB_ONNX_DIMS 4U       ///< Of a constant
#define TMB_ONNX_INPUTS 4U     ///< Of an operator
#define TMB_ONNX_ATTRIBUTES 2U ///< Of an operator
#define TMB_ONNX_FLOAT 1       ///< TensorProto.DataType.FLOAT

// What layers take at most, and the inverse DCT, which there is but once
#define TMB_ONNX_TENSORS (14U + (3U * TMB_MAX_LAYERS))
#define TMB_ONNX_NODES (14U + (3U * TMB_MAX_LAYERS))

/// A constant.
typedef struct {
  Onnx__TensorProto message;
  char              name[TMB_ONNX_NAME];
  int64_t           dims[TMB_ONNX_DIMS];
  int64_t           ints[TMB_ONNX_DIMS]; ///< Its values, if they are such
} TmbOnnxTensor;

typedef struct {
  Onnx__AttributeProto message;
  int64_t              ints[2];
} TmbOnnxAttribute;

/// An operator, what it takes and what it gives.
typedef struct {
  Onnx__NodeProto       message;
  char*                 inputs[TMB_ONNX_INPUTS];
  char                  output[TMB_ONNX_NAME]; ///< The node's name, too
  char*                 outputs[1];
  TmbOnnxAttribute      attributes[TMB_ONNX_ATTRIBUTES];
  Onnx__AttributeProto* attribute_list[TMB_ONNX_ATTRIBUTES];
} TmbOnnxNode;

/// A graph's constants and operators; it can't be copied.  Names that are given
/// are copied, values are borrowed.
typedef struct {
  Onnx__GraphProto   message;
  TmbOnnxTensor      tensors[TMB_ONNX_TENSORS];
  Onnx__TensorProto* tensor_list[TMB_ONNX_TENSORS];
  TmbOnnxNode        nodes[TMB_ONNX_NODES];
  Onnx__NodeProto*   node_list[TMB_ONNX_NODES];
} TmbOnnxGraph;

/// A pointer as protobuf-c's structures want it, which are only read here.
void*
tmb_onnx_borrow(const void* pointer);

/// Begin with nothing.
void
tmb_onnx_graph_init(TmbOnnxGraph* graph);

/**
   Add a constant of floats.

   @param dims [n_dims] At most #TMB_ONNX_DIMS.
   @return Its name.
*/
char*
tmb_onnx_floats(TmbOnnxGraph*  graph,
                const char*    name,
                const int64_t* dims,
                size_t         n_dims,
                const float*   values);

/// Add a constant row of up to #TMB_ONNX_DIMS whole numbers.
/// @return Its name.
char*
tmb_onnx_ints(TmbOnnxGraph*  graph,
              const char*    name,
              const int64_t* values,
              size_t         n);

/**
   Add an operator.

   @param output The name of its result, which is returned.
   @param inputs Names of values, up to the first that is null.
*/
char*
tmb_onnx_node(TmbOnnxGraph* graph,
              const char*   type,
              const char*   output,
              char* const   inputs[TMB_ONNX_INPUTS]);

/// Give the newest operator an attribute.
void
tmb_onnx_attribute_int(TmbOnnxGraph* graph, const char* name, int64_t value);

/// @param n 1 or 2.
void
tmb_onnx_attribute_ints(TmbOnnxGraph* graph,
                        const char*   name,
                        int64_t       value,
                        size_t        n);

#endif // TMB_ONNX_GRAPH_H
