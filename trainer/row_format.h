// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ROW_FORMAT_H
#define TMB_ROW_FORMAT_H

#include "trainer/rows.h"

/// Each function writes to `out`, and returns false if memory ran out.
struct TmbRowFormatImpl {
  const char* name;
  bool (*start)(FILE* out);                  ///< May be null
  bool (*open)(FILE* out, const char* path); ///< May be null
  bool (*note)(FILE* out, const char* path, const TmbNoteRow* note);
  bool (*file)(FILE* out, const char* path, const TmbFileRow* file);
  bool (*error)(FILE* out, const char* path, const char* reason);
};

extern const TmbRowFormat tmb_table_rows;
extern const TmbRowFormat tmb_jsonl_rows;
extern const TmbRowFormat tmb_csv_rows;

/// The instrument's name, or "unknown".
const char*
tmb_guess_label(const TmbGuess* guess);

/// The instrument's family; with a question mark, that of an unknown one; or
/// null.
const char*
tmb_guess_family(const TmbGuess* guess);

#endif // TMB_ROW_FORMAT_H
