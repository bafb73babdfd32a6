// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MODEL_WRITER_H
#define TMB_MODEL_WRITER_H

#include "dsp/front_end.h"
#include "dsp/model.h"
#include "dsp/net.h"
#include "dsp/status.h"

#include <stdint.h>

/// A metadata string for people; keys are TMB_KEY_*.
typedef struct {
  const char* key;
  const char* value;
} TmbNoteOfModel;

/// All that goes into a model file; see dsp/model.h for the format.
typedef struct {
  const TmbFrontEnd*    front_end; ///< Null for external features
  const TmbNet*         net;
  const TmbClass*       classes; ///< [outputs of net]
  const TmbNoteOfModel* notes;   ///< [n_notes] training, accuracy, licence...
  uint32_t              n_notes;
} TmbModelParts;

/**
   Whether a model can be written there, to be known before the work.

   What is no regular file, such as a folder or a device, is never replaced.

   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_model_check_path(const char* path, TmbMessage* why);

/**
   Write a model beside `path`, read it back, compare, then rename it: either
   the old file stays or the new one is whole.

   The same parts give the same bytes.

   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_model_write(const char* path, const TmbModelParts* parts, TmbMessage* why);

#endif // TMB_MODEL_WRITER_H
