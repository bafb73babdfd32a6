// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/train_corpus.h"

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/corpus_data.h"
#include "trainer/course.h"
#include "trainer/exam.h"
#include "trainer/lesson.h"
#include "trainer/provenance.h"
#include "trainer/report.h"
#include "trainer/split.h"
#include "trainer/study.h"
#include "trainer/train_output.h"

#include <stdio.h>
#include <string.h>

/// A training, and what it makes.
typedef struct {
  const TmbTrainOptions* options;
  const TmbCorpusData*   data;
  TmbStudy               study;
  TmbOutcome*            outcomes; ///< [TMB_N_SPLITS]
} Run;

/// TmbRunProgress: each run's epochs to the terminal, the model's to the
/// history.
static void
tell(void* const                context,
     const TmbHeldOut* const    run,
     const bool                 is_first,
     const TmbHistoryRow* const row,
     const bool                 is_restored)
{
  TmbCourse* const course = (TmbCourse*)context;
  char             name[256];
  (void)snprintf(name,
                 sizeof(name),
                 "%s%s%s, without fold %u",
                 course->name ? course->name : "",
                 course->name ? ", " : "",
                 tmb_split_names[run->split],
                 run->fold);
  TmbCourse all = *course;
  all.name      = name;
  all.path      = is_first ? course->path : NULL;
  tmb_course_tell(&all, row, is_restored);
  course->out        = all.out;
  course->has_failed = all.has_failed;
}

static TmbMade
make(const Run* const self)
{
  const TmbOutcome* const made   = &self->outcomes[0];
  TmbOrigin               origin = { .seed  = self->options->fit.seed,
                                     .split = made->split,
                                     .fold  = made->folds->fold };
  memcpy(origin.digest, self->data->digest, sizeof(origin.digest));
  return (TmbMade){
    .front_end = &self->data->dataset->front_end,
    .fitted    = &made->fitted,
    .classes   = self->data->classes,
    .training  = tmb_training_text(&self->study, &self->data->skip, &origin),
    .accuracy =
      tmb_accuracy_text(&self->study, self->outcomes, self->data->n_splits),
  };
}

/// The file that was written must answer as the network that was trained; what
/// it answers about the fold that it was trained without is returned.
static TmbStatus
check_model(const Run* const   self,
            TmbExamined* const examined,
            TmbMessage* const  why)
{
  const char* const       path     = self->options->model;
  const TmbOutcome* const made     = &self->outcomes[0];
  const TmbHeldOut        held_out = { &self->data->folds,
                                       made->split,
                                       made->folds->fold };
  TmbModel*               model    = NULL;
  TmbStatus               status   = tmb_model_load(path, &model, why);
  if (!status) {
    status = tmb_examine(&self->study.exam,
                         tmb_model_net(model),
                         self->data->classes,
                         &held_out,
                         self->study.threshold,
                         examined);
  }
  if (!status) {
    const TmbScores scores =
      tmb_metrics_scores(examined->metrics, self->study.threshold);
    const TmbScores* const asked = &made->folds->scores;
    if (scores.n_notes != asked->n_notes || scores.notes != asked->notes ||
        scores.recordings != asked->recordings) {
      status = tmb_fail(TMB_WRITE_FAILED,
                        why,
                        "%s: it does not answer as the network trained",
                        path);
    }
  }
  tmb_model_free(model);
  return status;
}

static TmbStatus
write_all(const Run* const self, TmbMessage* const why)
{
  TmbMade       made       = make(self);
  TmbEvaluation evaluation = {
    .model   = self->options->model,
    .data    = self->data->corpus->name,
    .unit    = "notes",
    .classes = self->data->classes,
    .n_classes =
      tmb_n_named(self->data->classes, self->data->corpus->n_classes),
    .sources   = (const char* const*)self->data->corpus->sources,
    .n_sources = self->data->corpus->n_sources,
    .threshold = self->study.threshold
  };
  TmbStatus status = tmb_write_made(self->options, &made, why);
  if (!status) {
    status = check_model(self, &evaluation.all, why);
  }
  if (!status) {
    status = tmb_write_report(self->options, &made, &evaluation, why);
  }
  tmb_examined_clear(&evaluation.all);
  tmb_made_clear(&made);
  return status;
}

