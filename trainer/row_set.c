// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/row_set.h"

#include "dsp/attributes.h"
#include "dsp/model.h"
#include "trainer/parallel.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_ROWS 16384U ///< Surveyed at a time

TmbStatus
tmb_row_set_open(const char* const features,
                 const char* const labels,
                 TmbRowSet* const  set,
                 TmbMessage* const why)
{
  *set = (TmbRowSet){ .features_path = features, .labels_path = labels };

  TmbStatus status = tmb_array_open(features, &set->features, why);
  if (!status) {
    status = tmb_array_open(labels, &set->labels, why);
  }
  if (status) {
    return status;
  }

  const uint64_t n = tmb_array_rows(set->features);
  if (tmb_array_columns(set->features) > TMB_MAX_WIDTH) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: a network takes at most %u columns",
                    features,
                    TMB_MAX_WIDTH);
  }
  if (tmb_array_columns(set->labels) != 1U) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: labels are one column, not %u",
                    labels,
                    tmb_array_columns(set->labels));
  }
  if (n > UINT32_MAX) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: it has %" PRIu64 " rows, which is more than %u",
                    features,
                    n,
                    UINT32_MAX);
  }
  if (n != tmb_array_rows(set->labels)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: it has %" PRIu64 " labels for the %" PRIu64
                    " rows of %s",
                    labels,
                    tmb_array_rows(set->labels),
                    n,
                    features);
  }
  set->n = (uint32_t)n;
  return TMB_OK;
}

void
tmb_row_set_close(TmbRowSet* const set)
{
  free(set->rows);
  tmb_array_free(set->labels);
  tmb_array_free(set->features);
  *set = (TmbRowSet){ .rows = NULL };
}

static uint32_t
file_row(const TmbRowSet* const set, const uint32_t i)
{
  return set->rows ? set->rows[i] : i;
}

TmbStatus
tmb_row_set_count(const TmbRowSet* const set,
                  uint32_t* const        counts,
                  TmbMessage* const      why)
{
  for (uint32_t i = 0U; i < set->n; ++i) {
    const uint32_t row   = file_row(set, i);
    const double   label = tmb_array_value(set->labels, row, 0U);
    if (!(label >= 0.0 && label < (double)TMB_MAX_CLASSES &&
          label == floor(label))) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: the label of row %u is %g, not a whole number from "
                      "0 to %u",
                      set->labels_path,
                      row,
                      label,
                      TMB_MAX_CLASSES - 1U);
    }
    ++counts[(uint32_t)label];
  }
  return TMB_OK;
}

uint32_t
tmb_row_set_class(const TmbRowSet* const set, const uint32_t i)
{
  return (uint32_t)tmb_array_value(set->labels, file_row(set, i), 0U);
}

void
tmb_row_set_row(const TmbRowSet* const set,
                const uint32_t         i,
                float* const           features)
{
  tmb_array_row(set->features, file_row(set, i), features);
}

uint32_t
tmb_row_set_draw(void* const      source,
                 const uint32_t   index,
                 TmbRandom* const random,
                 float* const     features)
{
  const TmbRowSet* const set = (const TmbRowSet*)source;
  (void)random;
  tmb_row_set_row(set, index, features);
  return tmb_row_set_class(set, index);
}

/// What a part of the rows comes to.
typedef struct {
  double*  sums; ///< [2][columns] Of differences from the first row, squares
  float*   ends; ///< [2][columns] Least, most
  uint8_t  digest[SHA256_DIGEST_SIZE];
  bool     has_failed;
  uint32_t bad_row; ///< Of the file
  uint32_t bad_column;
} Chunk;

typedef struct {
  const TmbRowSet* set;
  uint32_t         n_columns;
  float*           first;                 ///< [columns] The set's first row
  float*           rows[TMB_MAX_THREADS]; ///< [columns] Scratch
  Chunk*           chunks;                ///< [n_chunks]
  uint32_t         n_chunks;
} Survey;

TMB_WIDE static void
add_row(double* const restrict sums,
        double* const restrict squares,
        float* const restrict least,
        float* const restrict most,
        const float* const restrict first,
        const float* const restrict row,
        const size_t n)
{
  for (size_t i = 0U; i < n; ++i) {
    const double x = (double)row[i] - (double)first[i];
    sums[i] += x;
    squares[i] += x * x;
    least[i] = (row[i] < least[i]) ? row[i] : least[i];
    most[i]  = (row[i] > most[i]) ? row[i] : most[i];
  }
}

/// The first value that is not finite, or `n`.
static uint32_t
find_bad(const float* const row, const uint32_t n)
{
  uint32_t i = 0U;
  while (i < n && isfinite(row[i])) {
    ++i;
  }
  return i;
}

