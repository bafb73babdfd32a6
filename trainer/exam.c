// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/exam.h"

#include "trainer/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_NOTES 64U ///< Asked about by a thread at a time

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
    const bool is_outside =
      exam->truths[dataset->notes[i].class_index] == TMB_NO_CLASS;
    held[i] = is_away && (is_taught || is_outside);
    n_untaught += is_away && !is_taught && !is_outside;
  }
  return n_untaught;
}

/// Frames of a note at the exam's age.
static uint32_t
n_wanted(const TmbExam* const exam)
{
  return exam->dataset->front_end.ages[exam->age].n_frames;
}

bool
tmb_exam_reached(const TmbExam* const exam, const uint32_t note)
{
  return exam->dataset->notes[note].n_available >= n_wanted(exam);
}

/// Notes that threads ask about.
typedef struct {
  const TmbExam* exam;
  const TmbNet*  net;
  const bool*    asked;
  float*         posteriors;
  float*         frames[TMB_MAX_THREADS];
  float*         features[TMB_MAX_THREADS];
  float*         scratch[TMB_MAX_THREADS];
} Asking;

/// TmbWork: some notes.
static void
ask(void* const job, const uint32_t item, const uint32_t worker)
{
  const Asking* const      self      = (const Asking*)job;
  const TmbDataset* const  dataset   = self->exam->dataset;
  const TmbFrontEnd* const front_end = &dataset->front_end;
  const size_t             n_outputs = tmb_net_outputs(self->net);
  const uint32_t           begin     = item * PIECE_NOTES;
  const uint32_t           n_left    = dataset->n_notes - begin;
  const uint32_t end = begin + ((n_left < PIECE_NOTES) ? n_left : PIECE_NOTES);
  for (uint32_t i = begin; i < end; ++i) {
    const uint32_t n_available = dataset->notes[i].n_available;
    const uint32_t reached     = tmb_front_end_reached(front_end, n_available);
    const uint32_t age =
      (self->exam->age < reached) ? self->exam->age : reached;
    if (self->asked[i]) {
      tmb_dataset_frames(dataset, i, self->frames[worker]);
      tmb_dataset_describe(dataset,
                           i,
                           self->exam->age,
                           self->frames[worker],
                           self->features[worker]);
      tmb_net_forward(self->net,
                      self->features[worker],
                      age,
                      self->scratch[worker],
                      self->posteriors + (i * n_outputs));
    }
  }
}

static bool
prepare(Asking* const self)
{
  const TmbFrontEnd* const front_end = &self->exam->dataset->front_end;
  const size_t             n_frames  = tmb_front_end_note_frames(front_end);
  bool                     ok        = true;
  for (uint32_t i = 0U; ok && i < self->exam->n_threads; ++i) {
    self->frames[i] =
      (float*)calloc(n_frames * front_end->n_bands, sizeof(float));
    self->features[i] =
      (float*)calloc(tmb_front_end_features(front_end), sizeof(float));
    self->scratch[i] =
      (float*)calloc(tmb_net_scratch(self->net), sizeof(float));
    ok = self->frames[i] && self->features[i] && self->scratch[i];
  }
  return ok;
}

