// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_EXAM_H
#define TMB_EXAM_H

#include "dsp/net.h"
#include "dsp/status.h"
#include "trainer/corpus.h"
#include "trainer/dataset.h"
#include "trainer/metrics.h"
#include "trainer/split.h"

#include <stdbool.h>
#include <stdint.h>

#define TMB_NOT_KNOWN (-1) ///< Truth of a class that the network lacks
#define TMB_NO_CLASS (-2)  ///< Truth of sounds that are none of the classes

/// What a network is examined on: notes of a corpus at one age.
typedef struct {
  const TmbCorpus*  corpus;
  const TmbDataset* dataset;
  const int*        truths; ///< [classes of the corpus] Class of the
                            ///< network, #TMB_NOT_KNOWN or #TMB_NO_CLASS
  uint32_t age;             ///< Index into the front end's ages
  uint32_t n_threads;       ///< That ask, at least 1; no answer depends on
                            ///< it
} TmbExam;

/// What a network was trained without.
typedef struct {
  const TmbFolds* folds;
  TmbSplit        split;
  uint32_t        fold;
} TmbHeldOut;

/**
   Which notes can be asked about to see what a network makes of the unheard.

   A class whose segments are all in the fold was not taught: its notes can't be
   known, so they are not held, but counted.  Sounds of no class always can be
   asked about.

   @param[out] held [n_notes] In the fold, and of a class that was taught, or
   of none.
   @param[out] taught [classes of the corpus] Has segments outside the fold.
   @return Notes in the fold of classes that were not taught.
*/
uint32_t
tmb_exam_hold(const TmbExam*    exam,
              const TmbHeldOut* held_out,
              bool*             held,
              bool*             taught);

/**
   Whether a note was not over, for the next had begun, before it was as old as
   is asked about.  If it was, it is asked about as it was then.
*/
bool
tmb_exam_reached(const TmbExam* exam, uint32_t note);

/**
   Ask a network about some notes, as the recogniser would.

   @param asked [n_notes]
   @param[out] posteriors [n_notes][classes of the network] Where asked.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_exam_ask(const TmbExam* exam,
             const TmbNet*  net,
             const bool*    asked,
             float*         posteriors);

/// Add the answers to the notes asked about, of classes that are known.
void
tmb_exam_count(const TmbExam* exam,
               const bool*    asked,
               const float*   posteriors,
               uint32_t       n_classes,
               TmbMetrics*    metrics);

/**
   Expect the recordings that were held out as a whole to be named.

   @param held_out Null for all recordings.
   @param taught [classes of the corpus] No others are expected; null for all.
*/
void
tmb_exam_expect(const TmbExam*    exam,
                const TmbHeldOut* held_out,
                const bool*       taught,
                TmbMetrics*       metrics);

/**
   The temperature at which confidence, the largest posterior of an instrument,
   is in the mean what share is right: Clarte et al., "Expectation consistency
   for calibration of neural networks", UAI 2023.  The least log loss, which is
   more usual, depends on the few notes that are wrong and sure, and on what
   goes to the output for none of the classes.

   @param posteriors [n_notes][n_classes] At temperature 1.
   @return 0.25 to 4; 1 if no note of an instrument was asked about.
*/
double
tmb_exam_temperature(const TmbExam* exam,
                     const bool*    asked,
                     const float*   posteriors,
                     uint32_t       n_classes);

/// What the answers come to at one age.
typedef struct {
  uint32_t  ms;        ///< The age
  uint32_t  n_reached; ///< Notes that reached it; the others count as they were
  TmbScores scores;
} TmbAgeScores;

/// Notes that are asked about, are of a known class, and reached the exam's
/// age.
uint32_t
tmb_exam_count_reached(const TmbExam* exam, const bool* asked);

/// Sounds of one source that are none of the classes.
typedef struct {
  uint32_t n_notes;   ///< That were found in them
  uint32_t n_unknown; ///< ... that were not named
  uint32_t n_silent;  ///< Recordings in which no note was found
} TmbOutsiders;

/// Of all sources.
TmbOutsiders
tmb_outsiders_sum(const TmbOutsiders* outsiders, uint32_t n_sources);

/// Share of notes, and of recordings without one, that were given no name.
double
tmb_outsiders_unknown(const TmbOutsiders* outsiders);

/**
   Count what is none of the classes, at the exam's age.

   @param held_out Null for all recordings.
   @param asked [n_notes]
   @param posteriors [n_notes][n_outputs]
   @param n_classes That can be named; outputs, or one less.
   @param threshold Least confidence of a name.
   @param[in,out] outsiders [sources of the corpus]
*/
void
tmb_exam_count_outsiders(const TmbExam*    exam,
                         const TmbHeldOut* held_out,
                         const bool*       asked,
                         const float*      posteriors,
                         uint32_t          n_classes,
                         uint32_t          n_outputs,
                         double            threshold,
                         TmbOutsiders*     outsiders);

/// What the answers come to.
typedef struct {
  TmbMetrics*   metrics;   ///< At the exam's age; owned, or null
  TmbOutsiders* outsiders; ///< At the exam's age, [sources of the corpus];
                           ///< owned, null for rows of a matrix
  uint32_t     n_ages;     ///< None for rows of a matrix
  TmbAgeScores ages[TMB_MAX_AGES];
} TmbExamined;

/**
   Ask a network about a fold, or all, at each age, and count its answers.

   @param classes [outputs of the network] Borrowed by the metrics.
   @param held_out Null for all notes and recordings.
   @param threshold Least confidence of a name.
   @param[out] examined Released with tmb_examined_clear(), also after an error.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_examine(const TmbExam*    exam,
            const TmbNet*     net,
            const TmbClass*   classes,
            const TmbHeldOut* held_out,
            double            threshold,
            TmbExamined*      examined);

void
tmb_examined_clear(TmbExamined* examined);

#endif // TMB_EXAM_H
