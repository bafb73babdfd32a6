// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/csv_table.h"

#include "trainer/regular_file.h"

#include <csv.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define MAX_BYTES ((size_t)256U << 20U) ///< Larger files are refused

struct TmbCsvTableImpl {
  char*   text;   ///< All fields, each with its end
  size_t  n_text; ///< Bytes used
  size_t* fields; ///< [n_fields] Offsets into `text`, header first
  size_t  n_fields;
  size_t  n_columns;
};

/// What libcsv's callbacks work on.
typedef struct {
  TmbCsvTable* table;
  size_t       text_size;
  size_t       fields_size;
  size_t       row_start; ///< First field of the current row
  size_t       row;       ///< The header is row 1
  size_t       bad_row;   ///< The first one that is not as wide, or 0
  bool         is_full;   ///< Out of memory
} Reader;

/// Make room for one more field of n bytes.
static bool
reserve(Reader* const reader, const size_t n)
{
  TmbCsvTable* const table = reader->table;
  if (table->n_text + n + 1U > reader->text_size) {
    const size_t size = (2U * reader->text_size) + n + 4096U;
    char* const  text = (char*)realloc(table->text, size);
    if (!text) {
      return false;
    }
    table->text       = text;
    reader->text_size = size;
  }
  if (table->n_fields == reader->fields_size) {
    const size_t  size = (2U * reader->fields_size) + 64U;
    size_t* const fields =
      (size_t*)realloc(table->fields, size * sizeof(size_t));
    if (!fields) {
      return false;
    }
    table->fields       = fields;
    reader->fields_size = size;
  }
  return true;
}

static void
take_field(void* const bytes, const size_t n, void* const data)
{
  Reader* const      reader = (Reader*)data;
  TmbCsvTable* const table  = reader->table;
  if (reader->is_full || !reserve(reader, n)) {
    reader->is_full = true;
    return;
  }

  table->fields[table->n_fields++] = table->n_text;
  memcpy(table->text + table->n_text, bytes, n);
  table->text[table->n_text + n] = '\0';
  table->n_text += n + 1U;
}

static void
take_row(const int end, void* const data)
{
  (void)end;

  Reader* const      reader = (Reader*)data;
  TmbCsvTable* const table  = reader->table;
  const size_t       width  = table->n_fields - reader->row_start;
  if (reader->is_full) {
    return;
  }

  ++reader->row;
  if (reader->row == 1U) {
    table->n_columns = width;
    if (!strncmp(table->text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK))) {
      table->fields[0] += strlen(BYTE_ORDER_MARK); // Spreadsheets write it
    }
  } else if (width != table->n_columns && !reader->bad_row) {
    reader->bad_row = reader->row;
  }
  reader->row_start = table->n_fields;
}

static TmbStatus
parse(const int                fd,
      struct csv_parser* const parser,
      Reader* const            reader,
      const char* const        path,
      TmbMessage* const        why)
{
  char    block[16384];
  size_t  n_bytes = 0U;
  ssize_t n_read  = 0;
  while ((n_read = read(fd, block, sizeof(block))) > 0) {
    const size_t n = (size_t)n_read;
    if (csv_parse(parser, block, n, take_field, take_row, reader) != n) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: after line %zu, %s",
                      path,
                      reader->row,
                      csv_strerror(csv_error(parser)));
    }
    n_bytes += n;
    if (reader->is_full || n_bytes > MAX_BYTES) {
      return tmb_fail(TMB_NO_MEMORY, why, "%s: too large", path);
    }
  }
  if (n_read < 0) {
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", path, strerror(errno));
  }
  if (csv_fini(parser, take_field, take_row, reader)) {
    return tmb_fail(TMB_BAD_FILE, why, "%s: a quote is not closed", path);
  }
  if (reader->is_full) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: too large", path);
  }
  if (reader->bad_row) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: row %zu has not as many fields as the header",
                    path,
                    reader->bad_row);
  }
  return reader->table->n_columns
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE, why, "%s: the file is empty", path);
}

TmbStatus
tmb_csv_table_read(const char* const   path,
                   TmbCsvTable** const table,
                   TmbMessage* const   why)
{
  *table = NULL;

  int        fd = -1;
  TmbMessage reason;
  TmbStatus  status = tmb_open_regular(path, &fd, NULL, &reason);
  if (status) {
    return tmb_fail(status, why, "%s: %s", path, reason.text);
  }

  struct csv_parser  parser;
  TmbCsvTable* const self   = (TmbCsvTable*)calloc(1U, sizeof(TmbCsvTable));
  Reader             reader = { .table = self };

  status = TMB_NO_MEMORY;
  if (self && !csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI)) {
    status = parse(fd, &parser, &reader, path, why);
    csv_free(&parser);
  } else {
    (void)tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status));
  }

  (void)close(fd);
  if (status) {
    tmb_csv_table_free(self);
    return status;
  }
  *table = self;
  return TMB_OK;
}

void
tmb_csv_table_free(TmbCsvTable* const table)
{
  if (table) {
    free(table->fields);
    free(table->text);
    free(table);
  }
}

size_t
tmb_csv_table_rows(const TmbCsvTable* const table)
{
  return (table->n_fields / table->n_columns) - 1U;
}

size_t
tmb_csv_table_column(const TmbCsvTable* const table, const char* const name)
{
  for (size_t i = 0U; i < table->n_columns; ++i) {
    if (!strcmp(table->text + table->fields[i], name)) {
      return i;
    }
  }
  return TMB_NO_COLUMN;
}

const char*
tmb_csv_table_field(const TmbCsvTable* const table,
                    const size_t             row,
                    const size_t             column)
{
  return (column == TMB_NO_COLUMN)
           ? ""
           : table->text +
               table->fields[((row + 1U) * table->n_columns) + column];
}
