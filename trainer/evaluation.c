// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/evaluation.h"

#include "trainer/evaluation_json.h"
#include "trainer/report.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>

/// Six digits say more than a million examples can.
#define JSON_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(6))

static void
print_scores(const TmbEvaluation* const self,
             const char* const          name,
             const TmbMetrics* const    metrics)
{
  const TmbScores scores = tmb_metrics_scores(metrics, self->threshold);
  if (self->n_sources) {
    tmb_report_scores(name, &scores);
  } else {
    tmb_report_row_scores(name, &scores);
  }
}

/// Scores of all, scores of what was held out, and the tables of these.
static void
print(const TmbEvaluation* const self)
{
  if (self->n_sources) {
    tmb_report_scores_head();
  }
  print_scores(self, "all", self->all.metrics);
  if (self->held_out.metrics) {
    print_scores(self, "held out", self->held_out.metrics);
    (void)printf("\nHeld out is what the model was trained without: fold %u "
                 "of the %s.\nThe tables below are about it alone.\n",
                 self->fold,
                 tmb_split_names[self->split]);
  }

  const TmbExamined* const part =
    self->held_out.metrics ? &self->held_out : &self->all;
  const TmbMetrics* const shown = part->metrics;
  tmb_report_ages(part->ages, part->n_ages);
  tmb_report_coverage(shown, self->threshold, self->unit);
  tmb_report_classes(shown, self->classes, self->n_classes, self->unit);
  tmb_report_families(shown, self->classes, self->n_classes, self->unit);
  tmb_report_sources(shown, self->sources, self->n_sources, self->unit);
  tmb_report_confusion(shown, self->classes, self->n_classes, self->unit);
  tmb_report_outsiders(part->outsiders, self->sources, self->n_sources);
  tmb_report_phrases(&self->phrases);
}

/// Write the document and let it take its place.
static TmbStatus
save(TmbEvaluation* const self, TmbMessage* const why)
{
  FILE* const   out      = self->json.out;
  json_t* const document = tmb_pack_evaluation(self);
  const bool    is_whole = document && !json_dumpf(document, out, JSON_FLAGS);
  json_decref(document);
  if (!is_whole && !ferror(out)) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", self->json.path);
  }
  (void)fputc('\n', out);

  const TmbStatus status = tmb_new_file_close(&self->json, why);
  return status ? status : tmb_new_file_rename(&self->json, why);
}

TmbStatus
tmb_evaluation_report(TmbEvaluation* const evaluation, TmbMessage* const why)
{
  print(evaluation);
  return evaluation->json.out ? save(evaluation, why) : TMB_OK;
}

void
tmb_evaluation_clear(TmbEvaluation* const evaluation)
{
  tmb_new_file_discard(&evaluation->json);
  tmb_phrase_exam_clear(&evaluation->phrases);
  tmb_examined_clear(&evaluation->held_out);
  tmb_examined_clear(&evaluation->all);
  free(evaluation->classes);
  *evaluation = (TmbEvaluation){ .model = NULL };
}
