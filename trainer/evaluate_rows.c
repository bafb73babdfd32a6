// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/evaluate_rows.h"

#include "trainer/examine_rows.h"
#include "trainer/parallel.h"
#include "trainer/row_set.h"

#include <stdio.h>

/// Whether the rows are such as the model can be asked about.
static TmbStatus
check_rows(const TmbNet* const    net,
           const TmbRowSet* const set,
           TmbMessage* const      why)
{
  const uint32_t n_in      = tmb_net_inputs(net);
  const uint32_t n_classes = tmb_net_outputs(net);
  const uint32_t n_columns = tmb_array_columns(set->features);
  if (n_columns != n_in) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: it has %u columns, and the model takes %u",
                    set->features_path,
                    n_columns,
                    n_in);
  }

  uint32_t        counts[TMB_MAX_CLASSES] = { 0U };
  const TmbStatus status                  = tmb_row_set_count(set, counts, why);
  for (uint32_t i = n_classes; !status && i < TMB_MAX_CLASSES; ++i) {
    if (counts[i]) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: it has the label %u, and the model's classes end "
                      "with %u",
                      set->labels_path,
                      i,
                      n_classes - 1U);
    }
  }
  return status;
}

TmbStatus
tmb_evaluate_rows(const TmbModel* const model,
                  const char* const     labels,
                  TmbEvaluation* const  evaluation,
                  TmbMessage* const     why)
{
  const TmbNet* const net       = tmb_model_net(model);
  const uint32_t      n_threads = tmb_default_threads();
  char                digest[TMB_DIGEST_TEXT];
  TmbRowSet           set;
  TmbStatus status = tmb_row_set_open(evaluation->data, labels, &set, why);
  if (!status) {
    status = check_rows(net, &set, why);
  }
  if (!status) {
    status = tmb_row_set_survey(&set, n_threads, NULL, digest, why);
  }
  if (!status) {
    evaluation->unit = "rows";
    status           = tmb_examine_rows(
      net, evaluation->classes, &set, n_threads, &evaluation->all.metrics);
    if (status) {
      (void)tmb_fail(status, why, "%s", tmb_strstatus(status));
    }
  }
  if (!status) {
    (void)printf(
      "%u rows of %u columns\n\n", set.n, tmb_array_columns(set.features));
    status = tmb_evaluation_report(evaluation, why);
  }
  tmb_row_set_close(&set);
  return status;
}
