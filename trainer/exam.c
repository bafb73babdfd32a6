// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/exam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
is_in_fold(const TmbExam* const    exam,
           const TmbHeldOut* const held_out,
           const uint32_t          note,
           const uint32_t          age)
{
  return tmb_fold_has_segment(held_out->folds,
                              held_out->split,
                              held_out->fold,
                              exam->corpus,
                              exam->dataset,
                              note,
                              age);
}

uint32_t
tmb_exam_hold(const TmbExam* const    exam,
              const TmbHeldOut* const held_out,
              bool* const             held,
              bool* const             taught)
{
  const TmbDataset* const dataset = exam->dataset;
  for (uint32_t i = 0U; i < exam->corpus->n_classes; ++i) {
    taught[i] = false;
  }
  for (uint32_t i = 0U; i < dataset->n_notes; ++i) {
    bool* const is_taught = &taught[dataset->notes[i].class_index];
    for (uint32_t age = 0U; age < dataset->front_end.n_ages; ++age) {
      *is_taught = *is_taught || !is_in_fold(exam, held_out, i, age);
    }
  }

  uint32_t n_untaught = 0U;
  for (uint32_t i = 0U; i < dataset->n_notes; ++i) {
    const bool is_taught = taught[dataset->notes[i].class_index];
    const bool is_away   = is_in_fold(exam, held_out, i, exam->age);
    held[i]              = is_away && is_taught;
    n_untaught += is_away && !is_taught;
  }
  return n_untaught;
}

TmbStatus
tmb_exam_ask(const TmbExam* const exam,
             const TmbNet* const  net,
             const bool* const    asked,
             float* const         posteriors)
{
  const TmbDataset* const  dataset   = exam->dataset;
  const TmbFrontEnd* const front_end = &dataset->front_end;
  const size_t             n_frames  = tmb_front_end_note_frames(front_end);
  float* const             frames =
    (float*)calloc(n_frames * front_end->n_bands, sizeof(float));
  float* const features =
    (float*)calloc(tmb_front_end_features(front_end), sizeof(float));
  float* const scratch = (float*)calloc(tmb_net_scratch(net), sizeof(float));

  TmbStatus status = TMB_NO_MEMORY;
  if (frames && features && scratch) {
    for (uint32_t i = 0U; i < dataset->n_notes; ++i) {
      if (asked[i]) {
        tmb_dataset_frames(dataset, i, frames);
        tmb_dataset_describe(dataset, i, exam->age, frames, features);
        tmb_net_forward(net,
                        features,
                        exam->age,
                        scratch,
                        posteriors + ((size_t)i * tmb_net_outputs(net)));
      }
    }
    status = TMB_OK;
  }
  free(scratch);
  free(features);
  free(frames);
  return status;
}

void
tmb_exam_count(const TmbExam* const exam,
               const bool* const    asked,
               const float* const   posteriors,
               const uint32_t       n_classes,
               TmbMetrics* const    metrics)
{
  for (uint32_t i = 0U; i < exam->dataset->n_notes; ++i) {
    const TmbNote* const note  = &exam->dataset->notes[i];
    const int            truth = exam->truths[note->class_index];
    if (asked[i] && truth >= 0) {
      tmb_metrics_add(metrics,
                      note->recording,
                      note->source,
                      (uint32_t)truth,
                      posteriors + ((size_t)i * n_classes));
    }
  }
}

void
tmb_exam_expect(const TmbExam* const    exam,
                const TmbHeldOut* const held_out,
                const bool* const       taught,
                TmbMetrics* const       metrics)
{
  for (uint32_t i = 0U; i < exam->corpus->n_recordings; ++i) {
    const TmbRecording* const recording = &exam->corpus->recordings[i];
    const int                 truth     = exam->truths[recording->class_index];
    const bool is_asked = !held_out || tmb_fold_has_recording(held_out->folds,
                                                              held_out->split,
                                                              held_out->fold,
                                                              recording);
    if (is_asked && truth >= 0 && (!taught || taught[recording->class_index])) {
      tmb_metrics_expect(metrics, i, (uint32_t)truth);
    }
  }
}

/// Log loss, summed, if all logits are divided by a temperature.
static double
log_loss(const TmbExam* const exam,
         const bool* const    asked,
         const float* const   posteriors,
         const uint32_t       n_classes,
         const double         temperature)
{
  double loss = 0.0;
  for (uint32_t i = 0U; i < exam->dataset->n_notes; ++i) {
    const int truth = exam->truths[exam->dataset->notes[i].class_index];
    if (asked[i] && truth >= 0) {
      const float* const p   = posteriors + ((size_t)i * n_classes);
      double             sum = 0.0;
      for (uint32_t j = 0U; j < n_classes; ++j) {
        sum += pow((double)p[j], 1.0 / temperature);
      }
      loss += log(fmax(sum, 1e-30)) -
              (log(fmax((double)p[truth], 1e-30)) / temperature);
    }
  }
  return loss;
}

double
tmb_exam_temperature(const TmbExam* const exam,
                     const bool* const    asked,
                     const float* const   posteriors,
                     const uint32_t       n_classes)
{
  // Golden section over the logarithm, in which the search is symmetric
  const double golden = 0.6180339887498949;
  double       low    = -log(4.0);
  double       high   = log(4.0);
  while (high - low > 0.001) {
    const double left  = high - (golden * (high - low));
    const double right = low + (golden * (high - low));
    if (log_loss(exam, asked, posteriors, n_classes, exp(left)) <=
        log_loss(exam, asked, posteriors, n_classes, exp(right))) {
      high = right;
    } else {
      low = left;
    }
  }

  bool any = false;
  for (uint32_t i = 0U; i < exam->dataset->n_notes && !any; ++i) {
    any = asked[i];
  }
  return any ? exp(0.5 * (low + high)) : 1.0;
}

TmbStatus
tmb_examine(const TmbExam* const    exam,
            const TmbNet* const     net,
            const TmbClass* const   classes,
            const TmbHeldOut* const held_out,
            TmbMetrics** const      metrics)
{
  const TmbCorpus* const corpus    = exam->corpus;
  const uint32_t         n_notes   = exam->dataset->n_notes;
  const uint32_t         n_classes = tmb_net_outputs(net);
  TmbStatus              status    = tmb_metrics_new(
    classes, n_classes, corpus->n_sources, corpus->n_recordings, metrics);
  if (status) {
    return status;
  }

  float* const posteriors =
    (float*)calloc((size_t)n_notes * n_classes, sizeof(float));
  bool* const asked  = (bool*)calloc(n_notes, sizeof(bool));
  bool* const taught = (bool*)calloc(corpus->n_classes, sizeof(bool));
  status             = TMB_NO_MEMORY;
  if (posteriors && asked && taught) {
    if (held_out) {
      (void)tmb_exam_hold(exam, held_out, asked, taught);
    } else {
      memset(asked, true, n_notes);
    }
    status = tmb_exam_ask(exam, net, asked, posteriors);
  }
  if (!status) {
    tmb_exam_count(exam, asked, posteriors, n_classes, *metrics);
    tmb_exam_expect(exam, held_out, held_out ? taught : NULL, *metrics);
  } else {
    tmb_metrics_free(*metrics);
    *metrics = NULL;
  }
  free(taught);
  free(asked);
  free(posteriors);
  return status;
}
