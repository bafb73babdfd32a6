// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/study.h"

#include "trainer/lesson.h"
#include "trainer/parallel.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  bool*            held;   ///< [n_notes]
  bool*            taught; ///< [classes]
  uint32_t         n_untaught;
} Run;

/// TmbEpochDone
static void
tell_progress(void* const                context,
              const TmbHistoryRow* const row,
              const bool                 is_restored)
{
  const Run* const run = (const Run*)context;
  (void)pthread_mutex_lock(run->progress_lock);
  run->study->progress(
    run->study->context, &run->held_out, run->is_first, row, is_restored);
  (void)pthread_mutex_unlock(run->progress_lock);
}

/// Each run's checkpoint is a file of its own; the caller frees its name.
static char*
checkpoint_path(const Run* const run)
{
  const char* const path = run->study->checkpointing.path;
  const size_t      size = strlen(path) + 64U;
  char* const       name = (char*)malloc(size);
  if (name) {
    (void)snprintf(name,
                   size,
                   "%s.%s.%u",
                   path,
                   tmb_split_names[run->held_out.split],
                   run->held_out.fold);
  }
  return name;
}

static TmbStatus
fit(Run* const run, const TmbLesson* const lesson)
{
  const TmbStudy* const study = run->study;
  TmbFitJob             job   = { .settings      = study->fit,
                                  .training      = &lesson->training,
                                  .validation    = &lesson->validation,
                                  .n_threads     = run->n_threads,
                                  .checkpointing = study->checkpointing,
                                  .done = study->progress ? tell_progress : NULL,
                                  .context = run };
  char* const path = job.checkpointing.path ? checkpoint_path(run) : NULL;
  if (job.checkpointing.path && !path) {
    return TMB_NO_MEMORY;
  }
  job.checkpointing.path = path;

  const TmbStatus status = tmb_fit(&job, &run->fitted, &run->why);
  free(path);
  return status;
}

static TmbStatus
train(Run* const run)
{
  TmbLesson lesson;
  TmbStatus status = tmb_lesson_init(
    &lesson, &run->study->exam, &run->held_out, run->held, run->study->fit);
  if (status == TMB_BAD_ARG) {
    (void)tmb_fail(status, &run->why, "there are no notes left");
  }
  if (!status) {
    status = fit(run, &lesson);
  }
  tmb_lesson_clear(&lesson);
  return status;
}

/// TmbWork: one run.
static void
run_item(void* const job, const uint32_t item, const uint32_t worker)
{
  (void)worker;

  Run* const           run  = &((Run*)job)[item];
  const TmbExam* const exam = &run->study->exam;
  run->held   = (bool*)calloc(exam->dataset->n_notes, sizeof(bool));
  run->taught = (bool*)calloc(exam->corpus->n_classes, sizeof(bool));
  run->status = TMB_NO_MEMORY;
  if (run->held && run->taught) {
    run->n_untaught =
      tmb_exam_hold(exam, &run->held_out, run->held, run->taught);
    run->status = train(run);
  }
  if (!run->status) {
    TmbExam mine   = *exam;
    mine.n_threads = run->n_threads;
    run->status =
      tmb_exam_ask(&mine, &run->fitted.net->net, run->held, run->posteriors);
  }
}

/// Give all of a split's networks the temperature that fits all their answers,
/// and ask again.
static TmbStatus
calibrate(const TmbExam* const exam,
          Run* const           runs,
          const uint32_t       n_runs,
          bool* const          held)
{
  for (uint32_t i = 0U; i < exam->dataset->n_notes; ++i) {
    held[i] = false;
    for (uint32_t j = 0U; j < n_runs; ++j) {
      held[i] = held[i] || runs[j].held[i];
    }
  }

  const double temperature =
    tmb_exam_temperature(exam, held, runs->posteriors, exam->corpus->n_classes);
  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < n_runs; ++i) {
    runs[i].fitted.net->net.temperatures[0] = (float)temperature;
    status                                  = tmb_exam_ask(
      exam, &runs[i].fitted.net->net, runs[i].held, runs[i].posteriors);
  }
  return status;
}

