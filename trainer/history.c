// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/history.h"

#include "trainer/csv_table.h"

#include <jansson.h>

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "history.csv"
#define NUMBER_FLAGS (JSON_ENCODE_ANY | JSON_REAL_PRECISION(9))

/// The columns after the epoch, in the order in which they are written.
static const struct {
  const char* name;
  size_t      offset; ///< In a row
  double      most;   ///< The least is 0
} columns[] = {
  { "learning_rate", offsetof(TmbHistoryRow, learning_rate), HUGE_VAL },
  { "loss", offsetof(TmbHistoryRow, loss), HUGE_VAL },
  { "accuracy", offsetof(TmbHistoryRow, accuracy), 1.0 },
  { "validation_loss", offsetof(TmbHistoryRow, validation_loss), HUGE_VAL },
  { "validation_accuracy", offsetof(TmbHistoryRow, validation_accuracy), 1.0 },
  { "seconds", offsetof(TmbHistoryRow, seconds), HUGE_VAL },
};

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

static double*
value_of(TmbHistoryRow* const row, const size_t column)
{
  return (double*)(void*)((char*)row + columns[column].offset);
}

TmbStatus
tmb_history_add(TmbHistory* const history, const TmbHistoryRow* const row)
{
  const uint32_t n    = history->n_rows;
  const uint32_t last = n ? history->rows[n - 1U].epoch : 0U;
  if (row->epoch <= last || n >= TMB_MAX_EPOCHS) {
    return TMB_BAD_ARG;
  }

  if (!(n & (n - 1U))) { // Full at each power of two
    const size_t         size = n ? 2U * (size_t)n : 1U;
    TmbHistoryRow* const grown =
      (TmbHistoryRow*)realloc(history->rows, size * sizeof(TmbHistoryRow));
    if (!grown) {
      return TMB_NO_MEMORY;
    }
    history->rows = grown;
  }
  history->rows[history->n_rows++] = *row;
  return TMB_OK;
}

void
tmb_history_write_head(FILE* const out)
{
  (void)fputs("epoch", out);
  for (size_t i = 0U; i < N_COLUMNS; ++i) {
    (void)fprintf(out, ",%s", columns[i].name);
  }
  (void)fputs("\r\n", out);
}

void
tmb_history_write_row(FILE* const out, const TmbHistoryRow* const row)
{
  TmbHistoryRow copy = *row;
  (void)fprintf(out, "%u", row->epoch);
  for (size_t i = 0U; i < N_COLUMNS; ++i) {
    // JSON's numbers have a point in any locale; what is not finite has none
    json_t* const number = json_real(*value_of(&copy, i));
    (void)fputc(',', out);
    (void)json_dumpf(number, out, NUMBER_FLAGS);
    json_decref(number);
  }
  (void)fputs("\r\n", out);
}

/// Read a cell as a number from 0 to `most`; an empty one is NaN.
static bool
read_number(const char* const text, const double most, double* const value)
{
  *value = (double)NAN;
  if (!*text) {
    return true;
  }

  json_t* const number = json_loads(text, JSON_DECODE_ANY, NULL);
  const bool    found  = json_is_number(number);
  if (found) {
    *value = json_number_value(number);
  }
  json_decref(number);
  return found && *value >= 0.0 && *value <= most;
}

/// Read a cell as the epoch that comes after the last one.
static bool
read_epoch(const char* const text, uint32_t* const epoch)
{
  const uint32_t last  = *epoch;
  double         value = 0.0;
  if (!read_number(text, (double)UINT32_MAX, &value) ||
      !(value > (double)last) || value != floor(value)) {
    return false;
  }
  *epoch = (uint32_t)value;
  return true;
}

static TmbStatus
read_row(const TmbCsvTable* const table,
         const size_t             index,
         TmbHistoryRow* const     row,
         const char* const        path,
         TmbMessage* const        why)
{
  const char* const epoch =
    tmb_csv_table_field(table, index, tmb_csv_table_column(table, "epoch"));
  if (!read_epoch(epoch, &row->epoch)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: row %zu has the epoch \"%.40s\", not one above %u",
                    path,
                    index + 2U,
                    epoch,
                    row->epoch);
  }

  for (size_t i = 0U; i < N_COLUMNS; ++i) {
    const char* const text = tmb_csv_table_field(
      table, index, tmb_csv_table_column(table, columns[i].name));
    if (!read_number(text, columns[i].most, value_of(row, i))) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: row %zu has the %s \"%.40s\", not a number %s",
                      path,
                      index + 2U,
                      columns[i].name,
                      text,
                      columns[i].most > 1.0 ? "of 0 or more" : "from 0 to 1");
    }
  }
  return TMB_OK;
}

