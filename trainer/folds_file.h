// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FOLDS_FILE_H
#define TMB_FOLDS_FILE_H

#include "dsp/status.h"
#include "trainer/corpus.h"

#include <stdint.h>

#define TMB_MAX_SOURCE_FOLDS 1000
#define TMB_NO_FOLD UINT32_MAX

/**
   Read what each folder's folds.csv says of the sources that its recordings
   have.

   @param[out] of_source [n_sources] Below #TMB_MAX_SOURCE_FOLDS, or
   #TMB_NO_FOLD for the sources of folders that have no such file.
   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE (also if two files disagree, or
   one leaves a source of its folder out) or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_folds_read(const TmbCorpus* corpus, uint32_t* of_source, TmbMessage* why);

#endif // TMB_FOLDS_FILE_H
