// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/report_files.h"

#include "tests/support/cmocka.h"
#include "trainer/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CLASSES 256U
#define N_BINS 10U

static const struct {
  const char* name;
  const char* family;
} known[] = {
  { "accordion", "keys" },
  { "acoustic_guitar", "plucked" },
  { "banjo", "plucked" },
  { "bassoon", "woodwind" },
  { "cello", "strings" },
  { "clarinet", "woodwind" },
  { "double_bass", "strings" },
  { "electric_bass", "plucked" },
  { "electric_guitar", "plucked" },
  { "flute", "woodwind" },
  { "french_horn", "brass" },
  { "glockenspiel", "mallets" },
  { "harp", "plucked" },
  { "harpsichord", "plucked" },
  { "marimba", "mallets" },
  { "oboe", "woodwind" },
  { "organ", "keys" },
  { "percussion", "percussion" },
  { "piano", "keys" },
  { "saxophone", "woodwind" },
  { "trombone", "brass" },
  { "trumpet", "brass" },
  { "tuba", "brass" },
  { "vibraphone", "mallets" },
  { "viola", "strings" },
  { "violin", "strings" },
  { "voice", "voice" },
};
enum { N_KNOWN = sizeof(known) / sizeof(*known) };

static const char* const families[] = { "brass",   "keys",       "mallets",
                                        "plucked", "percussion", "strings",
                                        "voice",   "woodwind" };

typedef struct {
  uint32_t n;
  char     names[MAX_CLASSES][32];
  uint32_t counts[MAX_CLASSES][MAX_CLASSES]; ///< By truth, by answer
} Confusions;

static const char*
family_of(const uint32_t i)
{
  return known[i % N_KNOWN].family;
}

static bool
is_kin(const uint32_t a, const uint32_t b)
{
  return !strcmp(family_of(a), family_of(b));
}

/// Mostly right, else more often within the family.
static void
confuse(Confusions* const self, TmbRandom* const random)
{
  for (uint32_t i = 0U; i < self->n; ++i) {
    const uint32_t n_examples = 24U + ((i * 37U) % 160U);
    const double   skill      = 0.76 + (0.025 * (double)((i * 11U) % 10U));
    for (uint32_t k = 0U; k < n_examples; ++k) {
      uint32_t other = tmb_random_below(random, self->n);
      for (uint32_t tries = k % 8U; tries && !is_kin(i, other); --tries) {
        other = tmb_random_below(random, self->n);
      }
      const bool is_right = tmb_random_uniform(random) < skill;
      ++self->counts[i][is_right ? i : other];
    }
  }
}

/// A share, or null of nothing.
static json_t*
share(const double part, const double whole)
{
  return whole > 0.0 ? json_real(part / whole) : json_null();
}

typedef struct {
  uint32_t n;
  uint32_t n_right;
  uint32_t n_claimed;
} Tally;

static Tally
tally_class(const Confusions* const self, const uint32_t i)
{
  Tally tally = { .n_right = self->counts[i][i] };
  for (uint32_t j = 0U; j < self->n; ++j) {
    tally.n += self->counts[i][j];
    tally.n_claimed += self->counts[j][i];
  }
  return tally;
}

static json_t*
pack_classes(const Confusions* const self)
{
  json_t* const rows = json_array();
  for (uint32_t i = 0U; i < self->n; ++i) {
    const Tally tally = tally_class(self, i);
    // clang-format off
    (void)json_array_append_new(rows, json_pack(
      "{s:s, s:i, s:i, s:i, s:o, s:o, s:o}",
      "name",      self->names[i],
      "examples",  (int)tally.n,
      "right",     (int)tally.n_right,
      "claimed",   (int)tally.n_claimed,
      "precision", share(tally.n_right, tally.n_claimed),
      "recall",    share(tally.n_right, tally.n),
      "f1",        share(2.0 * tally.n_right, tally.n + tally.n_claimed)));
    // clang-format on
  }
  return rows;
}

static json_t*
pack_named(const char* const name, const Tally* const tally)
{
  return json_pack("{s:s, s:i, s:i, s:o}",
                   "name",
                   name,
                   "examples",
                   (int)tally->n,
                   "right",
                   (int)tally->n_right,
                   "accuracy",
                   share(tally->n_right, tally->n));
}

static json_t*
pack_families(const Confusions* const self)
{
  json_t* const rows = json_array();
  for (size_t f = 0U; f < sizeof(families) / sizeof(*families); ++f) {
    Tally sum = { .n = 0U };
    for (uint32_t i = 0U; i < self->n; ++i) {
      if (!strcmp(family_of(i), families[f])) {
        const Tally tally = tally_class(self, i);
        sum.n += tally.n;
        sum.n_right += tally.n_right;
      }
    }
    (void)json_array_append_new(rows, pack_named(families[f], &sum));
  }
  return rows;
}

