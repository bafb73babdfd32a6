// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/results.h"

#include "tests/support/cli.h"
#include "tests/support/files.h"

#include <stdio.h>
#include <string.h>

void
results_save(const char* const text, const char* const path)
{
  bytes_save(text, strlen(text), path);
}

json_t*
results_summarise(const char* const paths)
{
  char line[256];
  (void)snprintf(line, sizeof(line), "summary --json x.json %s", paths);
  cli_run_well(line);
  return json_of_file("x.json");
}