static TmbStatus
check_head(const TmbCsvTable* const table,
           const char* const        path,
           TmbMessage* const        why)
{
  bool        is_complete = true;
  const char* missing     = "epoch";
  is_complete = tmb_csv_table_column(table, missing) != TMB_NO_COLUMN;
  for (size_t i = 0U; is_complete && i < N_COLUMNS; ++i) {
    missing     = columns[i].name;
    is_complete = tmb_csv_table_column(table, missing) != TMB_NO_COLUMN;
  }
  return is_complete ? TMB_OK
                     : tmb_fail(TMB_BAD_FILE,
                                why,
                                "%s: row 1 has no column \"%s\"",
                                path,
                                missing);
}

static TmbStatus
read_rows(const TmbCsvTable* const table,
          TmbHistory* const        history,
          const char* const        path,
          TmbMessage* const        why)
{
  const size_t n_rows = tmb_csv_table_rows(table);
  if (!n_rows || n_rows > TMB_MAX_EPOCHS) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: it has %zu epochs, not 1 to %u",
                    path,
                    n_rows,
                    TMB_MAX_EPOCHS);
  }

  TmbStatus     status = check_head(table, path, why);
  TmbHistoryRow row    = { .epoch = 0U };
  for (size_t i = 0U; !status && i < n_rows; ++i) {
    status = read_row(table, i, &row, path, why);
    if (!status) {
      status = tmb_history_add(history, &row);
      (void)(status
               ? tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status))
               : TMB_OK);
    }
  }
  return status;
}

/// Whether an epoch is better than another, or than none.
static bool
is_better(const TmbHistoryRow* const a, const TmbHistoryRow* const b)
{
  if (!b || isnan(b->validation_loss) > isnan(a->validation_loss)) {
    return true;
  }
  if (isnan(a->validation_loss)) {
    return isnan(b->validation_loss) && a->loss < b->loss;
  }
  const double gain = a->validation_accuracy - b->validation_accuracy;
  return gain > 0.0 ||
         (!(gain < 0.0) && a->validation_loss < b->validation_loss);
}

const TmbHistoryRow*
tmb_history_best(const TmbHistory* const history)
{
  const TmbHistoryRow* best = NULL;
  for (uint32_t i = 0U; i < history->n_rows; ++i) {
    const TmbHistoryRow* const row = &history->rows[i];
    const bool is_known = !isnan(row->validation_loss) || !isnan(row->loss);
    if (is_known && is_better(row, best)) {
      best = row;
    }
  }
  return best;
}

uint32_t
tmb_history_best_of(const TmbHistory* const histories, const uint32_t n)
{
  uint32_t             best     = n;
  const TmbHistoryRow* best_row = NULL;
  for (uint32_t i = 0U; i < n; ++i) {
    const TmbHistoryRow* const row = tmb_history_best(&histories[i]);
    if (row && !isnan(row->validation_loss) && is_better(row, best_row)) {
      best     = i;
      best_row = row;
    }
  }
  return best;
}

/// The file's name without its extension, or the folder's; null if memory is
/// out.
static char*
name_of(const char* const path)
{
  const char* start = strrchr(path, '/');
  start             = start ? start + 1 : path;
  const char* end   = strrchr(start, '.');
  if (!strcmp(start, FILE_NAME) && start > path + 1) {
    end = start - 1;
    for (start = end; start > path && start[-1] != '/';) {
      --start;
    }
  }
  return (end && end > start) ? strndup(start, (size_t)(end - start))
                              : strdup(start);
}

TmbStatus
tmb_history_read(const char* const path,
                 TmbHistory* const history,
                 TmbMessage* const why)
{
  TmbCsvTable* table = NULL;
  *history           = (TmbHistory){ .name = name_of(path) };
  if (!history->name) {
    return tmb_fail(
      TMB_NO_MEMORY, why, "%s: %s", path, tmb_strstatus(TMB_NO_MEMORY));
  }

  TmbStatus status = tmb_csv_table_read(path, &table, why);
  if (!status) {
    status = read_rows(table, history, path, why);
    tmb_csv_table_free(table);
  }
  return status;
}

void
tmb_history_clear(TmbHistory* const history)
{
  free(history->rows);
  free(history->name);
  *history = (TmbHistory){ .name = NULL };
}
