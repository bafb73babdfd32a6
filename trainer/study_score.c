// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/study_impl.h"

#include <stdlib.h>
#include <string.h>

/// Ask each network about what it was trained without, at the exam's age.
static TmbStatus
ask(const TmbExam* const exam, TmbStudyRun* const runs, const uint32_t n_runs)
{
  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < n_runs; ++i) {
    TmbStudyRun* const run = &runs[i];
    (void)tmb_exam_hold(exam, &run->held_out, run->held, run->taught);
    status =
      tmb_exam_ask(exam, &run->fitted.net->net, run->held, run->posteriors);
  }
  return status;
}

/// The temperature that fits the answers of all runs but one at the exam's age.
static float
fit_temperature(const TmbExam* const     exam,
                const TmbStudyRun* const runs,
                const uint32_t           n_runs,
                const uint32_t           but,
                bool* const              asked)
{
  for (uint32_t i = 0U; i < exam->dataset->n_notes; ++i) {
    asked[i] = false;
    for (uint32_t j = 0U; j < n_runs && tmb_exam_reached(exam, i); ++j) {
      asked[i] = asked[i] || (j != but && runs[j].held[i]);
    }
  }
  return (float)tmb_exam_temperature(
    exam, asked, runs->posteriors, exam->corpus->n_classes);
}

TmbStatus
tmb_study_calibrate(const TmbExam* const exam,
                    TmbStudyRun* const   runs,
                    const uint32_t       n_runs,
                    float* const         temperatures)
{
  bool* const asked  = (bool*)calloc(exam->dataset->n_notes, sizeof(bool));
  TmbStatus   status = asked ? TMB_OK : TMB_NO_MEMORY;
  TmbExam     aged   = *exam;
  for (aged.age = 0U; !status && aged.age < exam->dataset->front_end.n_ages;
       ++aged.age) {
    status            = ask(&aged, runs, n_runs);
    const float all   = fit_temperature(&aged, runs, n_runs, n_runs, asked);
    const bool  alone = n_runs == 1U;
    for (uint32_t i = 0U; i < n_runs; ++i) {
      runs[i].temperatures[aged.age] =
        alone ? all : fit_temperature(&aged, runs, n_runs, i, asked);
    }
    temperatures[aged.age] = all;
  }
  free(asked);
  return status;
}

/// Count the answers of some runs at the exam's age.
static TmbStatus
count(const TmbStudy* const    study,
      const TmbExam* const     exam,
      const TmbStudyRun* const runs,
      const uint32_t           n_runs,
      TmbMetrics** const       metrics)
{
  const TmbCorpus* const corpus = exam->corpus;
  const TmbStatus        status = tmb_metrics_new(study->classes,
                                           corpus->n_classes,
                                           corpus->n_sources,
                                           corpus->n_recordings,
                                           metrics);
  for (uint32_t i = 0U; !status && i < n_runs; ++i) {
    tmb_exam_count(
      exam, runs[i].held, runs[i].posteriors, corpus->n_classes, *metrics);
    tmb_exam_expect(exam, &runs[i].held_out, runs[i].taught, *metrics);
  }
  return status;
}

/// Notes that some run's network was asked about and that reached the age.
static uint32_t
count_reached(const TmbExam* const     exam,
              const TmbStudyRun* const runs,
              const uint32_t           n_runs)
{
  uint32_t n = 0U;
  for (uint32_t i = 0U; i < n_runs; ++i) {
    n += tmb_exam_count_reached(exam, runs[i].held);
  }
  return n;
}

/// Score each run alone.
static TmbStatus
score_folds(const TmbStudy* const    study,
            const TmbStudyRun* const runs,
            const uint32_t           n_runs,
            TmbOutcome* const        outcome)
{
  // One more, as there may be none
  outcome->folds =
    (TmbFoldScores*)calloc((size_t)n_runs + 1U, sizeof(TmbFoldScores));
  if (!outcome->folds) {
    return TMB_NO_MEMORY;
  }

  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < n_runs; ++i) {
    TmbMetrics* metrics = NULL;
    status              = count(study, &study->exam, &runs[i], 1U, &metrics);
    if (!status) {
      outcome->folds[i] =
        (TmbFoldScores){ runs[i].held_out.fold,
                         tmb_metrics_scores(metrics, study->threshold) };
      tmb_metrics_free(metrics);
    }
  }
  outcome->n_folds = n_runs;
  return status;
}

/// Score all runs together at an age, and where notes are named each alone
/// too.
static TmbStatus
score_age(const TmbStudy* const    study,
          const TmbExam* const     exam,
          const TmbStudyRun* const runs,
          const uint32_t           n_runs,
          TmbOutcome* const        outcome)
{
  TmbAgeScores* const age    = &outcome->ages[exam->age];
  TmbMetrics*         all    = NULL;
  TmbStatus           status = count(study, exam, runs, n_runs, &all);
  if (!status) {
    age->ms        = exam->dataset->front_end.ages[exam->age].ms;
    age->n_reached = count_reached(exam, runs, n_runs);
    age->scores    = tmb_metrics_scores(all, study->threshold);
  }
  if (!status && exam->age == study->exam.age) {
    outcome->scores = age->scores;
    outcome->precise =
      tmb_coverage_precise(tmb_metrics_confidences(all), TMB_PRECISION);
    status = score_folds(study, runs, n_runs, outcome);
  }
  tmb_metrics_free(all);
  return status;
}

TmbStatus
tmb_study_score(const TmbStudy* const study,
                TmbStudyRun* const    runs,
                const uint32_t        n_runs,
                TmbOutcome* const     outcome)
{
  const uint32_t n_ages = study->exam.dataset->front_end.n_ages;
  for (uint32_t i = 0U; i < n_runs; ++i) {
    TmbNet* const net   = &runs[i].fitted.net->net;
    net->n_temperatures = n_ages;
    memcpy(net->temperatures, runs[i].temperatures, n_ages * sizeof(float));
  }

  TmbStatus status = TMB_OK;
  TmbExam   aged   = study->exam;
  for (aged.age = 0U; !status && aged.age < n_ages; ++aged.age) {
    status = ask(&aged, runs, n_runs);
    if (!status) {
      status = score_age(study, &aged, runs, n_runs, outcome);
    }
  }
  outcome->n_ages = n_ages;
  return status;
}
