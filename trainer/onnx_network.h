// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONNX_NETWORK_H
#define TMB_ONNX_NETWORK_H

#include "dsp/attributes.h"
#include "dsp/mel.h"
#include "dsp/net.h"
#include "dsp/status.h"
#include "trainer/onnx_graph.h"

/// Constants that are not in a network as ONNX wants them.
typedef struct {
  float  ones[TMB_MAX_VIEWS * TMB_MAX_BANDS];
  float* kernels; ///< Of convolutions: [out, in, width]
} TmbOnnxConstants;

/**
   Add a network to a graph: the same that tmb_net_forward() does, with the last
   of several temperatures.

   @param[in,out] graph Borrows from `net` and `constants`.
   @param[out] constants Released with tmb_onnx_constants_clear(), also after an
   error.
   @param features Name of the value that comes in.
   @param posterior Name of the value that comes out.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_onnx_add_network(TmbOnnxGraph*     graph,
                     TmbOnnxConstants* constants,
                     const TmbNet*     net,
                     char*             features,
                     const char*       posterior);

void
tmb_onnx_constants_clear(TmbOnnxConstants* constants);

#endif // TMB_ONNX_NETWORK_H
