// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/evaluation_json.h"

#include "trainer/coverage_json.h"
#include "trainer/json_parts.h"
#include "trainer/split.h"

#include <math.h>
#include <stdlib.h>

/// A mean over `n`, which is unknown if there are none.
static json_t*
pack_mean(const double value, const uint32_t n)
{
  return tmb_json_finite(n ? value : (double)NAN);
}

static json_t*
pack_share(const double part, const uint32_t whole)
{
  return pack_mean(tmb_share(part, whole), whole);
}

static json_t*
pack_by_class(const TmbMetrics* const metrics,
              const TmbClass* const   classes,
              const uint32_t          n_classes)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < n_classes; ++i) {
    const TmbTally tally = tmb_metrics_class(metrics, i);
    // clang-format off
    list = tmb_json_append(list, json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o}",
      "name",      classes[i].name,
      "examples",  (json_int_t)tally.n,
      "right",     (json_int_t)tally.n_right,
      "claimed",   (json_int_t)tally.n_claimed,
      "precision", pack_share(tally.n_right, tally.n_claimed),
      "recall",    pack_share(tally.n_right, tally.n),
      "f1",        tmb_json_finite(tmb_tally_f1(&tally))));
    // clang-format on
  }
  return list;
}

/// Append a family or a source, if something is of it.
static json_t*
append_tally(json_t* const list, const char* const name, const TmbTally tally)
{
  if (!tally.n) {
    return list;
  }
  // clang-format off
  return tmb_json_append(list, json_pack("{s:o, s:I, s:I, s:o}",
    "name",     tmb_json_text(name),
    "examples", (json_int_t)tally.n,
    "right",    (json_int_t)tally.n_right,
    "accuracy", pack_share(tally.n_right, tally.n)));
  // clang-format on
}

static json_t*
pack_by_family(const TmbMetrics* const metrics,
               const TmbClass* const   classes,
               const uint32_t          n_classes)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < n_classes; ++i) {
    if (tmb_metrics_family_of(metrics, i) == i) {
      list =
        append_tally(list, classes[i].family, tmb_metrics_family(metrics, i));
    }
  }
  return list;
}

static json_t*
pack_by_source(const TmbMetrics* const  metrics,
               const char* const* const sources,
               const uint32_t           n_sources)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < n_sources; ++i) {
    list = append_tally(list, sources[i], tmb_metrics_source(metrics, i));
  }
  return list;
}

static json_t*
pack_calibration(const TmbMetrics* const metrics)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < TMB_N_BINS; ++i) {
    const TmbBin bin = tmb_metrics_bin(metrics, i);
    // clang-format off
    list = tmb_json_append(list, json_pack("{s:f, s:f, s:I, s:o, s:o}",
      "from",       (double)i / TMB_N_BINS,
      "to",         (double)(i + 1U) / TMB_N_BINS,
      "examples",   (json_int_t)bin.n,
      "confidence", pack_mean(bin.confidence, bin.n),
      "accuracy",   pack_share(bin.n_right, bin.n)));
    // clang-format on
  }
  return list;
}

static json_t*
pack_confusion(const TmbMetrics* const metrics, const uint32_t n_classes)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < n_classes; ++i) {
    json_t* row = json_array();
    for (uint32_t j = 0U; row && j < n_classes; ++j) {
      row = tmb_json_append(
        row, json_integer((json_int_t)tmb_metrics_confusion(metrics, i, j)));
    }
    list = tmb_json_append(list, row);
  }
  return list;
}

static json_t*
pack_scores(const TmbScores* const scores)
{
  // clang-format off
  json_t* object = json_pack("{s:I, s:o, s:o, s:o, s:o}",
    "examples", (json_int_t)scores->n_notes,
    "accuracy", pack_mean(scores->notes, scores->n_notes),
    "top3",     pack_mean(scores->notes_top3, scores->n_notes),
    "log_loss", pack_mean(scores->log_loss, scores->n_notes),
    "expected_calibration_error",
      pack_mean(scores->calibration_error, scores->n_notes));
  if (scores->n_cells) {
    object = tmb_json_extend(object, json_pack("{s:I, s:f, s:f, s:f}",
      "cells",          (json_int_t)scores->n_cells,
      "cells_accuracy", scores->cells,
      "cells_family",   scores->cells_family,
      "cells_top3",     scores->cells_top3));
  }
  if (scores->n_recordings) {
    object = tmb_json_extend(object, json_pack("{s:I, s:f}",
      "recordings",          (json_int_t)scores->n_recordings,
      "recordings_accuracy", scores->recordings));
  }
  // clang-format on
  return object;
}

json_t*
tmb_pack_metrics(const TmbMetrics* const  metrics,
                 const double             threshold,
                 const TmbClass* const    classes,
                 const uint32_t           n_classes,
                 const char* const* const sources,
                 const uint32_t           n_sources)
{
  const TmbScores             scores  = tmb_metrics_scores(metrics, threshold);
  const TmbConfidences* const answers = tmb_metrics_confidences(metrics);
  const TmbCoverage           named   = tmb_coverage_from(answers, threshold);
  const TmbCoverage precise = tmb_coverage_precise(answers, TMB_PRECISION);
  // clang-format off
  return tmb_json_extend(pack_scores(&scores), json_pack(
    "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
    "by_class",    pack_by_class(metrics, classes, n_classes),
    "by_family",   pack_by_family(metrics, classes, n_classes),
    "by_source",   pack_by_source(metrics, sources, n_sources),
    "calibration", pack_calibration(metrics),
    "coverage",    tmb_pack_coverages(answers),
    "named",       tmb_pack_coverage(&named),
    "precise",     tmb_pack_precise(&precise),
    "confusion",   pack_confusion(metrics, n_classes)));
  // clang-format on
}

