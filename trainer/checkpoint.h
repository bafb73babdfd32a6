// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CHECKPOINT_H
#define TMB_CHECKPOINT_H

#include "dsp/status.h"
#include "trainer/history.h"
#include "trainer/learner.h"

/**
   All that a training needs to go on as if it had not been cut off.

   Its file is a safetensors file, see safetensors_writer.h, with the tensors
   weights, average, gradient, square, best [n_learnt], as far as there are
   such, and history [n_epochs, 6]; in __metadata__, a format, the settings and
   the data's digest, by which a checkpoint of another training is told, and the
   number of steps taken, on which all depends that is drawn by chance.
*/
typedef struct {
  const TmbFitSettings* settings;
  const char*           data; ///< Digest of the examples
  TmbLearnt*            state;
  float*                best; ///< [n_learnt] Or null
  TmbHistory*           history;
} TmbCheckpoint;

/// Write a file in place of the old one, see tmb_tensor_file_write().
TMB_NODISCARD TmbStatus
tmb_checkpoint_write(const char*          path,
                     const TmbCheckpoint* checkpoint,
                     TmbMessage*          why);

/**
   Bring a state back.

   @param checkpoint What its pointers point to is filled in, but for settings
   and data, which must be the file's.
   @param[out] why One sentence that names the path.
   @return #TMB_OK, #TMB_NO_FILE if there is none, #TMB_BAD_FILE or
   #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_checkpoint_read(const char*    path,
                    TmbCheckpoint* checkpoint,
                    TmbMessage*    why);

#endif // TMB_CHECKPOINT_H
