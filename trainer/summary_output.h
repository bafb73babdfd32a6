// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SUMMARY_OUTPUT_H
#define TMB_SUMMARY_OUTPUT_H

#include "dsp/attributes.h"
#include "trainer/summary.h"

#include <stdbool.h>
#include <stdio.h>

/*
  A finished summary for people and for programs.  The caller looks after
  errors of `out`.
*/

/// Write tables for a terminal.
void
tmb_summary_write_table(const TmbSummary* summary, FILE* out);

/// Write a JSON document; false if memory is out.
TMB_NODISCARD bool
tmb_summary_write_json(const TmbSummary* summary, FILE* out);

/**
   Write a page with graphs, and with a table of all files that can be searched
   and sorted: about 100 bytes a file.  It loads nothing, whatever the files'
   names hold.
*/
void
tmb_summary_write_page(const TmbSummary* summary, FILE* out);

#endif // TMB_SUMMARY_OUTPUT_H