static json_t*
pack_classes(const TmbEvaluation* const self)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < self->n_classes; ++i) {
    list = tmb_json_append(list,
                           json_pack("{s:s, s:s}",
                                     "name",
                                     self->classes[i].name,
                                     "family",
                                     self->classes[i].family));
  }
  return list;
}

static json_t*
pack_by_age(const TmbExamined* const examined)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < examined->n_ages; ++i) {
    const TmbAgeScores* const age = &examined->ages[i];
    // clang-format off
    list = tmb_json_append(list, tmb_json_extend(json_pack("{s:I, s:I}",
      "ms",      (json_int_t)age->ms,
      "reached", (json_int_t)age->n_reached), pack_scores(&age->scores)));
    // clang-format on
  }
  return list;
}

static json_t*
pack_outsiders(const TmbOutsiders* const outsiders)
{
  // clang-format off
  return json_pack("{s:f, s:I, s:I}",
    "unknown", tmb_outsiders_unknown(outsiders),
    "notes",   (json_int_t)outsiders->n_notes,
    "silent",  (json_int_t)outsiders->n_silent);
  // clang-format on
}

/// Add what is none of the classes, if there is some.
static json_t*
extend_by_outsiders(json_t* const             part,
                    const TmbOutsiders* const outsiders,
                    const char* const* const  sources,
                    const uint32_t            n_sources)
{
  const TmbOutsiders all = tmb_outsiders_sum(outsiders, n_sources);
  if (!all.n_notes && !all.n_silent) {
    return part;
  }

  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < n_sources; ++i) {
    if (outsiders[i].n_notes || outsiders[i].n_silent) {
      list = tmb_json_append(
        list,
        tmb_json_extend(pack_outsiders(&outsiders[i]),
                        json_pack("{s:o}", "name", tmb_json_text(sources[i]))));
    }
  }
  // clang-format off
  return tmb_json_extend(part, json_pack("{s:o}", "outsiders",
    tmb_json_extend(pack_outsiders(&all), json_pack("{s:o}",
      "by_source", list))));
  // clang-format on
}

static json_t*
pack_part(const TmbEvaluation* const self, const TmbExamined* const examined)
{
  json_t* const part = tmb_pack_metrics(examined->metrics,
                                        self->threshold,
                                        self->classes,
                                        self->n_classes,
                                        self->sources,
                                        self->n_sources);
  if (!examined->n_ages) {
    return part;
  }
  return extend_by_outsiders(
    tmb_json_extend(part, json_pack("{s:o}", "by_age", pack_by_age(examined))),
    examined->outsiders,
    self->sources,
    self->n_sources);
}

static json_t*
pack_phrase_cells(const TmbEvaluation* const self)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < self->phrases.n_cells; ++i) {
    const TmbPhraseCell* const cell = &self->phrases.cells[i];
    // clang-format off
    list = tmb_json_append(list, json_pack("{s:s, s:o, s:I, s:I, s:I, s:o}",
      "class",   self->classes[cell->truth].name,
      "source",  tmb_json_text(self->sources[cell->source]),
      "phrases", (json_int_t)cell->n_phrases,
      "right",   (json_int_t)cell->n_right,
      "unknown", (json_int_t)cell->n_unknown,
      "time",    pack_share(cell->time, cell->n_phrases)));
    // clang-format on
  }
  return list;
}

static json_t*
pack_phrases(const TmbEvaluation* const self)
{
  const TmbPhraseScores scores = tmb_phrase_exam_scores(&self->phrases);
  // clang-format off
  return json_pack(
    "{s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}",
    "notes",           (json_int_t)TMB_PHRASE_NOTES,
    "each",            (json_int_t)self->phrases.n_each,
    "cells",           (json_int_t)scores.n_cells,
    "label",           scores.label,
    "label_deviation", scores.label_deviation,
    "unknown",         scores.unknown,
    "time",            scores.time,
    "named",           scores.named,
    "named_right",     scores.named_right,
    "found",           scores.found,
    "false_told",      scores.false_told,
    "by_cell",         pack_phrase_cells(self));
  // clang-format on
}

json_t*
tmb_pack_evaluation(const TmbEvaluation* const evaluation)
{
  // clang-format off
  json_t* object = json_pack("{s:o, s:o, s:s, s:o}",
    "model",   tmb_json_text(evaluation->model),
    "data",    tmb_json_text(evaluation->data),
    "unit",    evaluation->unit,
    "classes", pack_classes(evaluation));
  json_t* parts = json_pack("{s:o}",
    "all", pack_part(evaluation, &evaluation->all));
  if (evaluation->held_out.metrics) {
    object = tmb_json_extend(object, json_pack("{s:{s:s, s:I}}",
      "held_out",
        "split", tmb_split_names[evaluation->split],
        "fold",  (json_int_t)evaluation->fold));
    parts = tmb_json_extend(parts, json_pack("{s:o}",
      "held_out", pack_part(evaluation, &evaluation->held_out)));
  }
  if (evaluation->phrases.n_each) {
    object = tmb_json_extend(object, json_pack("{s:o}",
      "phrases", pack_phrases(evaluation)));
  }
  return tmb_json_extend(object, json_pack("{s:o}", "parts", parts));
  // clang-format on
}
