// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/blas.h"
#include "trainer/commands.h"
#include "trainer/interrupt.h"
#include "trainer/options.h"
#include "trainer/train_corpus.h"
#include "trainer/train_options.h"
#include "trainer/train_output.h"
#include "trainer/train_table.h"

#include <stdbool.h>

static TmbStatus
train(const TmbTrainOptions* const options,
      bool* const                  is_complete,
      TmbMessage* const            why)
{
  TmbStatus status = tmb_check_outputs(options, why);
  if (!status) {
    status = tmb_blas_load(why);
  }
  if (status) {
    return status;
  }
  tmb_interrupt_catch();
  return options->data.n_corpora ? tmb_train_corpus(options, is_complete, why)
                                 : tmb_train_table(options, is_complete, why);
}

int
tmb_cmd_train(const int argc, char** const argv)
{
  TmbTrainOptions options;
  int             exit_status = TMB_EXIT_OK;
  if (!tmb_read_train_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  TmbMessage why         = { "" };
  bool       is_complete = true;
  if (train(&options, &is_complete, &why)) {
    tmb_complain("%s", why.text);
    return TMB_EXIT_FAILED;
  }
  return tmb_interrupted() ? TMB_EXIT_INTERRUPTED
         : is_complete     ? TMB_EXIT_OK
                           : TMB_EXIT_FAILED;
}
