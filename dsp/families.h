// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FAMILIES_H
#define TMB_FAMILIES_H

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "dsp/status.h"

#include <stdint.h>

/**
   Find the families of classes; an empty name is none.

   @param classes [n_classes]
   @param n_classes 1 to #TMB_MAX_CLASSES.
   @param[out] families Released with tmb_families_clear(), also after an error.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_families_find(const TmbClass* classes,
                  uint32_t        n_classes,
                  TmbFamilies*    families);

void
tmb_families_clear(TmbFamilies* families);

#endif // TMB_FAMILIES_H
