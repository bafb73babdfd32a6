// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/exam.h"

TmbOutsiders
tmb_outsiders_sum(const TmbOutsiders* const outsiders, const uint32_t n_sources)
{
  TmbOutsiders all = { 0U, 0U, 0U };
  for (uint32_t i = 0U; i < n_sources; ++i) {
    all.n_notes += outsiders[i].n_notes;
    all.n_unknown += outsiders[i].n_unknown;
    all.n_silent += outsiders[i].n_silent;
  }
  return all;
}

double
tmb_outsiders_unknown(const TmbOutsiders* const outsiders)
{
  return tmb_share((double)outsiders->n_unknown + outsiders->n_silent,
                   outsiders->n_notes + outsiders->n_silent);
}

/// Recordings in which nothing was found, which name nothing.
static void
count_silent(const TmbExam* const    exam,
             const TmbHeldOut* const held_out,
             TmbOutsiders* const     outsiders)
{
  for (uint32_t i = 0U; i < exam->corpus->n_recordings; ++i) {
    const TmbRecording* const recording = &exam->corpus->recordings[i];
    const bool is_asked = !held_out || tmb_fold_has_recording(held_out->folds,
                                                              held_out->split,
                                                              held_out->fold,
                                                              recording);
    if (is_asked && exam->truths[recording->class_index] == TMB_NO_CLASS) {
      outsiders[recording->source].n_silent += exam->dataset->is_silent[i];
    }
  }
}

void
tmb_exam_count_outsiders(const TmbExam* const    exam,
                         const TmbHeldOut* const held_out,
                         const bool* const       asked,
                         const float* const      posteriors,
                         const uint32_t          n_classes,
                         const uint32_t          n_outputs,
                         const double            threshold,
                         TmbOutsiders* const     outsiders)
{
  for (uint32_t i = 0U; i < exam->dataset->n_notes; ++i) {
    const TmbNote* const note = &exam->dataset->notes[i];
    if (asked[i] && exam->truths[note->class_index] == TMB_NO_CLASS) {
      TmbOutsiders* const source = &outsiders[note->source];
      ++source->n_notes;
      source->n_unknown += !tmb_is_named(
        posteriors + ((size_t)i * n_outputs), n_classes, n_outputs, threshold);
    }
  }
  count_silent(exam, held_out, outsiders);
}
