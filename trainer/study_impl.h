// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_STUDY_IMPL_H
#define TMB_STUDY_IMPL_H

#include "trainer/study.h"

#include <pthread.h>

/*
  What study.c, which trains, and study_score.c, which examines, share.
*/

/// Training without one fold, and what the network says about that fold.
typedef struct {
  const TmbStudy*  study;
  TmbHeldOut       held_out;
  uint32_t         n_threads;     ///< That take its steps
  float*           posteriors;    ///< [n_notes][classes] Of the whole split
  pthread_mutex_t* progress_lock; ///< Of all runs
  bool             is_first; ///< Of the first split: its network is the model
  TmbStatus        status;
  TmbMessage       why; ///< If it failed, but for want of memory
  TmbFitted        fitted;
  float            temperatures[TMB_MAX_AGES]; ///< That it is scored with
  bool*            held;                       ///< [n_notes]
  bool*            taught;                     ///< [classes]
  uint32_t         n_untaught;
} TmbStudyRun;

/**
   Find the temperatures that fit the answers of all networks of a split; and
   for each network those that fit the others' answers, so that no confidence is
   scored on the notes that it was fitted on.  A single network has no others.

   @param[in,out] runs [n_runs] Trained, at temperature 1; theirs are set.
   @param[out] temperatures [n_ages] Of all.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_study_calibrate(const TmbExam* exam,
                    TmbStudyRun*   runs,
                    uint32_t       n_runs,
                    float*         temperatures);

/**
   Give the networks of a split their temperatures, and score their answers at
   each age.

   @param runs [n_runs] Trained, with temperatures.
   @param[out] outcome Its scores are filled in.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_study_score(const TmbStudy* study,
                TmbStudyRun*    runs,
                uint32_t        n_runs,
                TmbOutcome*     outcome);

#endif // TMB_STUDY_IMPL_H
