// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "trainer/blas.h"
#include "trainer/commands.h"
#include "trainer/corpus_data.h"
#include "trainer/interrupt.h"
#include "trainer/new_file.h"
#include "trainer/options.h"
#include "trainer/page.h"
#include "trainer/parallel.h"
#include "trainer/report.h"
#include "trainer/sweep_options.h"
#include "trainer/sweep_run.h"
#include "trainer/sweep_table.h"
#include "trainer/table.h"
#include "trainer/train_output.h"

#include <jansson.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/// All that a sweep needs and makes.
typedef struct {
  TmbSweepOptions options;
  TmbSweepData    data;
  TmbSweepRun     runs[TMB_MAX_RUNS];
} Sweep;

static TmbStatus
make_folder(const char* const path, TmbMessage* const why)
{
  if (mkdir(path, 0777) && errno != EEXIST) {
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s can't be made: %s", path, strerror(errno));
  }
  return TMB_OK;
}

static void
write_results_path(const Sweep* const self, char path[TMB_SWEEP_PATH])
{
  (void)snprintf(path, TMB_SWEEP_PATH, "%s/results.csv", self->options.folder);
}

/// Make the folder, and see that what is written last can be, which should not
/// be known only after hours.
static TmbStatus
prepare_folder(const Sweep* const self, TmbMessage* const why)
{
  char              results[TMB_SWEEP_PATH];
  const char* const paths[] = { results,
                                self->options.report,
                                self->options.data.cache };
  TmbStatus         status  = make_folder(self->options.folder, why);
  write_results_path(self, results);
  for (size_t i = 0U; !status && i < sizeof(paths) / sizeof(*paths); ++i) {
    if (paths[i]) {
      status = tmb_check_output(&self->options.data, paths[i], why);
    }
  }
  return status;
}

/// Open what all runs are trained on.
static TmbStatus
open_data(Sweep* const self, TmbMessage* const why)
{
  const TmbSweepOptions* const options = &self->options;
  TmbSweepData* const          data    = &self->data;
  const uint64_t               seed    = options->runs[0].seed;
  if (!options->data.n_corpora) {
    return tmb_table_open(
      &options->data.table, seed, options->n_jobs, &data->table, why);
  }

  TmbStatus status =
    tmb_corpus_data_list(&options->data, seed, &data->corpus, why);
  if (!status) {
    status = tmb_corpus_data_listen(&data->corpus, options->n_jobs, why);
  }
  if (!status) {
    tmb_report_dataset(data->corpus.corpus, data->corpus.dataset);
  }
  return status;
}

static TmbStatus
prepare_runs(Sweep* const self, TmbMessage* const why)
{
  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < self->options.n_runs; ++i) {
    TmbSweepRun* const run = &self->runs[i];
    status = tmb_sweep_run_init(run, &self->options, i, &self->data, why);
    status = status ? status : make_folder(run->folder, why);
  }
  return status;
}

/// TmbWork: one run.
static void
run_item(void* const job, const uint32_t item, const uint32_t worker)
{
  Sweep* const self = (Sweep*)job;
  (void)worker;
  tmb_sweep_run(&self->runs[item]);
}

static TmbStatus
write_results(const Sweep* const self, TmbMessage* const why)
{
  char path[TMB_SWEEP_PATH];
  write_results_path(self, path);

  TmbNewFile file;
  TmbStatus  status = tmb_new_file_open(path, &file, why);
  if (!status) {
    tmb_sweep_write_csv(file.out, self->runs, self->options.n_runs);
    status = tmb_new_file_close(&file, why);
  }
  status = status ? status : tmb_new_file_rename(&file, why);
  tmb_new_file_discard(&file);
  return status;
}

