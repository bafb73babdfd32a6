// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SETTINGS_H
#define TMB_SETTINGS_H

#include "dsp/status.h"
#include "trainer/learner.h"

#include <jansson.h>

/*
  How a network is trained, as JSON.
*/

/// The settings but for the seed, as a model's metadata tell them, with what of
/// the augmentation is not the default; null if memory is out.
json_t*
tmb_pack_settings(const TmbFitSettings* settings);

/// By what a training is told from others: its settings and its seed, as text
/// that the caller frees; null if memory is out.
char*
tmb_settings_text(const TmbFitSettings* settings);

/**
   Whether a text is that of these settings.

   @param text From tmb_settings_text(), not trusted.
   @param[out] why Names the first setting that differs.
   @return #TMB_OK, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_check_settings(const TmbFitSettings* settings,
                   const char*           text,
                   TmbMessage*           why);

#endif // TMB_SETTINGS_H
