// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/train_table.h"

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/course.h"
#include "trainer/examine_rows.h"
#include "trainer/fit.h"
#include "trainer/provenance.h"
#include "trainer/report.h"
#include "trainer/table.h"
#include "trainer/train_output.h"

#include <stdio.h>
#include <string.h>

/// A training, and what it makes.
typedef struct {
  const TmbTrainOptions* options;
  TmbTable*              table;
  TmbCourse*             course;
  TmbFitted*             fitted;
  TmbEvaluation          evaluation; ///< Its classes are the table's
} Run;

static void
print_statistics(const TmbTable* const table)
{
  (void)printf("%8s %14s %14s %14s %14s\n",
               "feature",
               "mean",
               "deviation",
               "least",
               "most");
  for (uint32_t i = 0U; i < table->n_columns; ++i) {
    const TmbFeatureStatistics* const feature = &table->statistics[i];
    (void)printf("%8u %14.7g %14.7g %14.7g %14.7g\n",
                 i,
                 feature->mean,
                 feature->deviation,
                 feature->least,
                 feature->most);
  }
  (void)putchar('\n');
}

/// What there is to learn from.
static void
print_table(const TmbTrainOptions* const options, const TmbTable* const table)
{
  (void)printf("%u rows of %u columns to train on, %u %s\n\n%-18s %9s %9s\n",
               table->rows[0].n,
               table->n_columns,
               table->rows[1].n,
               options->data.table.test_features ? "to test with" : "held out",
               "class",
               "training",
               "test");
  for (uint32_t i = 0U; i < table->n_classes; ++i) {
    (void)printf("%-18s %9u %9u\n",
                 table->classes[i].name,
                 table->counts[0][i],
                 table->counts[1][i]);
  }
  (void)putchar('\n');
  if (options->shows_statistics) {
    print_statistics(table);
  }
}

static TmbStatus
fit(Run* const self, TmbMessage* const why)
{
  const TmbTrainOptions* const options = self->options;
  char                         data[(2U * TMB_DIGEST_TEXT)];
  (void)snprintf(data,
                 sizeof(data),
                 "%s%s",
                 self->table->digests[0],
                 self->table->digests[1]);
  const TmbFitJob job = {
    .settings      = &options->fit,
    .training      = &self->table->training,
    .validation    = &self->table->validation,
    .n_threads     = options->n_threads,
    .checkpointing = { options->checkpoint,
                       options->every,
                       options->resumes,
                       data },
    .done          = tmb_course_tell,
    .context       = self->course,
  };
  return tmb_fit(&job, self->fitted, why);
}

/// Ask a network about the rows that it was not trained on.
static TmbStatus
examine(Run* const          self,
        const TmbNet* const net,
        TmbMetrics** const  metrics,
        TmbMessage* const   why)
{
  const TmbStatus status = tmb_examine_rows(net,
                                            self->table->classes,
                                            &self->table->rows[1],
                                            self->options->n_threads,
                                            metrics);
  return status ? tmb_fail(status, why, "%s", tmb_strstatus(status)) : TMB_OK;
}

/// The file that was written must answer as the network that was trained.
static TmbStatus
check_model(Run* const self, TmbMessage* const why)
{
  const double threshold = self->evaluation.threshold;
  TmbModel*    model     = NULL;
  TmbMetrics*  metrics   = NULL;
  TmbStatus    status    = tmb_model_load(self->options->model, &model, why);
  if (!status) {
    status = examine(self, tmb_model_net(model), &metrics, why);
  }
  if (!status) {
    const TmbScores read = tmb_metrics_scores(metrics, threshold);
    const TmbScores made =
      tmb_metrics_scores(self->evaluation.all.metrics, threshold);
    if (read.notes != made.notes || read.log_loss != made.log_loss) {
      status = tmb_fail(TMB_WRITE_FAILED,
                        why,
                        "%s: it does not answer as the network trained",
                        self->options->model);
    }
  }
  tmb_metrics_free(metrics);
  tmb_model_free(model);
  return status;
}

static TmbStatus
write_all(Run* const self, const TmbScores* const scores, TmbMessage* const why)
{
  TmbMade made = {
    .fitted   = self->fitted,
    .classes  = self->table->classes,
    .training = tmb_table_training_text(
      self->table, &self->options->data.table, &self->options->fit),
    .accuracy = tmb_table_accuracy_text(scores),
  };
  TmbStatus status = tmb_write_made(self->options, &made, why);
  if (!status) {
    status = check_model(self, why);
  }
  if (!status) {
    status = tmb_write_report(self->options, &made, &self->evaluation, why);
  }
  tmb_made_clear(&made);
  return status;
}

TmbStatus
tmb_run_on_table(TmbTable* const              table,
                 const TmbTrainOptions* const options,
                 TmbCourse* const             course,
                 TmbFitted* const             fitted,
                 TmbScores* const             scores,
                 TmbMessage* const            why)
{
  const TmbTablePaths* const paths = &options->data.table;
  Run                        self  = {
                          .options    = options,
                          .table      = table,
                          .course     = course,
                          .fitted     = fitted,
                          .evaluation = {
                            .model     = options->model,
                            .data      = paths->test_features ? paths->test_features
                                                              : paths->features,
                            .unit      = "rows",
                            .classes   = table->classes,
                            .n_classes = table->n_classes,
                            .threshold = (double)tmb_default_settings.threshold,
    },
  };

  TmbStatus status = fit(&self, why);
  if (!status) {
    status =
      examine(&self, &fitted->net->net, &self.evaluation.all.metrics, why);
  }
  if (!status) {
    *scores = tmb_metrics_scores(self.evaluation.all.metrics,
                                 self.evaluation.threshold);
    status  = write_all(&self, scores, why);
  }
  tmb_examined_clear(&self.evaluation.all);
  return status;
}

static TmbStatus
train(const TmbTrainOptions* const options,
      TmbTable* const              table,
      TmbCourse* const             course,
      TmbMessage* const            why)
{
  TmbNet    shape;
  TmbStatus status = tmb_table_open(
    &options->data.table, options->fit.seed, options->n_threads, table, why);
  if (!status) {
    const TmbNetEnds ends = { .n_in      = table->n_columns,
                              .n_classes = table->n_classes };
    status =
      tmb_check_network(options->model, &options->fit, &ends, &shape, why);
  }
  if (status) {
    return status;
  }

  print_table(options, table);
  tmb_report_network(&shape);
  TmbFitted fitted = { .net = NULL };
  TmbScores scores;
  status = tmb_run_on_table(table, options, course, &fitted, &scores, why);
  if (!status) {
    tmb_course_report(&fitted);
    tmb_report_row_scores(
      options->data.table.test_features ? "test" : "held out", &scores);
  }
  tmb_fitted_clear(&fitted);
  return status;
}

TmbStatus
tmb_train_table(const TmbTrainOptions* const options,
                bool* const                  is_complete,
                TmbMessage* const            why)
{
  TmbCourse course = tmb_train_course(options);
  TmbTable  table;

  const TmbStatus status = train(options, &table, &course, why);
  *is_complete           = tmb_course_close(&course);
  tmb_table_clear(&table);
  return status;
}
