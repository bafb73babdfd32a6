// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "trainer/commands.h"
#include "trainer/default_model.h"
#include "trainer/label_options.h"
#include "trainer/label_run.h"
#include "trainer/options.h"

#include <stdint.h>

int
tmb_cmd_label(const int argc, char** const argv)
{
  TmbLabelOptions options;
  int             exit_status = TMB_EXIT_OK;
  if (!tmb_read_label_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  TmbMessage why;
  TmbModel*  model    = NULL;
  uint64_t   n_failed = 0U;
  TmbStatus status = options.model ? tmb_model_load(options.model, &model, &why)
                                   : tmb_default_model_load(&model, &why);
  if (!status) {
    status = tmb_label_run(model, &options, &n_failed, &why);
  }
  if (status) {
    tmb_complain("%s", why.text);
  }
  tmb_model_free(model);
  return status || n_failed ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
