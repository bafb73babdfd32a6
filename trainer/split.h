// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SPLIT_H
#define TMB_SPLIT_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/corpus.h"
#include "trainer/dataset.h"

#include <stdbool.h>
#include <stdint.h>

/**
   What is kept whole when notes are divided into those that train and those
   that test.

   A *segment* is a note as it is at one age.
*/
typedef enum {
  TMB_SPLIT_RECORDINGS, ///< All of a recording is on one side
  TMB_SPLIT_SEGMENTS,   ///< Nothing: each segment goes by chance
  TMB_SPLIT_SOURCES,    ///< All of a source is on one side
  TMB_N_SPLITS
} TmbSplit;

/// Their names, such as "recordings".
extern const char* const tmb_split_names[TMB_N_SPLITS];

/// Folds of segments and of recordings, and of sources unless the corpus says.
#define TMB_N_FOLDS 5U

/**
   In which fold everything is.

   Of segments and of recordings fold 0 alone is ever held out.  Chance may put
   all of a small class there, which then could not be learnt: so one of it is
   kept in fold 1.
*/
typedef struct {
  uint64_t  seed;      ///< Deals segments and recordings
  uint32_t* of_source; ///< [n_sources]
  uint32_t  n_source_folds;

  /// By class, null where chance did well
  const TmbRecording* kept_recordings[TMB_MAX_CLASSES];
  const TmbNote*      kept_notes[TMB_MAX_CLASSES]; ///< At their first age
} TmbFolds;

/**
   Give each source its fold: from folds.csv in the folders that its recordings
   are in, with the columns source and fold, which must all say the same.  Those
   of folders without a folds.csv are dealt, the largest first, each to the fold
   with the fewest recordings.

   @param[out] folds Released with tmb_folds_clear(), also after an error.
   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_folds_init(TmbFolds*        folds,
               const TmbCorpus* corpus,
               uint64_t         seed,
               TmbMessage*      why);

/**
   Keep the first recording, and the first segment, of each class of whose notes
   fold 0 has all.

   @param corpus, dataset Borrowed until the folds are cleared.
*/
void
tmb_folds_keep(TmbFolds*         folds,
               const TmbCorpus*  corpus,
               const TmbDataset* dataset);

void
tmb_folds_clear(TmbFolds* folds);

/// Whether a recording is, as a whole, in fold `fold`; never by segments.
bool
tmb_fold_has_recording(const TmbFolds*     folds,
                       TmbSplit            split,
                       uint32_t            fold,
                       const TmbRecording* recording);

/// Whether a note's segment at age `age`, or at its last, is in fold `fold`.
bool
tmb_fold_has_segment(const TmbFolds*   folds,
                     TmbSplit          split,
                     uint32_t          fold,
                     const TmbCorpus*  corpus,
                     const TmbDataset* dataset,
                     uint32_t          note,
                     uint32_t          age);

#endif // TMB_SPLIT_H
