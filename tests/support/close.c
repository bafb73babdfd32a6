// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/close.h"

#include "tests/support/cmocka.h"

#include <math.h>

void
assert_close(const double value, const double expected, const double tolerance)
{
  if (!(fabs(value - expected) <= tolerance)) {
    fail_msg("%.9g is not %.9g", value, expected);
  }
}
