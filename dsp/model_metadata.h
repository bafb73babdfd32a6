// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MODEL_METADATA_H
#define TMB_MODEL_METADATA_H

#include "dsp/attributes.h"
#include "dsp/front_end.h"
#include "dsp/model.h"
#include "dsp/status.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/*
  The parts of a model that stand in its metadata, but for the network, see
  dsp/model_network.h.  All return #TMB_OK,
  #TMB_NO_MEMORY, or #TMB_BAD_FILE with the reason in one sentence.
*/

/// Also #TMB_TOO_NEW: read it first, since nothing else may be as expected.
TMB_NODISCARD TmbStatus
tmb_read_format(const json_t* metadata, int* format, TmbMessage* why);

/// @param format What only later ones have is refused.
/// @param[out] classes [n_classes] Released with free(), also after an error.
TMB_NODISCARD TmbStatus
tmb_read_classes(const json_t* metadata,
                 int           format,
                 TmbClass**    classes,
                 uint32_t*     n_classes,
                 TmbMessage*   why);

/// @param[out] present False in a model of external features.
TMB_NODISCARD TmbStatus
tmb_read_front_end(const json_t* metadata,
                   TmbFrontEnd*  front_end,
                   bool*         present,
                   TmbMessage*   why);

#endif // TMB_MODEL_METADATA_H
