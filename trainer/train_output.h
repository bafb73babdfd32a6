// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TRAIN_OUTPUT_H
#define TMB_TRAIN_OUTPUT_H

#include "dsp/front_end.h"
#include "dsp/status.h"
#include "trainer/course.h"
#include "trainer/evaluation.h"
#include "trainer/fit.h"
#include "trainer/train_options.h"

#include <stdint.h>

/*
  What training leaves behind, on recordings and on matrices alike.
*/

/// Whether a file can be written, and is not one that is learnt from.
TMB_NODISCARD TmbStatus
tmb_check_output(const TmbDataOptions* data, const char* path, TmbMessage* why);

/// Whether all files that were asked for can be written, to be known before the
/// work.
TMB_NODISCARD TmbStatus
tmb_check_outputs(const TmbTrainOptions* options, TmbMessage* why);

/**
   Whether a network can be, and its file can be read again, however long its
   header is, to be known before the work.  One that learns from recordings has
   to be live too, see tmb_check_live().

   @param path Of the model, for people.
   @param[out] shape The layers of the file's network, without weights.
*/
TMB_NODISCARD TmbStatus
tmb_check_network(const char*           path,
                  const TmbFitSettings* settings,
                  const TmbNetEnds*     ends,
                  TmbNet*               shape,
                  TmbMessage*           why);

/// How the training is told while it runs.
TmbCourse
tmb_train_course(const TmbTrainOptions* options);

/// A network with what is known about it.
typedef struct {
  const TmbFrontEnd* front_end; ///< Null for external features
  const TmbFitted*   fitted;
  const TmbClass*    classes;  ///< [outputs of the network]
  char*              training; ///< JSON text, or null if memory was out; owned
  char*              accuracy; ///< Likewise
} TmbMade;

/// Write the model.
TMB_NODISCARD TmbStatus
tmb_write_made(const TmbTrainOptions* options,
               const TmbMade*         made,
               TmbMessage*            why);

/// Write the page, if one was asked for.
TMB_NODISCARD TmbStatus
tmb_write_report(const TmbTrainOptions* options,
                 const TmbMade*         made,
                 const TmbEvaluation*   evaluation,
                 TmbMessage*            why);

void
tmb_made_clear(TmbMade* made);

#endif // TMB_TRAIN_OUTPUT_H