TmbStatus
tmb_run_on_corpus(const TmbCorpusData* const   data,
                  const TmbTrainOptions* const options,
                  TmbCourse* const             course,
                  TmbOutcome* const            outcomes,
                  TmbMessage* const            why)
{
  Run self = { .options  = options,
               .data     = data,
               .outcomes = outcomes,
               .study    = { .exam      = data->exam,
                             .folds     = &data->folds,
                             .fit       = &options->fit,
                             .classes   = data->classes,
                             .threshold = (double)tmb_default_settings.threshold,
                             .n_threads = options->n_threads,
                             .checkpointing = { options->checkpoint,
                                                options->every,
                                                options->resumes,
                                                data->digest },
                             .progress      = tell,
                             .context       = course } };

  const TmbStatus status =
    tmb_study(&self.study, data->splits, data->n_splits, outcomes, why);
  return status ? status : write_all(&self, why);
}

static void
print_outcomes(const TmbCorpusData* const data,
               const TmbOutcome* const    outcomes,
               const char* const          model)
{
  tmb_report_scores_head();
  for (uint32_t i = 0U; i < data->n_splits; ++i) {
    const TmbOutcome* const outcome = &outcomes[i];
    tmb_report_scores(tmb_split_names[outcome->split], &outcome->scores);
    for (uint32_t j = 0U; outcome->n_folds > 1U && j < outcome->n_folds; ++j) {
      char name[32];
      (void)snprintf(name, sizeof(name), "  fold %u", outcome->folds[j].fold);
      tmb_report_scores(name, &outcome->folds[j].scores);
    }
  }
  (void)putchar('\n');
  for (uint32_t i = 0U; i < data->n_splits; ++i) {
    (void)printf("%s: ", tmb_split_names[outcomes[i].split]);
    tmb_report_precision(&outcomes[i].precise, "notes");
  }
  for (uint32_t i = 0U; i < data->n_splits; ++i) {
    const TmbOutcome* const outcome = &outcomes[i];
    if (outcome->n_untaught) {
      (void)printf("\n%s: %u notes are not counted, since all of their class "
                   "were held out:",
                   tmb_split_names[outcome->split],
                   outcome->n_untaught);
      for (uint32_t j = 0U; j < data->corpus->n_classes; ++j) {
        if (outcome->untaught[j]) {
          (void)printf(" %s", data->corpus->classes[j]);
        }
      }
      (void)putchar('\n');
    }
  }
  (void)printf("\n%s: trained without fold %u of the %s\n",
               model,
               outcomes[0].folds->fold,
               tmb_split_names[outcomes[0].split]);
}

static TmbStatus
train(const TmbTrainOptions* const options,
      TmbCorpusData* const         data,
      TmbCourse* const             course,
      TmbMessage* const            why)
{
  TmbNet    shape;
  TmbStatus status =
    tmb_corpus_data_list(&options->data, options->fit.seed, data, why);
  if (!status) {
    const TmbNetEnds ends =
      tmb_lesson_ends(&tmb_default_front_end, data->corpus);
    status =
      tmb_check_network(options->model, &options->fit, &ends, &shape, why);
  }
  if (!status) {
    status = tmb_corpus_data_listen(data, options->n_threads, why);
  }
  if (status) {
    return status;
  }

  tmb_report_dataset(data->corpus, data->dataset);
  tmb_report_network(&shape);
  TmbOutcome outcomes[TMB_N_SPLITS] = { { .n_untaught = 0U } };
  status = tmb_run_on_corpus(data, options, course, outcomes, why);
  if (!status) {
    tmb_course_report(&outcomes[0].fitted);
    print_outcomes(data, outcomes, options->model);
  }
  for (uint32_t i = 0U; i < TMB_N_SPLITS; ++i) {
    tmb_outcome_clear(&outcomes[i]);
  }
  return status;
}

TmbStatus
tmb_train_corpus(const TmbTrainOptions* const options,
                 bool* const                  is_complete,
                 TmbMessage* const            why)
{
  TmbCourse     course = tmb_train_course(options);
  TmbCorpusData data;

  const TmbStatus status  = train(options, &data, &course, why);
  const bool      is_told = tmb_course_close(&course);
  *is_complete = is_told && data.dataset && !data.dataset->n_unreadable &&
                 !data.corpus->n_unreadable;
  tmb_corpus_data_clear(&data);
  return status;
}
