// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EVALUATE_CORPUS_H
#define TMB_EVALUATE_CORPUS_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/corpus.h"
#include "trainer/evaluation.h"

#include <stdbool.h>
#include <stdint.h>

/// Which recordings a model is measured on.
typedef struct {
  const char* const* paths; ///< [n_paths] Folders and manifests
  uint32_t           n_paths;
  TmbLicenceFilter   skip;
  const char*        cache;     ///< Of notes, or null
  uint32_t           n_phrases; ///< To be made of each class from each source
} TmbCorpusChoice;

/**
   Measure a model on labelled recordings, and tell.

   What had to be left out is reported on stderr.

   @param evaluation With its model and classes; the rest is filled in.  The
   data's name and the sources are gone afterwards.
   @param[out] is_complete Nothing had to be left out.
   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_EXTERNAL_FEATURES if the model does not name notes, or
   what tmb_corpus_open() and tmb_evaluation_report() return.
*/
TMB_NODISCARD TmbStatus
tmb_evaluate_corpus(const TmbModel*        model,
                    const TmbCorpusChoice* choice,
                    TmbEvaluation*         evaluation,
                    bool*                  is_complete,
                    TmbMessage*            why);

#endif // TMB_EVALUATE_CORPUS_H
