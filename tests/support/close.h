// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_CLOSE_H
#define TMB_TEST_CLOSE_H

/// cmocka's own compares as float.
void
assert_close(double value, double expected, double tolerance);

#endif // TMB_TEST_CLOSE_H