/// Count the answers of some runs.
static TmbStatus
count(const TmbStudy* const study,
      const Run* const      runs,
      const uint32_t        n_runs,
      TmbMetrics** const    metrics)
{
  const TmbCorpus* const corpus = study->exam.corpus;
  const TmbStatus        status = tmb_metrics_new(study->classes,
                                           corpus->n_classes,
                                           corpus->n_sources,
                                           corpus->n_recordings,
                                           metrics);
  for (uint32_t i = 0U; !status && i < n_runs; ++i) {
    tmb_exam_count(&study->exam,
                   runs[i].held,
                   runs[i].posteriors,
                   corpus->n_classes,
                   *metrics);
    tmb_exam_expect(&study->exam, &runs[i].held_out, runs[i].taught, *metrics);
  }
  return status;
}

/// Score all runs together, and the first alone.
static TmbStatus
score(const TmbStudy* const study,
      const Run* const      runs,
      const uint32_t        n_runs,
      TmbOutcome* const     outcome)
{
  TmbMetrics* all    = NULL;
  TmbMetrics* first  = NULL;
  TmbStatus   status = count(study, runs, n_runs, &all);
  if (!status) {
    status = count(study, runs, 1U, &first);
  }
  if (!status) {
    outcome->scores       = tmb_metrics_scores(all, study->threshold);
    outcome->first_scores = tmb_metrics_scores(first, study->threshold);
    outcome->precise =
      tmb_coverage_precise(tmb_metrics_confidences(all), TMB_PRECISION);
  }
  tmb_metrics_free(first);
  tmb_metrics_free(all);
  return status;
}

/// Put one split's runs together.
static TmbStatus
conclude(const TmbStudy* const study,
         Run* const            runs,
         const uint32_t        n_runs,
         TmbOutcome* const     outcome)
{
  const TmbExam* const exam      = &study->exam;
  const uint32_t       n_classes = exam->corpus->n_classes;
  bool* const held  = (bool*)calloc(exam->dataset->n_notes, sizeof(bool));
  outcome->untaught = (bool*)calloc(n_classes, sizeof(bool));

  TmbStatus status = TMB_NO_MEMORY;
  if (held && outcome->untaught) {
    status = calibrate(exam, runs, n_runs, held);
  }
  if (!status) {
    status = score(study, runs, n_runs, outcome);
  }
  for (uint32_t i = 0U; !status && i < n_runs; ++i) {
    outcome->n_untaught += runs[i].n_untaught;
    for (uint32_t j = 0U; j < n_classes; ++j) {
      outcome->untaught[j] = outcome->untaught[j] || !runs[i].taught[j];
    }
  }
  free(held);

  outcome->split      = runs->held_out.split;
  outcome->first_fold = runs->held_out.fold;
  outcome->fitted     = runs->fitted;
  runs->fitted        = (TmbFitted){ .net = NULL };
  return status;
}

/// Why a run failed, in words.
static TmbStatus
explain(const Run* const run, TmbMessage* const why)
{
  return run->why.text[0]
           ? tmb_fail(run->status,
                      why,
                      "training without fold %u of the %s failed: %s",
                      run->held_out.fold,
                      tmb_split_names[run->held_out.split],
                      run->why.text)
           : run->status;
}

static bool
has_recordings(const TmbStudy* const study, const TmbHeldOut* const held_out)
{
  const TmbCorpus* const corpus = study->exam.corpus;
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    if (tmb_fold_has_recording(held_out->folds,
                               held_out->split,
                               held_out->fold,
                               &corpus->recordings[i])) {
      return true;
    }
  }
  return false;
}

/// List the runs of a split; returns how many there are.
static uint32_t
plan_split(const TmbStudy* const study, const TmbSplit split, Run* const runs)
{
  const uint32_t n_folds =
    (split == TMB_SPLIT_SOURCES) ? study->folds->n_source_folds : 1U;
  uint32_t n = 0U;
  for (uint32_t fold = 0U; fold < n_folds; ++fold) {
    const TmbHeldOut held_out = { study->folds, split, fold };
    if (split != TMB_SPLIT_SOURCES || has_recordings(study, &held_out)) {
      runs[n++] = (Run){ .study = study, .held_out = held_out };
    }
  }
  return n;
}

/// All runs of all splits, and where their answers go.
typedef struct {
  Run*            runs;
  uint32_t        n_runs;
  uint32_t        first[TMB_N_SPLITS + 1U]; ///< Split i's are [i, i + 1)
  float*          posteriors[TMB_N_SPLITS];
  pthread_mutex_t progress_lock;
} Plan;

