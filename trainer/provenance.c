// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/provenance.h"

#include "trainer/coverage_json.h"
#include "trainer/json_parts.h"
#include "trainer/settings.h"

#include <jansson.h>

#include <string.h>

/// Six digits say more than 10,000 notes can.
#define TEXT_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(6))

/// Text of an object, which is released; null if it or its text is.
static char*
dump(json_t* const object)
{
  char* const text = object ? json_dumps(object, TEXT_FLAGS) : NULL;
  json_decref(object);
  return text;
}

static json_t*
pack_texts(const char* const* const texts, const uint32_t n)
{
  json_t* const list = json_array();
  for (uint32_t i = 0U; i < n; ++i) {
    (void)json_array_append_new(list, json_string(texts[i]));
  }
  return list;
}

/// How many notes each class has.
static json_t*
pack_note_counts(const TmbCorpus* const corpus, const TmbDataset* const dataset)
{
  json_t* const counts = json_object();
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    (void)json_object_set_new(counts, corpus->classes[i], json_integer(0));
  }
  for (uint32_t i = 0U; i < dataset->n_notes; ++i) {
    json_t* const count =
      json_object_get(counts, corpus->classes[dataset->notes[i].class_index]);
    (void)json_integer_set(count, json_integer_value(count) + 1);
  }
  return counts;
}

char*
tmb_training_text(const TmbStudy* const         study,
                  const TmbLicenceFilter* const skip,
                  const TmbOrigin* const        origin)
{
  const TmbCorpus* const  corpus  = study->exam.corpus;
  const TmbDataset* const dataset = study->exam.dataset;

  // clang-format off
  return dump(json_pack(
    "{s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:I, s:{s:s, s:I}, s:o}",
    "sha256",           origin->digest,
    "recordings",       (json_int_t)corpus->n_recordings,
    "unreadable",       (json_int_t)dataset->n_unreadable,
    "silent",           (json_int_t)dataset->n_silent,
    "skipped",          (json_int_t)corpus->n_skipped,
    "notes",            (json_int_t)dataset->n_notes,
    "notes_by_class",   pack_note_counts(corpus, dataset),
    "skipped_licences", pack_texts(skip->patterns, skip->n),
    "sources",          pack_texts(corpus->sources, corpus->n_sources),
    "seed",             (json_int_t)origin->seed,
    "held_out",
      "split",          tmb_split_names[origin->split],
      "fold",           (json_int_t)origin->fold,
    "settings",         tmb_pack_settings(study->fit)));
  // clang-format on
}

static json_t*
pack_scores(const TmbScores* const scores)
{
  // clang-format off
  json_t* const object = json_pack(
    "{s:I, s:f, s:f, s:f, s:f, s:I, s:f, s:f, s:f}",
    "notes",          (json_int_t)scores->n_notes,
    "notes_accuracy", scores->notes,
    "notes_top3",     scores->notes_top3,
    "log_loss",       scores->log_loss,
    "expected_calibration_error", scores->calibration_error,
    "cells",          (json_int_t)scores->n_cells,
    "cells_accuracy", scores->cells,
    "cells_family",   scores->cells_family,
    "cells_top3",     scores->cells_top3);
  // clang-format on
  if (scores->n_recordings) {
    (void)json_object_set_new(
      object, "recordings", json_integer(scores->n_recordings));
    (void)json_object_set_new(
      object, "recordings_accuracy", json_real(scores->recordings));
  }
  return object;
}

static json_t*
pack_ages(const TmbOutcome* const outcome)
{
  json_t* const list = json_array();
  for (uint32_t i = 0U; i < outcome->n_ages; ++i) {
    json_t* const age = pack_scores(&outcome->ages[i].scores);
    (void)json_object_set_new(age, "ms", json_integer(outcome->ages[i].ms));
    (void)json_array_append_new(list, age);
  }
  return list;
}