/// TmbWork: one part.
static void
survey_chunk(void* const job, const uint32_t item, const uint32_t worker)
{
  const Survey* const    self  = (const Survey*)job;
  const TmbRowSet* const set   = self->set;
  Chunk* const           chunk = &self->chunks[item];
  const uint32_t         n     = self->n_columns;
  float* const           row   = self->rows[worker];
  const uint32_t         first = item * CHUNK_ROWS;
  struct sha256_ctx      sha;
  sha256_init(&sha);
  for (uint32_t i = 0U; i < n; ++i) {
    chunk->ends[i]     = FLT_MAX;
    chunk->ends[n + i] = -FLT_MAX;
  }
  for (uint32_t i = first; i < set->n && i - first < CHUNK_ROWS; ++i) {
    tmb_row_set_row(set, i, row);
    chunk->bad_column = find_bad(row, n);
    if (chunk->bad_column < n) {
      chunk->has_failed = true;
      chunk->bad_row    = file_row(set, i);
      return;
    }
    add_row(chunk->sums,
            chunk->sums + n,
            chunk->ends,
            chunk->ends + n,
            self->first,
            row,
            n);

    const uint32_t label = tmb_row_set_class(set, i);
    sha256_update(&sha, n * sizeof(float), (const uint8_t*)row);
    sha256_update(&sha, sizeof(label), (const uint8_t*)&label);
  }
  sha256_digest(&sha, sizeof(chunk->digest), chunk->digest);
}

static TmbStatus
prepare(Survey* const self, const uint32_t n_threads)
{
  const size_t n = self->n_columns;
  self->first    = (float*)calloc(n, sizeof(float));
  self->chunks   = (Chunk*)calloc(self->n_chunks, sizeof(Chunk));
  bool ok        = self->first && self->chunks;
  for (uint32_t i = 0U; ok && i < n_threads; ++i) {
    self->rows[i] = (float*)calloc(n, sizeof(float));
    ok            = self->rows[i] != NULL;
  }
  for (uint32_t i = 0U; ok && i < self->n_chunks; ++i) {
    self->chunks[i].sums = (double*)calloc(2U * n, sizeof(double));
    self->chunks[i].ends = (float*)calloc(2U * n, sizeof(float));
    ok                   = self->chunks[i].sums && self->chunks[i].ends;
  }
  if (ok) {
    tmb_row_set_row(self->set, 0U, self->first);
  }
  return ok ? TMB_OK : TMB_NO_MEMORY;
}

static void
clear(Survey* const self)
{
  for (uint32_t i = 0U; self->chunks && i < self->n_chunks; ++i) {
    free(self->chunks[i].ends);
    free(self->chunks[i].sums);
  }
  for (uint32_t i = 0U; i < TMB_MAX_THREADS; ++i) {
    free(self->rows[i]);
  }
  free(self->chunks);
  free(self->first);
}

/// Put the parts together, in their order.
static void
summarise(const Survey* const self, TmbFeatureStatistics* const statistics)
{
  const uint32_t n_columns = self->n_columns;
  const double   n         = (double)self->set->n;
  for (uint32_t i = 0U; i < n_columns; ++i) {
    TmbFeatureStatistics* const feature = &statistics[i];
    double                      sum     = 0.0;
    double                      square  = 0.0;
    *feature = (TmbFeatureStatistics){ .least = HUGE_VAL, .most = -HUGE_VAL };
    for (uint32_t j = 0U; j < self->n_chunks; ++j) {
      const Chunk* const chunk = &self->chunks[j];
      sum += chunk->sums[i];
      square += chunk->sums[n_columns + i];
      feature->least = fmin(feature->least, (double)chunk->ends[i]);
      feature->most  = fmax(feature->most, (double)chunk->ends[n_columns + i]);
    }
    const double mean  = sum / n;
    feature->mean      = (double)self->first[i] + mean;
    feature->deviation = sqrt(fmax((square / n) - (mean * mean), 0.0));
  }
}

TmbStatus
tmb_row_set_survey(const TmbRowSet* const      set,
                   const uint32_t              n_threads,
                   TmbFeatureStatistics* const statistics,
                   char                        digest[TMB_DIGEST_TEXT],
                   TmbMessage* const           why)
{
  Survey    self   = { .set       = set,
                       .n_columns = tmb_array_columns(set->features),
                       .n_chunks =
                         (set->n / CHUNK_ROWS) + (set->n % CHUNK_ROWS != 0U) };
  TmbStatus status = prepare(&self, n_threads);
  if (status) {
    clear(&self);
    return tmb_fail(status, why, "%s", tmb_strstatus(status));
  }
  tmb_parallel(self.n_chunks, n_threads, survey_chunk, &self);

  struct sha256_ctx sha;
  sha256_init(&sha);
  for (uint32_t i = 0U; !status && i < self.n_chunks; ++i) {
    const Chunk* const chunk = &self.chunks[i];
    sha256_update(&sha, sizeof(chunk->digest), chunk->digest);
    if (chunk->has_failed) {
      status = tmb_fail(TMB_BAD_FILE,
                        why,
                        "%s: the value in row %u, column %u is not finite",
                        set->features_path,
                        chunk->bad_row,
                        chunk->bad_column);
    }
  }
  if (!status && statistics) {
    summarise(&self, statistics);
  }

  uint8_t bytes[SHA256_DIGEST_SIZE];
  sha256_digest(&sha, sizeof(bytes), bytes);
  base16_encode_update(digest, sizeof(bytes), bytes);
  digest[TMB_DIGEST_TEXT - 1U] = '\0';
  clear(&self);
  return status;
}
