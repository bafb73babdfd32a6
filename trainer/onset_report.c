// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/onset_report.h"

#include "trainer/text.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* const type_names[] = { "file", "folder", "total" };

static void
no_head(void)
{}

static void
table_head(void)
{
  (void)puts(
    "                            within 50 ms               within 25 ms      "
    "    delay, ms  deviation, ms\n"
    "detector files onsets  found  prec. recall     F  found  prec. recall    "
    " F  median  95 %  median  mean  folder");
}

/// A number in a column, a dash if it is not known.
static void
print_cell(const int width, const int decimals, const double value)
{
  if (isnan(value)) {
    (void)printf("%*s", width, "-");
  } else {
    (void)printf("%*.*f", width, decimals, value);
  }
}

static TmbStatus
table_row(const TmbOnsetRow* const row)
{
  TmbOnsetTimes   times;
  const TmbStatus status = tmb_onset_times(row->score, &times);
  char* const     name   = tmb_text_clean(row->name, true);
  if (status || !name) {
    free(name);
    return TMB_NO_MEMORY;
  }

  (void)printf("%-8s%6zu%7zu",
               row->detector,
               row->score->n_files,
               row->score->n_annotated);
  for (unsigned i = 0U; i < TMB_N_TOLERANCES; ++i) {
    const TmbOnsetRates rates = tmb_onset_rates(row->score, i);
    (void)printf("%7zu", row->score->n_found[i]);
    print_cell(7, 3, rates.precision);
    print_cell(7, 3, rates.recall);
    print_cell(6, 3, rates.f);
  }
  print_cell(8, 1, 1e3 * times.delay_median_s);
  print_cell(6, 1, 1e3 * times.delay_95_s);
  print_cell(8, 1, 1e3 * times.deviation_median_s);
  print_cell(6, 1, 1e3 * times.deviation_mean_s);
  (void)printf("  %s\n", name);
  free(name);
  return TMB_OK;
}

/// Six decimals, as in `label`.
static json_t*
json_number(const double value)
{
  return isnan(value) ? json_null() : json_real(round(value * 1e6) / 1e6);
}

static json_t*
json_rates(const TmbOnsetScore* const score, const unsigned tolerance)
{
  const TmbOnsetRates rates = tmb_onset_rates(score, tolerance);
  return json_pack("{s:f, s:I, s:o, s:o, s:o}",
                   "tolerance",
                   tmb_onset_tolerances[tolerance],
                   "found",
                   (json_int_t)score->n_found[tolerance],
                   "precision",
                   json_number(rates.precision),
                   "recall",
                   json_number(rates.recall),
                   "f",
                   json_number(rates.f));
}

static TmbStatus
jsonl_row(const TmbOnsetRow* const row)
{
  TmbOnsetTimes        times;
  const TmbOnsetScore* score  = row->score;
  const TmbStatus      status = tmb_onset_times(score, &times);
  char* const          name   = tmb_text_clean(row->name, false);
  json_t* const        json =
    (status || !name)
             ? NULL
             : json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:[o,o], s:o, s:o, s:o, s:o}",
                  "type",
                  type_names[row->type],
                  "name",
                  name,
                  "detector",
                  row->detector,
                  "files",
                  (json_int_t)score->n_files,
                  "onsets",
                  (json_int_t)score->n_annotated,
                  "told",
                  (json_int_t)score->n_told,
                  "within",
                  json_rates(score, TMB_WITHIN_50_MS),
                  json_rates(score, TMB_WITHIN_25_MS),
                  "delay_median",
                  json_number(times.delay_median_s),
                  "delay_95",
                  json_number(times.delay_95_s),
                  "deviation_median",
                  json_number(times.deviation_median_s),
                  "deviation_mean",
                  json_number(times.deviation_mean_s));
  const int error =
    json ? json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15))
         : -1;
  if (!error) {
    (void)putchar('\n');
  }
  json_decref(json);
  free(name);
  // What can't be written is reported at the end, as for all output
  return (error && !ferror(stdout)) ? TMB_NO_MEMORY : TMB_OK;
}

const TmbOnsetFormat*
tmb_onset_format(const char* const name)
{
  static const TmbOnsetFormat formats[] = {
    { "table", table_head, table_row },
    { "jsonl", no_head, jsonl_row },
  };

  for (size_t i = 0U; i < sizeof(formats) / sizeof(*formats); ++i) {
    if (!strcmp(name, formats[i].name)) {
      return &formats[i];
    }
  }
  return NULL;
}
