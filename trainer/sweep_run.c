// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/sweep_run.h"

#include "trainer/interrupt.h"
#include "trainer/lesson.h"
#include "trainer/study.h"
#include "trainer/train_corpus.h"
#include "trainer/train_output.h"
#include "trainer/train_table.h"

#include <stdio.h>
#include <string.h>

void
tmb_sweep_layers(const TmbNetPlan* const plan, char text[TMB_PLAN_TEXT])
{
  size_t at = 0U;
  if (!tmb_net_plan_is_dense(plan)) {
    tmb_net_plan_write(plan, text, TMB_PLAN_TEXT);
    return;
  }
  (void)snprintf(text, TMB_PLAN_TEXT, "none");
  for (uint32_t i = 0U; i < plan->n_layers; ++i) {
    at += (size_t)snprintf(
      text + at, TMB_PLAN_TEXT - at, "%s%u", i ? "x" : "", plan->layers[i].n);
  }
}

static bool
same_layers(const TmbNetPlan* const a, const TmbNetPlan* const b)
{
  char texts[2][TMB_PLAN_TEXT];
  tmb_net_plan_write(a, texts[0], TMB_PLAN_TEXT);
  tmb_net_plan_write(b, texts[1], TMB_PLAN_TEXT);
  return !strcmp(texts[0], texts[1]);
}

/// Name a run after those of its settings that others don't share.
static void
write_label(TmbSweepRun* const           run,
            const TmbSweepOptions* const options,
            const TmbFitSettings* const  fit,
            const char* const            layers)
{
  bool rates   = options->n_runs == 1U;
  bool hidden  = false;
  bool batches = false;
  for (uint32_t i = 0U; i < options->n_runs; ++i) {
    const TmbFitSettings* const other = &options->runs[i];
    rates   = rates || other->learning_rate != fit->learning_rate;
    hidden  = hidden || !same_layers(&other->plan, &fit->plan);
    batches = batches || other->n_batch != fit->n_batch;
  }

  char rate[32];
  char batch[32];
  (void)snprintf(rate, sizeof(rate), "rate %g", fit->learning_rate);
  (void)snprintf(batch, sizeof(batch), "batch %u", fit->n_batch);
  (void)snprintf(run->label,
                 sizeof(run->label),
                 "%s%s%s%s%s%s",
                 rates ? rate : "",
                 (rates && hidden) ? ", " : "",
                 hidden ? "hidden " : "",
                 hidden ? layers : "",
                 (batches && (rates || hidden)) ? ", " : "",
                 batches ? batch : "");
}

void
tmb_sweep_name(const TmbFitSettings* const fit, char name[TMB_SWEEP_NAME])
{
  // A network of other layers is that of all runs
  char       layers[TMB_PLAN_TEXT];
  const bool is_dense = tmb_net_plan_is_dense(&fit->plan);
  tmb_sweep_layers(&fit->plan, layers);
  (void)snprintf(name,
                 TMB_SWEEP_NAME,
                 "rate-%g%s%s-batch-%u",
                 fit->learning_rate,
                 is_dense ? "-hidden-" : "",
                 is_dense ? layers : "",
                 fit->n_batch);
}

TmbStatus
tmb_sweep_run_init(TmbSweepRun* const           run,
                   const TmbSweepOptions* const options,
                   const uint32_t               index,
                   TmbSweepData* const          data,
                   TmbMessage* const            why)
{
  const TmbFitSettings* const fit = &options->runs[index];
  char                        layers[TMB_PLAN_TEXT];
  char                        name[TMB_SWEEP_NAME];
  *run = (TmbSweepRun){ .data = data };
  tmb_sweep_layers(&fit->plan, layers);
  write_label(run, options, fit, layers);
  tmb_sweep_name(fit, name);

  const int n =
    snprintf(run->folder, sizeof(run->folder), "%s/%s", options->folder, name);
  if (n < 0 || (size_t)n > sizeof(run->folder) - 64U) {
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s: the name is too long", options->folder);
  }
  const struct {
    char*       path;
    const char* name;
  } files[] = { { run->model, "model.safetensors" },
                { run->history, "history.csv" },
                { run->checkpoint, "checkpoint" } };
  for (size_t i = 0U; i < sizeof(files) / sizeof(*files); ++i) {
    memcpy(files[i].path, run->folder, (size_t)n);
    (void)snprintf(
      files[i].path + n, TMB_SWEEP_PATH - (size_t)n, "/%s", files[i].name);
  }

  run->options     = (TmbTrainOptions){ .data       = options->data,
                                        .model      = run->model,
                                        .fit        = *fit,
                                        .n_threads  = 1U,
                                        .history    = run->history,
                                        .checkpoint = run->checkpoint,
                                        .every      = options->every,
                                        .resumes    = options->resumes };
  run->course      = tmb_train_course(&run->options);
  run->course.name = run->label;

  const TmbCorpusData* const corpus = &data->corpus;
  const TmbNetEnds           ends =
    corpus->corpus
                ? tmb_lesson_ends(&corpus->dataset->front_end, corpus->corpus)
                : (TmbNetEnds){ .n_in      = data->table.n_columns,
                                .n_classes = data->table.n_classes };
  TmbNet shape;
  return tmb_check_network(run->model, fit, &ends, &shape, why);
}

static TmbStatus
train_on_corpus(TmbSweepRun* const run)
{
  TmbOutcome      outcomes[TMB_N_SPLITS] = { { .n_untaught = 0U } };
  const TmbStatus status                 = tmb_run_on_corpus(
    &run->data->corpus, &run->options, &run->course, outcomes, &run->why);
  run->fitted        = outcomes[0].fitted;
  outcomes[0].fitted = (TmbFitted){ .net = NULL };
  for (uint32_t i = 0U; i < TMB_N_SPLITS; ++i) {
    tmb_outcome_clear(&outcomes[i]);
  }
  return status;
}

void
tmb_sweep_run(TmbSweepRun* const run)
{
  if (tmb_interrupted()) {
    return;
  }

  TmbScores scores;
  run->status              = run->data->corpus.corpus ? train_on_corpus(run)
                                                      : tmb_run_on_table(&run->data->table,
                                                            &run->options,
                                                            &run->course,
                                                            &run->fitted,
                                                            &scores,
                                                            &run->why);
  run->fitted.history.name = strdup(run->label);
  run->is_done             = !run->status;
  run->lacks_history       = !tmb_course_close(&run->course);
}

void
tmb_sweep_run_clear(TmbSweepRun* const run)
{
  tmb_fitted_clear(&run->fitted);
}
