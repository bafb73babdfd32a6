// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/xml.h"

#include "tests/support/cmocka.h"
#include "tests/support/process.h"

#include <stddef.h>

void
xml_expect(const char* const path)
{
  const char* const arguments[] = { "/usr/bin/xmllint", "--nonet", "--noout",
                                    "--huge",           path,      NULL };
  Process           process     = process_run(arguments, NULL);
  if (process.status || *process.err) {
    fail_msg("%s: %s", path, process.err);
  }
  process_free(&process);
}
