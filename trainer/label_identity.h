// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LABEL_IDENTITY_H
#define TMB_LABEL_IDENTITY_H

#include "trainer/label_options.h"

#include <jansson.h>

#include <stdint.h>

/**
   What a run's output depends on, for its journal.

   @param model Path of the model, of which the content counts.
   @param n_start Bytes of output before the first recording.
   @return An object for tmb_journal_start(); null if memory ran out.
*/
json_t*
tmb_label_identity(const TmbLabelOptions* options,
                   const char*            model,
                   uint64_t               n_start);

#endif // TMB_LABEL_IDENTITY_H
