// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/outputs.h"

#include "tests/support/cmocka.h"
#include "tests/support/process.h"

#include <stdio.h>
#include <unistd.h>

const char*
output_beside(const char* const out, const char* const ending)
{
  static char path[128];
  (void)snprintf(path, sizeof(path), "%s%s", out, ending);
  return path;
}

bool
is_there(const char* const path)
{
  return !access(path, F_OK);
}

void
expect_same(const char* const a, const char* const b)
{
  const char* const arguments[] = { "/usr/bin/diff", "-rq", a, b, NULL };
  Process           process     = process_run(arguments, NULL);
  if (process.status) {
    fail_msg("%s%s", process.out, process.err);
  }
  process_free(&process);
}

void
expect_finished(const char* const out, const bool has_journal)
{
  assert_true(is_there(out));
  assert_false(is_there(output_beside(out, ".part")));
  assert_int_equal(is_there(output_beside(out, ".journal")), has_journal);
}

void
remove_all(const char* const path)
{
  const char* const arguments[] = { "/bin/rm", "-rf", path, NULL };
  Process           process     = process_run(arguments, NULL);
  assert_int_equal(process.status, 0);
  process_free(&process);
}

void
output_clear(const char* const out)
{
  remove_all(output_beside(out, ".journal"));
  remove_all(output_beside(out, ".part"));
  remove_all(out);
}
