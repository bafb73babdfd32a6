// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/train_output.h"

#include "dsp/model.h"
#include "trainer/array_file.h"
#include "trainer/evaluation_json.h"
#include "trainer/features_inputs.h"
#include "trainer/model_writer.h"
#include "trainer/new_file.h"
#include "trainer/page.h"
#include "trainer/regular_file.h"
#include "trainer/views.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_NOTES_OF_MODEL 5U

/// Whether writing a file would replace what is learnt from.
static bool
is_read(const TmbDataOptions* const data, const char* const path)
{
  const TmbTablePaths* const table    = &data->table;
  const char* const          arrays[] = {
             table->features, table->labels, table->test_features, table->test_labels
  };
  bool found = table->classes && tmb_is_same_file(table->classes, path);
  for (uint32_t i = 0U; !found && i < data->n_corpora; ++i) {
    found = tmb_input_is(data->corpora[i], path);
  }
  for (size_t i = 0U; !found && i < sizeof(arrays) / sizeof(*arrays); ++i) {
    found = arrays[i] && tmb_array_is_in(arrays[i], path);
  }
  return found;
}

TmbStatus
tmb_check_output(const TmbDataOptions* const data,
                 const char* const           path,
                 TmbMessage* const           why)
{
  TmbNewFile file;
  TmbStatus  status = tmb_new_file_open(path, &file, why);
  tmb_new_file_discard(&file);
  if (!status && is_read(data, path)) {
    status =
      tmb_fail(TMB_WRITE_FAILED, why, "%s can't be written: it is read", path);
  }
  return status;
}

TmbStatus
tmb_check_outputs(const TmbTrainOptions* const options, TmbMessage* const why)
{
  const char* const paths[] = { options->model,
                                options->history,
                                options->checkpoint,
                                options->report,
                                options->data.cache };

  TmbStatus status = TMB_OK;
  for (size_t i = 0U; !status && i < sizeof(paths) / sizeof(*paths); ++i) {
    if (paths[i]) {
      status = tmb_check_output(&options->data, paths[i], why);
    }
  }
  return status;
}

TmbStatus
tmb_check_network(const char* const           path,
                  const TmbFitSettings* const settings,
                  const TmbNetEnds* const     ends,
                  TmbNet* const               shape,
                  TmbMessage* const           why)
{
  TmbMessage reason;
  if (tmb_net_plan_fit(&settings->plan, ends, shape, &reason)) {
    return tmb_fail(TMB_BAD_ARG, why, "--network: %s", reason.text);
  }
  if (tmb_has_views(settings)) {
    shape->layers[0].n_views = TMB_VIEWS;
  }

  uint64_t n_values = (2U * (uint64_t)ends->n_in) + 1U;
  for (uint32_t i = 0U; i < shape->n_layers; ++i) {
    n_values += tmb_layer_parameters(&shape->layers[i]);
  }
  if (n_values * sizeof(float) > TMB_MAX_MODEL_BYTES - TMB_MAX_HEADER_BYTES) {
    return tmb_fail(TMB_WRITE_FAILED,
                    why,
                    "%s: the network is too large for a file of %u MiB",
                    path,
                    TMB_MAX_MODEL_BYTES >> 20U);
  }
  return (ends->n_coeffs && tmb_check_live(shape, &reason))
           ? tmb_fail(TMB_WRITE_FAILED, why, "%s: %s", path, reason.text)
           : TMB_OK;
}

TmbCourse
tmb_train_course(const TmbTrainOptions* const options)
{
  return (TmbCourse){ .path     = options->history,
                      .n_epochs = options->fit.n_epochs,
                      .is_shown = isatty(STDERR_FILENO) };
}

/// The day, UTC; what SOURCE_DATE_EPOCH says comes first, for packagers.
static void
write_date(char* const date, const size_t size)
{
  const char* const epoch = getenv("SOURCE_DATE_EPOCH");
  const time_t      now = epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
  struct tm         day;
  if (!gmtime_r(&now, &day) || !strftime(date, size, "%Y-%m-%d", &day)) {
    date[0] = '\0';
  }
}

TmbStatus
tmb_write_made(const TmbTrainOptions* const options,
               const TmbMade* const         made,
               TmbMessage* const            why)
{
  if (!made->training || !made->accuracy) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }

  char date[16];
  write_date(date, sizeof(date));
  const TmbNoteOfModel notes[MAX_NOTES_OF_MODEL] = {
    { TMB_KEY_TRAINING, made->training },
    { TMB_KEY_ACCURACY, made->accuracy },
    { TMB_KEY_CREATOR, "timbrel " TMB_VERSION },
    { TMB_KEY_DATE, date },
    { TMB_KEY_LICENCE, options->licence },
  };
  const TmbModelParts parts = {
    .front_end = made->front_end,
    .net       = &made->fitted->net->net,
    .classes   = made->classes,
    .notes     = notes,
    .n_notes = options->licence ? MAX_NOTES_OF_MODEL : MAX_NOTES_OF_MODEL - 1U,
  };
  return tmb_model_write(options->model, &parts, why);
}

TmbStatus
tmb_write_report(const TmbTrainOptions* const options,
                 const TmbMade* const         made,
                 const TmbEvaluation* const   evaluation,
                 TmbMessage* const            why)
{
  if (!options->report) {
    return TMB_OK;
  }

  const char* const slash    = strrchr(options->model, '/');
  json_t* const     document = tmb_pack_evaluation(evaluation);
  json_t* const     training = json_loads(made->training, 0, NULL);
  json_t* const     accuracy = json_loads(made->accuracy, 0, NULL);
  const TmbPage     page     = { .title       = slash ? slash + 1 : options->model,
                                 .histories   = &made->fitted->history,
                                 .n_histories = 1U,
                                 .target      = options->fit.target_accuracy,
                                 .evaluation  = document,
                                 .training    = training,
                                 .accuracy    = accuracy };
  const TmbStatus   status =
    (document && training && accuracy)
        ? tmb_page_write(&page, options->report, options->plots, why)
        : tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  json_decref(accuracy);
  json_decref(training);
  json_decref(document);
  return status;
}

void
tmb_made_clear(TmbMade* const made)
{
  free(made->accuracy);
  free(made->training);
  made->accuracy = NULL;
  made->training = NULL;
}
