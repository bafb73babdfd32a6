// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CSV_TABLE_H
#define TMB_CSV_TABLE_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define TMB_NO_COLUMN ((size_t)-1)

/// A comma-separated file with a header line, RFC 4180, in memory.
typedef struct TmbCsvTableImpl TmbCsvTable;

/**
   Read a whole file.

   @param[out] table Owned by the caller, freed with tmb_csv_table_free().
   @param[out] why One sentence that names the path and, where it can, the line.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE (also if a row has more or fewer
   fields than the header) or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_csv_table_read(const char* path, TmbCsvTable** table, TmbMessage* why);

void
tmb_csv_table_free(TmbCsvTable* table);

/// Rows below the header.
size_t
tmb_csv_table_rows(const TmbCsvTable* table);

/// Column by its name in the header, or #TMB_NO_COLUMN.
size_t
tmb_csv_table_column(const TmbCsvTable* table, const char* name);

/// A field; empty if `column` is #TMB_NO_COLUMN.
const char*
tmb_csv_table_field(const TmbCsvTable* table, size_t row, size_t column);

#endif // TMB_CSV_TABLE_H