static TmbStatus
plan_all(Plan* const           plan,
         const TmbStudy* const study,
         const TmbSplit* const splits,
         const uint32_t        n_splits)
{
  const TmbExam* const exam      = &study->exam;
  const size_t         n_answers = exam->dataset->n_notes;
  plan->runs = (Run*)calloc(TMB_N_SPLITS + (size_t)study->folds->n_source_folds,
                            sizeof(Run));
  if (!plan->runs) {
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < n_splits; ++i) {
    plan->posteriors[i] =
      (float*)calloc(n_answers * exam->corpus->n_classes, sizeof(float));
    if (!plan->posteriors[i]) {
      return TMB_NO_MEMORY;
    }

    plan->first[i] = plan->n_runs;
    plan->n_runs += plan_split(study, splits[i], plan->runs + plan->n_runs);
    for (uint32_t j = plan->first[i]; j < plan->n_runs; ++j) {
      plan->runs[j].posteriors    = plan->posteriors[i];
      plan->runs[j].progress_lock = &plan->progress_lock;
      plan->runs[j].is_first      = !i && j == 0U;
    }
    plan->first[i + 1U] = plan->n_runs;
  }
  return TMB_OK;
}

/// Runs are what is done at the same time, and so are one's steps if that
/// leaves threads over.
static void
share_threads(Plan* const plan, const uint32_t n_threads)
{
  const uint32_t n_each = plan->n_runs ? n_threads / plan->n_runs : 0U;
  for (uint32_t i = 0U; i < plan->n_runs; ++i) {
    plan->runs[i].n_threads = n_each ? n_each : 1U;
  }
}

static void
clear(Plan* const plan)
{
  for (uint32_t i = 0U; i < plan->n_runs; ++i) {
    tmb_fitted_clear(&plan->runs[i].fitted);
    free(plan->runs[i].taught);
    free(plan->runs[i].held);
  }
  for (uint32_t i = 0U; i < TMB_N_SPLITS; ++i) {
    free(plan->posteriors[i]);
  }
  free(plan->runs);
  (void)pthread_mutex_destroy(&plan->progress_lock);
}

TmbStatus
tmb_study(const TmbStudy* const study,
          const TmbSplit* const splits,
          const uint32_t        n_splits,
          TmbOutcome* const     outcomes,
          TmbMessage* const     why)
{
  for (uint32_t i = 0U; i < n_splits; ++i) {
    outcomes[i] = (TmbOutcome){ .split = splits[i] };
  }

  Plan plan = { .runs = NULL };
  if (pthread_mutex_init(&plan.progress_lock, NULL)) {
    return TMB_NO_MEMORY;
  }

  (void)tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  TmbStatus status = plan_all(&plan, study, splits, n_splits);
  if (!status) {
    share_threads(&plan, study->n_threads);
    tmb_parallel(plan.n_runs, study->n_threads, run_item, plan.runs);
  }

  for (uint32_t i = 0U; !status && i < plan.n_runs; ++i) {
    status = plan.runs[i].status ? explain(&plan.runs[i], why) : TMB_OK;
  }
  for (uint32_t i = 0U; !status && i < n_splits; ++i) {
    status = conclude(study,
                      plan.runs + plan.first[i],
                      plan.first[i + 1U] - plan.first[i],
                      &outcomes[i]);
  }
  clear(&plan);
  return status;
}

void
tmb_outcome_clear(TmbOutcome* const outcome)
{
  tmb_fitted_clear(&outcome->fitted);
  free(outcome->untaught);
  outcome->untaught = NULL;
}

bool
tmb_sources_can_be_held(const TmbCorpus* const corpus,
                        const TmbFolds* const  folds)
{
  uint32_t fold_of[TMB_MAX_CLASSES];
  bool     is_seen[TMB_MAX_CLASSES] = { false };
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    const uint32_t class_index = corpus->recordings[i].class_index;
    const uint32_t fold        = folds->of_source[corpus->recordings[i].source];
    if (is_seen[class_index] && fold_of[class_index] != fold) {
      return true;
    }
    is_seen[class_index] = true;
    fold_of[class_index] = fold;
  }
  return false;
}