TmbStatus
tmb_exam_ask(const TmbExam* const exam,
             const TmbNet* const  net,
             const bool* const    asked,
             float* const         posteriors)
{
  Asking asking       = { .exam = exam, .net = net, .asked = asked };
  asking.posteriors   = posteriors;
  const bool is_ready = prepare(&asking);
  if (is_ready) {
    tmb_parallel((exam->dataset->n_notes + PIECE_NOTES - 1U) / PIECE_NOTES,
                 exam->n_threads,
                 ask,
                 &asking);
  }
  for (uint32_t i = 0U; i < exam->n_threads; ++i) {
    free(asking.scratch[i]);
    free(asking.features[i]);
    free(asking.frames[i]);
  }
  return is_ready ? TMB_OK : TMB_NO_MEMORY;
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

/// Outputs that are instruments: what is none of them has no truth.
static uint32_t
count_instruments(const TmbExam* const exam)
{
  uint32_t n = 0U;
  for (uint32_t i = 0U; i < exam->corpus->n_classes; ++i) {
    n += exam->truths[i] >= 0;
  }
  return n;
}

/// By how much confidence exceeds what is right, in the sum over notes, if all
/// logits are divided by a temperature.
static double
excess_confidence(const TmbExam* const exam,
                  const bool* const    asked,
                  const float* const   posteriors,
                  const uint32_t       n_classes,
                  const double         temperature)
{
  const uint32_t n_instruments = count_instruments(exam);
  double         excess        = 0.0;
  for (uint32_t i = 0U; i < exam->dataset->n_notes; ++i) {
    const int truth = exam->truths[exam->dataset->notes[i].class_index];
    if (asked[i] && truth >= 0) {
      const float* const p    = posteriors + ((size_t)i * n_classes);
      const uint32_t     best = tmb_largest(p, n_instruments);
      double             sum  = 0.0;
      for (uint32_t j = 0U; j < n_classes; ++j) {
        sum += pow((double)p[j], 1.0 / temperature);
      }
      excess += (pow((double)p[best], 1.0 / temperature) / fmax(sum, 1e-30)) -
                (double)(best == (uint32_t)truth);
    }
  }
  return excess;
}

double
tmb_exam_temperature(const TmbExam* const exam,
                     const bool* const    asked,
                     const float* const   posteriors,
                     const uint32_t       n_classes)
{
  bool any = false;
  for (uint32_t i = 0U; i < exam->dataset->n_notes && !any; ++i) {
    any = asked[i] && exam->truths[exam->dataset->notes[i].class_index] >= 0;
  }
  if (!any) {
    return 1.0;
  }

  // Halve the range of the logarithm, which is symmetric
  double low  = -log(4.0);
  double high = log(4.0);
  while (high - low > 0.001) {
    const double middle = 0.5 * (low + high);
    if (excess_confidence(exam, asked, posteriors, n_classes, exp(middle)) >
        0.0) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return exp(0.5 * (low + high));
}

/// Scratch of an examination.
typedef struct {
  float* posteriors; ///< [n_notes][outputs of the network]
  bool*  asked;      ///< [n_notes]
  bool*  taught;     ///< [classes of the corpus]
} Sheet;

/// Ask and count at the exam's age.
static TmbStatus
examine_at_age(const TmbExam* const    exam,
               const TmbNet* const     net,
               const TmbHeldOut* const held_out,
               const Sheet* const      sheet,
               TmbMetrics* const       metrics)
{
  if (held_out) {
    (void)tmb_exam_hold(exam, held_out, sheet->asked, sheet->taught);
  } else {
    memset(sheet->asked, true, exam->dataset->n_notes);
  }
  const TmbStatus status =
    tmb_exam_ask(exam, net, sheet->asked, sheet->posteriors);
  if (!status) {
    tmb_exam_count(
      exam, sheet->asked, sheet->posteriors, tmb_net_outputs(net), metrics);
    tmb_exam_expect(exam, held_out, held_out ? sheet->taught : NULL, metrics);
  }
  return status;
}

uint32_t
tmb_exam_count_reached(const TmbExam* const exam, const bool* const asked)
{
  uint32_t n = 0U;
  for (uint32_t i = 0U; i < exam->dataset->n_notes; ++i) {
    n += asked[i] && exam->truths[exam->dataset->notes[i].class_index] >= 0 &&
         tmb_exam_reached(exam, i);
  }
  return n;
}

/// Examine at each age, keeping what the exam's own comes to.
static TmbStatus
examine_at_ages(const TmbExam* const    exam,
                const TmbNet* const     net,
                const TmbClass* const   classes,
                const TmbHeldOut* const held_out,
                const double            threshold,
                const Sheet* const      sheet,
                TmbExamined* const      examined)
{
  const TmbFrontEnd* const front_end = &exam->dataset->front_end;
  const uint32_t           n_outputs = tmb_net_outputs(net);
  TmbStatus                status    = TMB_OK;
  for (uint32_t age = 0U; !status && age < front_end->n_ages; ++age) {
    TmbMetrics* metrics = NULL;
    TmbExam     aged    = *exam;
    aged.age            = age;
    status              = tmb_metrics_new(classes,
                             n_outputs,
                             exam->corpus->n_sources,
                             exam->corpus->n_recordings,
                             &metrics);
    if (!status) {
      status = examine_at_age(&aged, net, held_out, sheet, metrics);
    }
    if (!status) {
      examined->ages[age] =
        (TmbAgeScores){ front_end->ages[age].ms,
                        tmb_exam_count_reached(&aged, sheet->asked),
                        tmb_metrics_scores(metrics, threshold) };
    }
    if (!status && age == exam->age) {
      tmb_exam_count_outsiders(exam,
                               held_out,
                               sheet->asked,
                               sheet->posteriors,
                               tmb_n_named(classes, n_outputs),
                               n_outputs,
                               threshold,
                               examined->outsiders);
    }
    if (age == exam->age) {
      examined->metrics = metrics;
    } else {
      tmb_metrics_free(metrics);
    }
  }
  examined->n_ages = front_end->n_ages;
  return status;
}

TmbStatus
tmb_examine(const TmbExam* const    exam,
            const TmbNet* const     net,
            const TmbClass* const   classes,
            const TmbHeldOut* const held_out,
            const double            threshold,
            TmbExamined* const      examined)
{
  const size_t n_notes = exam->dataset->n_notes;
  *examined            = (TmbExamined){ .metrics = NULL };
  examined->outsiders =
    (TmbOutsiders*)calloc(exam->corpus->n_sources, sizeof(TmbOutsiders));

  const Sheet sheet = {
    (float*)calloc(n_notes * tmb_net_outputs(net), sizeof(float)),
    (bool*)calloc(n_notes, sizeof(bool)),
    (bool*)calloc(exam->corpus->n_classes, sizeof(bool)),
  };
  const TmbStatus status =
    (examined->outsiders && sheet.posteriors && sheet.asked && sheet.taught)
      ? examine_at_ages(
          exam, net, classes, held_out, threshold, &sheet, examined)
      : TMB_NO_MEMORY;
  free(sheet.taught);
  free(sheet.asked);
  free(sheet.posteriors);
  return status;
}

void
tmb_examined_clear(TmbExamined* const examined)
{
  free(examined->outsiders);
  tmb_metrics_free(examined->metrics);
  *examined = (TmbExamined){ .metrics = NULL };
}
