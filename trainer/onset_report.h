// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ONSET_REPORT_H
#define TMB_ONSET_REPORT_H

#include "trainer/onset_score.h"

/// What a row tells of.
typedef enum { TMB_ROW_FILE, TMB_ROW_FOLDER, TMB_ROW_TOTAL } TmbOnsetRowType;

/// What a detector did on a file, a folder or all.
typedef struct {
  TmbOnsetRowType      type;
  const char*          name; ///< Path; any bytes
  const char*          detector;
  const TmbOnsetScore* score;
} TmbOnsetRow;

/// A way to print rows to stdout: #TMB_OK or #TMB_NO_MEMORY.
typedef struct {
  const char* name;
  void (*head)(void);
  TmbStatus (*row)(const TmbOnsetRow* row);
} TmbOnsetFormat;

/// A format by its name, "table" or "jsonl", or null.
const TmbOnsetFormat*
tmb_onset_format(const char* name);

#endif // TMB_ONSET_REPORT_H
