// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CORPUS_DATA_H
#define TMB_CORPUS_DATA_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/corpus.h"
#include "trainer/data_options.h"
#include "trainer/dataset.h"
#include "trainer/exam.h"
#include "trainer/split.h"

#include <stdint.h>

/// A corpus, ready to be trained on.  Only read then, so threads may share it.
typedef struct {
  const TmbDataOptions* options; ///< Borrowed
  TmbLicenceFilter      skip;
  TmbCorpus*            corpus;
  TmbDataset*           dataset;
  TmbFolds              folds;
  TmbClass*             classes; ///< [n_classes of the corpus]
  int*                  truths;  ///< [n_classes] Themselves, or of no class
  TmbExam               exam;
  TmbSplit              splits[TMB_N_SPLITS]; ///< Those that make sense
  uint32_t              n_splits;
  char                  digest[TMB_DIGEST_TEXT];
} TmbCorpusData;

/**
   List the recordings, and see that a network can learn from them.

   @param seed Deals the folds.
   @param[out] data Released with tmb_corpus_data_clear(), also after an error.
   @param[out] why One sentence that names the corpus.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_data_list(const TmbDataOptions* options,
                     uint64_t              seed,
                     TmbCorpusData*        data,
                     TmbMessage*           why);

/// Find the notes, and see that at least two classes have some.  What can't be
/// read is reported on stderr.
TMB_NODISCARD TmbStatus
tmb_corpus_data_listen(TmbCorpusData* data,
                       uint32_t       n_threads,
                       TmbMessage*    why);

void
tmb_corpus_data_clear(TmbCorpusData* data);

#endif // TMB_CORPUS_DATA_H
