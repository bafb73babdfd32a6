// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/table.h"

#include "trainer/class_names.h"
#include "trainer/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HELD_OUT_OF 5U ///< One row of so many is held out

enum { TRAINING, VALIDATION };

static TmbStatus
fail_for_memory(TmbMessage* const why)
{
  return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
}

/// Open the rows to check with, or share out those that are there.
static TmbStatus
open_test(TmbTable* const            self,
          const TmbTablePaths* const paths,
          TmbMessage* const          why)
{
  TmbRowSet* const set    = &self->rows[VALIDATION];
  const TmbStatus  status = tmb_row_set_open(
    paths->test_features ? paths->test_features : paths->features,
    paths->test_features ? paths->test_labels : paths->labels,
    set,
    why);
  if (status) {
    return status;
  }
  const uint32_t n_columns = tmb_array_columns(set->features);
  return (n_columns == self->n_columns)
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: it has %u columns, and %s has %u",
                      paths->test_features,
                      n_columns,
                      paths->features,
                      self->n_columns);
}

/// Divide the rows, of which both sets have all, between the two.
static TmbStatus
hold_out(TmbTable* const self, const uint64_t seed, TmbMessage* const why)
{
  const uint32_t n_rows                   = self->rows[TRAINING].n;
  bool           is_seen[TMB_MAX_CLASSES] = { false };
  for (unsigned i = 0U; i < 2U; ++i) {
    self->rows[i].n    = 0U;
    self->rows[i].rows = (uint32_t*)calloc(n_rows, sizeof(uint32_t));
    if (!self->rows[i].rows) {
      return fail_for_memory(why);
    }
  }
  for (uint32_t row = 0U; row < n_rows; ++row) {
    const double label = tmb_array_value(self->rows[TRAINING].labels, row, 0U);
    const uint32_t class_index = (uint32_t)label;
    const bool     is_held     = is_seen[class_index] &&
                         tmb_hash(seed, &row, sizeof(row)) % HELD_OUT_OF == 0U;
    TmbRowSet* const set = &self->rows[is_held ? VALIDATION : TRAINING];
    set->rows[set->n++]  = row;
    is_seen[class_index] = true;
  }
  return TMB_OK;
}

static TmbStatus
count_classes(TmbTable* const self, const unsigned part, TmbMessage* const why)
{
  if (!self->rows[part].n) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: there are too few rows to hold some out",
                    self->rows[part].features_path);
  }
  memset(self->counts[part], 0, TMB_MAX_CLASSES * sizeof(uint32_t));
  return tmb_row_set_count(&self->rows[part], self->counts[part], why);
}

/// See that there is something to learn.
static TmbStatus
check_taught(const TmbTable* const self, TmbMessage* const why)
{
  uint32_t n_taught = 0U;
  for (uint32_t i = 0U; i < TMB_MAX_CLASSES; ++i) {
    n_taught += self->counts[TRAINING][i] > 0U;
  }
  return n_taught < 2U
           ? tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: it has one class only, and two are needed",
                      self->rows[TRAINING].labels_path)
           : TMB_OK;
}

static TmbStatus
name_classes(TmbTable* const   self,
             const char* const path,
             TmbMessage* const why)
{
  uint32_t n_used = 0U;
  for (uint32_t i = 0U; i < TMB_MAX_CLASSES; ++i) {
    if (self->counts[TRAINING][i] || self->counts[VALIDATION][i]) {
      n_used = i + 1U;
    }
  }
  return tmb_class_names(path, n_used, &self->classes, &self->n_classes, why);
}

static TmbStatus
survey(TmbTable* const self, const uint32_t n_threads, TmbMessage* const why)
{
  const size_t n = self->n_columns;
  self->statistics =
    (TmbFeatureStatistics*)calloc(n, sizeof(*self->statistics));
  self->standard = (float*)calloc(2U * n, sizeof(float));
  if (!self->statistics || !self->standard) {
    return fail_for_memory(why);
  }

  TmbStatus status = tmb_row_set_survey(&self->rows[TRAINING],
                                        n_threads,
                                        self->statistics,
                                        self->digests[TRAINING],
                                        why);
  if (!status) {
    status = tmb_row_set_survey(
      &self->rows[VALIDATION], n_threads, NULL, self->digests[VALIDATION], why);
  }
  for (size_t i = 0U; !status && i < n; ++i) {
    const TmbFeatureStatistics* const feature = &self->statistics[i];

    const float scale = (float)(1.0 / feature->deviation);
    self->standard[i] = (float)feature->mean;
    self->standard[n + i] =
      (feature->least < feature->most && isfinite(scale)) ? scale : 0.0f;
  }
  return status;
}

static TmbExamples
examples_of(TmbTable* const self, const unsigned part)
{
  return (TmbExamples){ .n_in      = self->n_columns,
                        .n_classes = self->n_classes,
                        .n         = self->rows[part].n,
                        .mean      = self->standard,
                        .scale     = self->standard + self->n_columns,
                        .is_fixed  = true,
                        .draw      = tmb_row_set_draw,
                        .source    = &self->rows[part] };
}

TmbStatus
tmb_table_open(const TmbTablePaths* const paths,
               const uint64_t             seed,
               const uint32_t             n_threads,
               TmbTable* const            table,
               TmbMessage* const          why)
{
  *table = (TmbTable){ .n_columns = 0U };
  for (unsigned i = 0U; i < 2U; ++i) {
    table->counts[i] = (uint32_t*)calloc(TMB_MAX_CLASSES, sizeof(uint32_t));
    if (!table->counts[i]) {
      return fail_for_memory(why);
    }
  }

  TmbStatus status = tmb_row_set_open(
    paths->features, paths->labels, &table->rows[TRAINING], why);
  if (!status) {
    table->n_columns = tmb_array_columns(table->rows[TRAINING].features);
    status           = open_test(table, paths, why);
  }
  if (!status) {
    status = count_classes(table, TRAINING, why);
  }
  if (!status) {
    status = check_taught(table, why);
  }
  if (!status && !paths->test_features) {
    status = hold_out(table, seed, why);
    status = status ? status : count_classes(table, TRAINING, why);
  }
  if (!status) {
    status = count_classes(table, VALIDATION, why);
  }
  if (!status) {
    status = name_classes(table, paths->classes, why);
  }
  if (!status) {
    status = survey(table, n_threads, why);
  }
  table->training   = examples_of(table, TRAINING);
  table->validation = examples_of(table, VALIDATION);
  return status;
}

void
tmb_table_clear(TmbTable* const table)
{
  for (unsigned i = 0U; i < 2U; ++i) {
    tmb_row_set_close(&table->rows[i]);
    free(table->counts[i]);
  }
  free(table->standard);
  free(table->statistics);
  free(table->classes);
}