/// What all runs have in common, as one's model tells it; the caller's.
static json_t*
load_settings(const TmbSweepOptions* const options, const char* const path)
{
  TmbModel*  model = NULL;
  TmbMessage why;
  if (tmb_model_load(path, &model, &why)) {
    return NULL;
  }
  const char* const text     = tmb_model_metadata(model, TMB_KEY_TRAINING);
  json_t* const     training = text ? json_loads(text, 0, NULL) : NULL;
  json_t* const     settings = json_object_get(training, "settings");
  if (options->n_runs > 1U) {
    (void)json_object_del(settings, "learning_rate");
    (void)json_object_del(settings, "hidden");
    (void)json_object_del(settings, "batch");
  }
  tmb_model_free(model);
  return training;
}

static TmbStatus
write_page(const Sweep* const self, TmbMessage* const why)
{
  const TmbSweepOptions* const options = &self->options;
  TmbHistory                   histories[TMB_MAX_RUNS];
  uint32_t                     n        = 0U;
  json_t*                      training = NULL;
  for (uint32_t i = 0U; i < options->n_runs; ++i) {
    const TmbSweepRun* const run = &self->runs[i];
    if (run->fitted.history.n_rows) {
      histories[n++] = run->fitted.history; // Borrowed
    }
    if (run->is_done && !training) {
      training = load_settings(options, run->model);
    }
  }
  const TmbPage   page = { .title       = options->folder,
                           .histories   = histories,
                           .n_histories = n,
                           .target      = options->runs[0].target_accuracy,
                           .training    = training };
  const TmbStatus status =
    tmb_page_write(&page, options->report, options->plots, why);
  json_decref(training);
  return status;
}

static TmbStatus
sweep(Sweep* const self, TmbMessage* const why)
{
  const TmbSweepOptions* const options = &self->options;
  TmbStatus                    status  = tmb_blas_load(why);
  if (!status) {
    status = prepare_folder(self, why);
  }
  if (!status) {
    status = open_data(self, why);
  }
  if (!status) {
    status = prepare_runs(self, why);
  }
  if (status) {
    return status;
  }

  tmb_interrupt_catch();
  tmb_parallel(options->n_runs, options->n_jobs, run_item, self);
  tmb_sweep_print(self->runs, options->n_runs);
  status = write_results(self, why);
  if (!status && options->report) {
    status = write_page(self, why);
  }
  return status;
}

/// Whether all runs came to their end.
static bool
is_complete(const Sweep* const self)
{
  bool ok = true;
  for (uint32_t i = 0U; i < self->options.n_runs; ++i) {
    const TmbSweepRun* const run = &self->runs[i];
    if (run->status) {
      tmb_complain("%s: %s", run->label, run->why.text);
    }
    ok = ok && !run->status && !run->lacks_history;
  }
  const TmbCorpusData* const corpus = &self->data.corpus;
  return ok && (!corpus->corpus || (!corpus->dataset->n_unreadable &&
                                    !corpus->corpus->n_unreadable));
}

int
tmb_cmd_sweep(const int argc, char** const argv)
{
  Sweep* const self        = (Sweep*)calloc(1U, sizeof(Sweep));
  int          exit_status = TMB_EXIT_FAILED;
  if (!self) {
    tmb_complain("%s", tmb_strstatus(TMB_NO_MEMORY));
    return exit_status;
  }
  if (tmb_read_sweep_options(argc, argv, &self->options, &exit_status)) {
    TmbMessage why = { "" };
    if (sweep(self, &why)) {
      tmb_complain("%s", why.text);
      exit_status = TMB_EXIT_FAILED;
    } else {
      exit_status = !is_complete(self)  ? TMB_EXIT_FAILED
                    : tmb_interrupted() ? TMB_EXIT_INTERRUPTED
                                        : TMB_EXIT_OK;
    }
    for (uint32_t i = 0U; i < self->options.n_runs; ++i) {
      tmb_sweep_run_clear(&self->runs[i]);
    }
    tmb_corpus_data_clear(&self->data.corpus);
    tmb_table_clear(&self->data.table);
  }
  free(self);
  return exit_status;
}