static json_t*
pack_sources(void)
{
  static const char* const names[] = {
    "fluidr3", "philharmonia", "sso", "timgm6mb", "uiowa_mis"
  };
  static const Tally tallies[] = {
    { 214U, 171U, 0U }, { 1080U, 1027U, 0U }, { 642U, 580U, 0U },
    { 333U, 331U, 0U }, { 512U, 466U, 0U },
  };

  json_t* const rows = json_array();
  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    (void)json_array_append_new(rows, pack_named(names[i], &tallies[i]));
  }
  return rows;
}

/// A little too sure, as networks are.
static json_t*
pack_calibration(void)
{
  static const int counts[N_BINS] = { 0,   9,   34,  71,  102,
                                      131, 160, 214, 389, 1699 };

  json_t* const rows = json_array();
  for (unsigned i = 0U; i < N_BINS; ++i) {
    const double middle = ((double)i + 0.55) / (double)N_BINS;
    const double whole  = counts[i];
    // clang-format off
    (void)json_array_append_new(rows, json_pack(
      "{s:f, s:f, s:i, s:o, s:o}",
      "from",       (double)i / (double)N_BINS,
      "to",         (double)(i + 1U) / (double)N_BINS,
      "examples",   counts[i],
      "confidence", share(middle * whole, whole),
      "accuracy",   share((middle - (0.24 * middle * (1.0 - middle))) * whole,
                          whole)));
    // clang-format on
  }
  return rows;
}

static json_t*
pack_part(const Confusions* const self)
{
  json_t* const rows = json_array();
  Tally         all  = { .n = 0U };
  for (uint32_t i = 0U; i < self->n; ++i) {
    const Tally   tally = tally_class(self, i);
    json_t* const row   = json_array();
    for (uint32_t j = 0U; j < self->n; ++j) {
      (void)json_array_append_new(row,
                                  json_integer((json_int_t)self->counts[i][j]));
    }
    (void)json_array_append_new(rows, row);
    all.n += tally.n;
    all.n_right += tally.n_right;
  }

  // clang-format off
  return json_pack("{s:i, s:o, s:f, s:f, s:f, s:i, s:f, s:f, s:f, s:i, s:f, "
                   "s:o, s:o, s:o, s:o, s:o}",
    "examples",                   (int)all.n,
    "accuracy",                   share(all.n_right, all.n),
    "top3",                       0.978,
    "log_loss",                   0.3172,
    "expected_calibration_error", 0.0243,
    "cells",                      79,
    "cells_accuracy",             0.8997,
    "cells_family",               0.9233,
    "cells_top3",                 0.9654,
    "recordings",                 1811,
    "recordings_accuracy",        0.9177,
    "by_class",                   pack_classes(self),
    "by_family",                  pack_families(self),
    "by_source",                  pack_sources(),
    "calibration",                pack_calibration(),
    "confusion",                  rows);
  // clang-format on
}

json_t*
report_evaluation(const uint32_t n)
{
  TmbRandom         random;
  json_t* const     classes = json_array();
  Confusions* const self    = (Confusions*)calloc(1U, sizeof(Confusions));
  assert_true(self && n <= MAX_CLASSES);
  tmb_random_init(&random, 7U, 0U);
  self->n = n;
  for (uint32_t i = 0U; i < n; ++i) {
    (void)snprintf(self->names[i], sizeof(self->names[i]), "class_%u", i);
    if (i < N_KNOWN) {
      (void)snprintf(
        self->names[i], sizeof(self->names[i]), "%s", known[i].name);
    }
    (void)json_array_append_new(
      classes,
      json_pack("{s:s, s:s}", "name", self->names[i], "family", family_of(i)));
  }
  confuse(self, &random);

  json_t* const evaluation = json_pack("{s:s, s:s, s:s, s:o, s:{s:o}}",
                                       "model",
                                       "mine.safetensors",
                                       "data",
                                       "corpus",
                                       "unit",
                                       "notes",
                                       "classes",
                                       classes,
                                       "parts",
                                       "held_out",
                                       pack_part(self));
  assert_non_null(evaluation);
  free(self);
  return evaluation;
}

