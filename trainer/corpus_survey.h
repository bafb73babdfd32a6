// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CORPUS_SURVEY_H
#define TMB_CORPUS_SURVEY_H

#include "dsp/status.h"
#include "trainer/corpus.h"
#include "trainer/file_digest.h"

#include <stdbool.h>
#include <stdint.h>

/// What a recording is like.
typedef struct {
  TmbStatus  status; ///< Whether it can be read to its end
  TmbMessage why;    ///< If not
  double     seconds;
  float      peak;       ///< Full scale is 1
  bool       is_clipped; ///< Several samples in a row are at full scale
  uint32_t   n_notes;    ///< That the onset detector finds
  uint8_t    digest[TMB_DIGEST_BYTES]; ///< Of its rate and mono samples
} TmbRecordingSurvey;

/**
   Listen to all recordings.

   @param n_threads At least 1.
   @param[out] surveys [n_recordings]
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_survey(const TmbCorpus*    corpus,
                  uint32_t            n_threads,
                  TmbRecordingSurvey* surveys);

/**
   Order recordings so that those with the same samples, in files of whatever
   format, are neighbours; then by their place in the corpus.

   @param surveys [n]
   @param[out] order [n] Those that can be read come first.
   @return How many these are.
*/
uint32_t
tmb_order_by_content(const TmbRecordingSurvey*  surveys,
                     uint32_t                   n,
                     const TmbRecordingSurvey** order);

#endif // TMB_CORPUS_SURVEY_H
