// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MODEL_NETWORK_H
#define TMB_MODEL_NETWORK_H

#include "dsp/attributes.h"
#include "dsp/net.h"
#include "dsp/safetensors.h"
#include "dsp/status.h"

#include <jansson.h>

#include <stddef.h>

/*
  The network of a model: the metadata tell which layers there are, and the
  tensors their sizes.  Both functions return #TMB_OK, #TMB_NO_MEMORY, or
  #TMB_BAD_FILE with the reason in one sentence.
*/

/// Kind, activation and width of each layer.
/// @param format What only later ones have is refused.
TMB_NODISCARD TmbStatus
tmb_read_layers(const json_t* metadata,
                int           format,
                TmbNet*       net,
                TmbMessage*   why);

/// Floats that the network's tables take beside its tensors.
size_t
tmb_table_values(const TmbNet* net);

/**
   Shapes, weights, standardisation and temperatures.

   @param[in,out] net From tmb_read_layers(); points into `values` then.
   @param[out] values [values of all tensors + tmb_table_values()]
*/
TMB_NODISCARD TmbStatus
tmb_read_tensors(TmbSafetensors* file,
                 TmbNet*         net,
                 float*          values,
                 TmbMessage*     why);

#endif // TMB_MODEL_NETWORK_H
