// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/toy_training.h"

#include "dsp/model.h"
#include "tests/support/cmocka.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_corpus.h"
#include "trainer/commands.h"

#include <string.h>

#define MAX_ARGUMENTS 24U

/// `timbrel COMMAND ARGUMENT...`, null at the end.
Process
toy_run(const char* const command, const char* const* const arguments)
{
  const char* all[MAX_ARGUMENTS + 2U] = { process_command(), command };
  for (size_t i = 0U; i < MAX_ARGUMENTS - 1U && arguments[i]; ++i) {
    all[i + 2U] = arguments[i];
  }

  const ProcessSetup setup = { .environment = "SOURCE_DATE_EPOCH=86400" };
  return process_run(all, &setup);
}

/// Train a small network on a corpus; the list of options ends with null.
Process
toy_train(const char* const        corpus,
          const char* const        model,
          const char* const* const options)
{
  const char* arguments[MAX_ARGUMENTS] = { corpus,     "-o",        model,
                                           "--hidden", "12",        "--epochs",
                                           "20",       "--dropout", "0",
                                           "--batch",  "16" };
  for (size_t i = 0U; options && options[i]; ++i) {
    arguments[11U + i] = options[i];
  }
  return toy_run("train", arguments);
}

void
toy_train_well(const char* const        corpus,
               const char* const        model,
               const char* const* const options)
{
  Process process = toy_train(corpus, model, options);
  if (process.status != TMB_EXIT_OK) {
    fail_msg("%s", process.err);
  }
  process_free(&process);
}

/// A metadata entry of a model file, as JSON.
json_t*
toy_metadata(const char* const path, const char* const key)
{
  TmbModel*  model = NULL;
  TmbMessage why;
  assert_int_equal(tmb_model_load(path, &model, &why), TMB_OK);
  assert_non_null(tmb_model_metadata(model, key));
  json_t* const value = json_loads(tmb_model_metadata(model, key), 0, NULL);
  assert_non_null(value);
  tmb_model_free(model);
  return value;
}

int
toy_setup(void** const state)
{
  const int status = scratch_setup(state);
  if (!status) {
    toy_corpus_write("toy", TOY_N_EACH);
    toy_corpus_write("listed", TOY_N_EACH);
    toy_corpus_write_manifest("listed", TOY_N_EACH);
  }
  return status;
}

/// Run and expect exit status 1 and one sentence that holds both texts.
void
toy_assert_refused(Process           process,
                   const char* const what,
                   const char* const name,
                   const char* const reason)
{
  const char* const end = strchr(process.err, '\n');
  if (process.status != TMB_EXIT_FAILED || !end || end[1] ||
      !strstr(process.err, name) || !strstr(process.err, reason)) {
    fail_msg("%s: status %d, \"%s\"", what, process.status, process.err);
  }
  process_free(&process);
}

double
toy_number(const json_t* const object, const char* const key)
{
  const json_t* const value = json_object_get(object, key);
  if (!json_is_number(value)) {
    fail_msg("there is no number \"%s\"", key);
  }
  return json_number_value(value);
}
