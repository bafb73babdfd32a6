// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PHRASE_EXAM_H
#define TMB_PHRASE_EXAM_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/exam.h"

#include <stdint.h>

/*
  How well is a track named?  Phrases are made of the notes of one class from
  one source, see phrase.h: 8 notes, 0.15 to 1.2 s from onset to onset, 0 to 18
  dB below the loudest, in a room with an RT60 of 0.2 to 1.2 s, 8 to 24 dB below
  the direct sound, and noise 35 to 60 dB below the peak.  The plugin's own
  recogniser listens to each.
*/

#define TMB_PHRASE_NOTES 8U
#define TMB_MAX_PHRASES 100U ///< Of a cell

/// What came of the phrases of one class from one source.
typedef struct {
  uint32_t class_index; ///< Of the corpus
  int      truth;       ///< That class, of the network
  uint32_t source;      ///< Of the corpus
  uint32_t n_phrases;   ///< That could be made
  uint32_t n_right;     ///< Whose track had the right name at the end
  uint32_t n_unknown;   ///< ... or none
  double   time;    ///< Sum of the shares of the time, from the onset of the
                    ///< second note on, in which the track's name is right
  uint32_t n_notes; ///< That the recogniser asked its network about
  uint32_t n_named; ///< ... and given a name
  uint32_t n_named_right;
  uint32_t n_told;   ///< Onsets that were told
  uint32_t n_played; ///< Notes that there are
  uint32_t n_found;  ///< ... of which an onset was told within 50 ms
} TmbPhraseCell;

typedef struct {
  uint32_t       n_each; ///< Phrases of a cell
  uint32_t       n_cells;
  TmbPhraseCell* cells; ///< [n_cells] By class, then source; owned
} TmbPhraseExam;

/// Means over cells of which phrases could be made; 0 if there are none.
typedef struct {
  uint32_t n_cells;
  double   label;           ///< Share of phrases with the right name at the end
  double   label_deviation; ///< Standard deviation between cells
  double   unknown;         ///< Share of phrases without a name at the end
  double   time;            ///< Share of the time
  double   named;           ///< Share of the notes asked about that have a name
  double   named_right;     ///< Share of these, over all cells, with the right
                            ///< one
  double found;             ///< Share of notes played that were found
  double false_told;        ///< Share of onsets told that were not played
} TmbPhraseScores;

/**
   Listen to phrases of each class from each source with at least 8 recordings.

   A phrase does not depend on the number of threads, nor on what else is in the
   corpus.

   @param exam Its age is of no account.
   @param model Its classes are what the exam's truths are about.
   @param held_out What phrases are made of; null for all recordings.
   @param n_each Phrases of each, 1 to #TMB_MAX_PHRASES.
   @param[out] phrases Released with tmb_phrase_exam_clear(), also after an
   error.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_phrase_exam_run(const TmbExam*    exam,
                    const TmbModel*   model,
                    const TmbHeldOut* held_out,
                    uint32_t          n_each,
                    TmbPhraseExam*    phrases);

TmbPhraseScores
tmb_phrase_exam_scores(const TmbPhraseExam* phrases);

void
tmb_phrase_exam_clear(TmbPhraseExam* phrases);

#endif // TMB_PHRASE_EXAM_H
