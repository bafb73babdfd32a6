// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_LESSON_H
#define TMB_LESSON_H

#include "dsp/status.h"
#include "trainer/exam.h"
#include "trainer/examples.h"
#include "trainer/learner.h"
#include "trainer/sampler.h"

#include <stdbool.h>
#include <stdint.h>

/// Notes of a corpus as examples: those of a fold to check a network against,
/// the others to train it on.
typedef struct {
  TmbSampler* sampler;
  float*      standard; ///< [2][n_in] Mean and scale
  float*      held;     ///< [validation.n][n_in] Features of what is held out
  uint32_t*   classes;  ///< [validation.n]
  TmbExamples training;
  TmbExamples validation;
} TmbLesson;

/**
   Prepare a lesson.

   Features are standardised by the mean and deviation of a sample of draws,
   those that vary least not fully; a constant one gets the scale 0.  Not so for
   a network that turns cosine coefficients back into bands, whose levels are
   comparable as they are.  An epoch is about as many draws as there are notes.

   @param exam, held_out Borrowed.
   @param held [n_notes] From tmb_exam_hold().
   @param settings Its seed, batches, network and augmentation.
   @param[out] lesson Released with tmb_lesson_clear(), also after an error.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG if no notes are left.
*/
TMB_NODISCARD TmbStatus
tmb_lesson_init(TmbLesson*            lesson,
                const TmbExam*        exam,
                const TmbHeldOut*     held_out,
                const bool*           held,
                const TmbFitSettings* settings);

/// What a network for notes of a corpus has to fit.
TmbNetEnds
tmb_lesson_ends(const TmbFrontEnd* front_end, const TmbCorpus* corpus);

void
tmb_lesson_clear(TmbLesson* lesson);

#endif // TMB_LESSON_H
