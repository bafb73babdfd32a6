// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/study.h"

#include "trainer/lesson.h"
#include "trainer/parallel.h"
#include "trainer/study_impl.h"
#include "trainer/views.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// TmbEpochDone
static void
tell_progress(void* const                context,
              const TmbHistoryRow* const row,
              const bool                 is_restored)
{
  const TmbStudyRun* const run = (const TmbStudyRun*)context;
  (void)pthread_mutex_lock(run->progress_lock);
  run->study->progress(
    run->study->context, &run->held_out, run->is_first, row, is_restored);
  (void)pthread_mutex_unlock(run->progress_lock);
}

/// Each run's checkpoint is a file of its own; the caller frees its name.
static char*
checkpoint_path(const TmbStudyRun* const run)
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
fit(TmbStudyRun* const run, const TmbLesson* const lesson)
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

  TmbStatus status = tmb_fit(&job, &run->fitted, &run->why);
  if (!status && tmb_has_views(study->fit)) {
    status = tmb_add_views(
      &study->exam.dataset->front_end, study->fit->views, &run->fitted.net);
  }
  free(path);
  return status;
}

static TmbStatus
train(TmbStudyRun* const run)
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

  TmbStudyRun* const   run  = &((TmbStudyRun*)job)[item];
  const TmbExam* const exam = &run->study->exam;
  run->held   = (bool*)calloc(exam->dataset->n_notes, sizeof(bool));
  run->taught = (bool*)calloc(exam->corpus->n_classes, sizeof(bool));
  run->status = TMB_NO_MEMORY;
  if (run->held && run->taught) {
    run->n_untaught =
      tmb_exam_hold(exam, &run->held_out, run->held, run->taught);
    run->status = train(run);
  }
}

/// Put one split's runs together.
static TmbStatus
conclude(const TmbStudy* const study,
         TmbStudyRun* const    runs,
         const uint32_t        n_runs,
         TmbOutcome* const     outcome)
{
  const uint32_t n_classes = study->exam.corpus->n_classes;
  outcome->untaught        = (bool*)calloc(n_classes, sizeof(bool));

  const TmbStatus status = outcome->untaught
                             ? tmb_study_score(study, runs, n_runs, outcome)
                             : TMB_NO_MEMORY;
  for (uint32_t i = 0U; !status && i < n_runs; ++i) {
    outcome->n_untaught += runs[i].n_untaught;
    for (uint32_t j = 0U; j < n_classes; ++j) {
      outcome->untaught[j] = outcome->untaught[j] || !runs[i].taught[j];
    }
  }

  outcome->split  = runs->held_out.split;
  outcome->fitted = runs->fitted;
  runs->fitted    = (TmbFitted){ .net = NULL };
  return status;
}

/// Why a run failed, in words.
static TmbStatus
explain(const TmbStudyRun* const run, TmbMessage* const why)
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
plan_split(const TmbStudy* const study,
           const TmbSplit        split,
           TmbStudyRun* const    runs)
{
  const uint32_t n_folds =
    (split == TMB_SPLIT_SOURCES) ? study->folds->n_source_folds : 1U;
  uint32_t n = 0U;
  for (uint32_t fold = 0U; fold < n_folds; ++fold) {
    const TmbHeldOut held_out = { study->folds, split, fold };
    if (split != TMB_SPLIT_SOURCES || has_recordings(study, &held_out)) {
      runs[n++] = (TmbStudyRun){ .study = study, .held_out = held_out };
    }
  }
  return n;
}

/// All runs of all splits, and where their answers go.
typedef struct {
  TmbStudyRun*    runs;
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
  plan->runs                     = (TmbStudyRun*)calloc(
    TMB_N_SPLITS + (size_t)study->folds->n_source_folds, sizeof(TmbStudyRun));
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

/**
   Calibrate and score each split.

   What users play are sources that the network never heard.  So all networks
   get the temperatures that fit the sources held out, but for those that were
   trained without them, see tmb_study_calibrate(); those of each split only if
   no sources were held out.
*/
static TmbStatus
conclude_all(const TmbStudy* const study,
             Plan* const           plan,
             const TmbSplit* const splits,
             const uint32_t        n_splits,
             TmbOutcome* const     outcomes)
{
  float    temperatures[TMB_MAX_AGES] = { 1.0f };
  uint32_t sources                    = 0U;
  while (sources < n_splits && splits[sources] != TMB_SPLIT_SOURCES) {
    ++sources;
  }

  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < n_splits; ++i) {
    const bool     has_sources = sources < n_splits;
    const uint32_t fitted      = has_sources ? sources : i;
    if (i == 0U || !has_sources) {
      status =
        tmb_study_calibrate(&study->exam,
                            plan->runs + plan->first[fitted],
                            plan->first[fitted + 1U] - plan->first[fitted],
                            temperatures);
    }

    TmbStudyRun* const runs   = plan->runs + plan->first[i];
    const uint32_t     n_runs = plan->first[i + 1U] - plan->first[i];
    for (uint32_t j = 0U; i != fitted && j < n_runs; ++j) {
      memcpy(runs[j].temperatures, temperatures, sizeof(temperatures));
    }
    if (!status) {
      status = conclude(study, runs, n_runs, &outcomes[i]);
    }
  }
  return status;
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
  if (!status) {
    status = conclude_all(study, &plan, splits, n_splits, outcomes);
  }
  clear(&plan);
  return status;
}

void
tmb_outcome_clear(TmbOutcome* const outcome)
{
  tmb_fitted_clear(&outcome->fitted);
  free(outcome->untaught);
  free(outcome->folds);
  outcome->untaught = NULL;
  outcome->folds    = NULL;
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
    if (is_seen[class_index] && fold_of[class_index] != fold &&
        strcmp(corpus->classes[class_index], TMB_UNKNOWN_LABEL) != 0) {
      return true;
    }
    is_seen[class_index] = true;
    fold_of[class_index] = fold;
  }
  return false;
}