TmbHistory
report_history(const char* const name,
               const uint32_t    n,
               const double      learning_rate)
{
  const bool is_unsteady = learning_rate > 0.005;
  TmbHistory history     = { .name = strdup(name) };
  TmbRandom  random;
  tmb_random_init(&random, 11U, (uint64_t)(learning_rate * 1e6));
  for (uint32_t i = 0U; i < n; ++i) {
    const double  part  = ((double)i + 1.0) / (double)n;
    const double  speed = fmin(learning_rate, 0.003) * 6000.0;
    const double  left  = exp(-speed * part);
    const double  noise = tmb_random_normal(&random);
    const double  jolts = is_unsteady ? 0.9 + (0.5 * fabs(noise)) : 0.0;
    TmbHistoryRow row   = {
        .epoch         = i + 1U,
        .learning_rate = learning_rate * sin(3.0 * fmin(part, 1.0) + 0.1),
        .loss          = 0.03 + (2.9 * left) + jolts + (0.004 * fabs(noise)),
        .accuracy      = fmax(0.05, 0.99 - (0.85 * left) - (0.35 * jolts)),
        .validation_loss =
          0.29 + (2.7 * left) + (0.06 * part) + (1.4 * jolts) + (0.01 * noise),
        .validation_accuracy =
          fmax(0.04, 0.925 - (0.8 * left) - (0.35 * jolts) + (0.004 * noise)),
        .seconds = 1.9 + (0.02 * noise),
    };
    row.validation_accuracy = fmin(row.validation_accuracy, 1.0);
    assert_int_equal(tmb_history_add(&history, &row), TMB_OK);
  }
  return history;
}

void
report_save_history(const char* const path, const TmbHistory* const history)
{
  FILE* const out = fopen(path, "wb");
  assert_non_null(out);
  tmb_history_write_head(out);
  for (uint32_t i = 0U; i < history->n_rows; ++i) {
    tmb_history_write_row(out, &history->rows[i]);
  }
  assert_int_equal(fclose(out), 0);
}

/// A note of a recording whose instrument is number `truth`; unsure ones are
/// unknown, some with a family.
static void
save_note(FILE* const       file,
          const char* const path,
          const uint32_t    truth,
          TmbRandom* const  random)
{
  const double   spread     = tmb_random_uniform(random);
  const double   confidence = 1.0 - (0.9 * spread * spread);
  const uint32_t heard =
    tmb_random_below(random, 8U) ? truth : tmb_random_below(random, N_KNOWN);
  const bool  is_known = confidence >= 0.5;
  const bool  is_near  = confidence >= 0.35;
  const char* family   = known[heard].family;
  (void)fprintf(file,
                "{\"type\":\"note\",\"file\":\"%s\",\"onset\":1,"
                "\"duration\":0.5,\"label\":\"%s\",\"family\":%s%s%s,"
                "\"confidence\":%.6f,\"program\":0,\"alternatives\":[]}\n",
                path,
                is_known ? known[heard].name : "unknown",
                is_near ? "\"" : "",
                is_near ? family : "null",
                is_known  ? "\""
                : is_near ? "?\""
                          : "",
                confidence);
}

void
report_save_results(const char* const path, const uint32_t n)
{
  static const char* const reasons[] = { "not a sound file",
                                         "the file ends early",
                                         "Permission denied" };

  TmbRandom   random;
  FILE* const file = fopen(path, "w");
  assert_non_null(file);
  tmb_random_init(&random, 1U, 0U);
  for (uint32_t i = 0U; i < n; ++i) {
    char           name[64];
    const double   place   = tmb_random_uniform(&random);
    const uint32_t truth   = (uint32_t)(place * place * N_KNOWN);
    const uint32_t n_notes = tmb_random_below(&random, 120U);
    (void)snprintf(name,
                   sizeof(name),
                   "archive/tape %u/side %u.flac",
                   i / 2U + 1U,
                   i % 2U + 1U);
    if (i % 23U == 7U) {
      (void)fprintf(file,
                    "{\"type\":\"error\",\"file\":\"%s\",\"error\":\"%s\"}\n",
                    name,
                    reasons[i % 3U]);
      continue;
    }
    for (uint32_t j = 0U; j < n_notes; ++j) {
      save_note(file, name, truth, &random);
    }
    (void)fprintf(file,
                  "{\"type\":\"file\",\"file\":\"%s\",\"label\":\"%s\","
                  "\"family\":\"%s\",\"confidence\":%.6f,\"notes\":%u,"
                  "\"seconds\":%.3f,\"rate\":44100}\n",
                  name,
                  known[truth].name,
                  known[truth].family,
                  0.5 + (0.5 * tmb_random_uniform(&random)),
                  n_notes,
                  20.0 * n_notes);
  }
  (void)fputs("{\"type\":\"file\",\"file\":\"</script><b>a</b> & \\\"b\\\"\","
              "\"label\":\"unknown\",\"family\":null,\"confidence\":null,"
              "\"notes\":0,\"seconds\":null,\"rate\":8000}\n",
              file);
  assert_int_equal(fclose(file), 0);
}