static json_t*
pack_folds(const TmbOutcome* const outcome)
{
  json_t* const list = json_array();
  for (uint32_t i = 0U; i < outcome->n_folds; ++i) {
    json_t* const fold = pack_scores(&outcome->folds[i].scores);
    (void)json_object_set_new(
      fold, "fold", json_integer(outcome->folds[i].fold));
    (void)json_array_append_new(list, fold);
  }
  return list;
}

char*
tmb_accuracy_text(const TmbStudy* const   study,
                  const TmbOutcome* const outcomes,
                  const uint32_t          n_outcomes)
{
  json_t* const object = json_object();
  for (uint32_t i = 0U; i < n_outcomes; ++i) {
    const TmbOutcome* const outcome = &outcomes[i];
    json_t* const           scores  = pack_scores(&outcome->scores);
    (void)json_object_set_new(
      scores, "precise", tmb_pack_precise(&outcome->precise));
    (void)json_object_set_new(scores, "by_age", pack_ages(outcome));
    if (outcome->n_folds > 1U) {
      (void)json_object_set_new(scores, "by_fold", pack_folds(outcome));
    }
    if (outcome->n_untaught) {
      json_t* const names = json_array();
      for (uint32_t j = 0U; j < study->exam.corpus->n_classes; ++j) {
        if (outcome->untaught[j]) {
          (void)json_array_append_new(names,
                                      json_string(study->classes[j].name));
        }
      }
      (void)json_object_set_new(scores, "untaught_classes", names);
      (void)json_object_set_new(
        scores, "untaught_notes", json_integer(outcome->n_untaught));
    }
    (void)json_object_set_new(object, tmb_split_names[outcome->split], scores);
  }
  (void)json_object_set_new(
    object, "held_out", pack_scores(&outcomes->folds->scores));
  return dump(object);
}

/// A file's name without its folder, which is of no interest elsewhere.
static const char*
base_name(const char* const path)
{
  const char* const slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

char*
tmb_table_training_text(const TmbTable* const       table,
                        const TmbTablePaths* const  paths,
                        const TmbFitSettings* const settings)
{
  // clang-format off
  return dump(json_pack(
    "{s:o, s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:o}",
    "features",    tmb_json_text(base_name(paths->features)),
    "sha256",      table->digests[0],
    "test",        tmb_json_text(paths->test_features
                                   ? base_name(paths->test_features)
                                   : "a fifth of the rows"),
    "test_sha256", table->digests[1],
    "rows",        (json_int_t)table->rows[0].n,
    "test_rows",   (json_int_t)table->rows[1].n,
    "columns",     (json_int_t)table->n_columns,
    "seed",        (json_int_t)settings->seed,
    "settings",    tmb_pack_settings(settings)));
  // clang-format on
}

char*
tmb_table_accuracy_text(const TmbScores* const scores)
{
  return dump(json_pack("{s:o}", "rows", pack_scores(scores)));
}

bool
tmb_read_origin(const char* const text, TmbOrigin* const origin)
{
  json_t* const object = text ? json_loads(text, 0, NULL) : NULL;
  const char*   digest = NULL;
  const char*   split  = NULL;
  json_int_t    seed   = 0;
  json_int_t    fold   = 0;
  bool          found  = false;
  if (!json_unpack(object,
                   "{s:s, s:I, s:{s:s, s:I}}",
                   "sha256",
                   &digest,
                   "seed",
                   &seed,
                   "held_out",
                   "split",
                   &split,
                   "fold",
                   &fold) &&
      strlen(digest) == TMB_DIGEST_TEXT - 1U && fold >= 0 &&
      fold <= (json_int_t)UINT32_MAX) {
    memcpy(origin->digest, digest, TMB_DIGEST_TEXT);
    origin->seed = (uint64_t)seed;
    origin->fold = (uint32_t)fold;
    for (int i = 0; i < TMB_N_SPLITS; ++i) {
      if (!strcmp(split, tmb_split_names[i])) {
        origin->split = (TmbSplit)i;
        found         = true;
      }
    }
  }
  json_decref(object);
  return found;
}
