// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "trainer/commands.h"
#include "trainer/default_model.h"
#include "trainer/label_options.h"
#include "trainer/label_run.h"
#include "trainer/options.h"

#include <stdlib.h>

int
tmb_cmd_label(const int argc, char** const argv)
{
  TmbLabelOptions options;
  int             exit_status = TMB_EXIT_OK;
  if (!tmb_read_label_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  TmbMessage     why;
  TmbModel*      model  = NULL;
  char*          found  = NULL;
  TmbLabelResult result = { .n_failed = 0U };
  TmbStatus      status =
    options.model ? TMB_OK : tmb_default_model_find(&found, &why);
  const char* const path = options.model ? options.model : found;
  if (!status) {
    status = tmb_model_load(path, &model, &why);
  }
  if (!status) {
    status = tmb_label_run(model, path, &options, &result, &why);
  }
  if (status) {
    tmb_complain("%s", why.text);
  }
  tmb_model_free(model);
  free(found);
  if (status) {
    return TMB_EXIT_FAILED;
  }
  if (result.is_interrupted) {
    return TMB_EXIT_INTERRUPTED;
  }
  return result.n_failed ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
