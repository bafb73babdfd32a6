// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_DEFAULT_MODEL_H
#define TMB_DEFAULT_MODEL_H

#include "dsp/model.h"
#include "dsp/status.h"

/**
   Find the model that is used when none is named.

   That is the file in the environment variable TIMBREL_MODEL, if it is set and
   not empty.  Else it is the factory model, timbrel.lv2/factory.safetensors:
   the first that is there of the running command's own folder (as built), the
   folder ../lib/lv2 from there (as installed, wherever it was moved to since),
   and the LV2 folder that it was built for.

   @param[out] path Freed by the caller; null on error.
   @param[out] why One sentence on error.
   @return #TMB_OK, #TMB_NO_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_default_model_find(char** path, TmbMessage* why);

/**
   Find and load it.

   @param[out] model Owned by the caller, freed with tmb_model_free().
   @param[out] why One sentence on error.
   @return As tmb_model_load().
*/
TMB_NODISCARD TmbStatus
tmb_default_model_load(TmbModel** model, TmbMessage* why);

#endif // TMB_DEFAULT_MODEL_H
