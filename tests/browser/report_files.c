// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Writes the files that check_report.sh makes pages of
// usage: report_files FOLDER

#include "tests/support/report_files.h"
#include "tests/support/cmocka.h"

#include <stdio.h>
#include <unistd.h>

int
main(const int argc, char** const argv)
{
  static const struct {
    const char* name;
    double      rate;
  } sweep[] = { { "rate-0.01", 0.01 },
                { "rate-0.001", 0.001 },
                { "rate-0.0001", 0.0001 } };

  if (argc != 2 || chdir(argv[1])) {
    (void)fputs("usage: report_files FOLDER\n", stderr);
    return 2;
  }

  json_t* const evaluation = report_evaluation(27U);
  assert_int_equal(json_dump_file(evaluation, "evaluation.json", 0), 0);
  json_decref(evaluation);
  for (size_t i = 0U; i < sizeof(sweep) / sizeof(*sweep); ++i) {
    char       path[64];
    TmbHistory history = report_history(sweep[i].name, 60U, sweep[i].rate);
    (void)snprintf(path, sizeof(path), "%s.csv", sweep[i].name);
    report_save_history(path, &history);
    tmb_history_clear(&history);
  }
  report_save_results("results.jsonl", 300U);
  return 0;
}
