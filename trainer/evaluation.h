// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EVALUATION_H
#define TMB_EVALUATION_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/exam.h"
#include "trainer/new_file.h"
#include "trainer/phrase_exam.h"
#include "trainer/split.h"

#include <stdint.h>

/// What a model was measured on, how, and what came of it.
typedef struct {
  const char*        model;     ///< Path, as the user gave it
  const char*        data;      ///< Path of what it was asked about
  const char*        unit;      ///< What that is made of: "notes"
  TmbClass*          classes;   ///< [outputs of the model]; owned
  uint32_t           n_classes; ///< Outputs that are names, the first
  const char* const* sources;   ///< [n_sources] Borrowed; null for none
  uint32_t           n_sources;
  double             threshold; ///< Least confidence of a named recording
  TmbExamined        all;       ///< About all of the data; owned
  TmbExamined        held_out;  ///< About what the model was trained without;
                                ///< owned, without metrics if it is not known
  TmbSplit      split;          ///< What was held out, if that is known
  uint32_t      fold;
  TmbPhraseExam phrases; ///< Of what was held out, or of all; owned, without
                         ///< cells if there are none
  TmbNewFile json;       ///< Where the document goes, if it was opened
} TmbEvaluation;

/**
   Print the tables, then write the document if it was asked for, see
   tmb_pack_evaluation().

   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_evaluation_report(TmbEvaluation* evaluation, TmbMessage* why);

/// Release what is owned; a document that was not written leaves no trace.
void
tmb_evaluation_clear(TmbEvaluation* evaluation);

#endif // TMB_EVALUATION_H
