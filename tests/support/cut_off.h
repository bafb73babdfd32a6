// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_CUT_OFF_H
#define TMB_TEST_CUT_OFF_H

#include "tests/support/process.h"

/// Lines of a file; 0 if it is not there.
unsigned
count_lines(const char* path);

/**
   Run `timbrel` with arguments that spaces separate, and send it a signal once
   a file has so many lines.

   @return What became of it; fails if it ended by itself before that.
*/
Process
cut_off(const char* line, const char* path, unsigned n_lines, int signal);

#endif // TMB_TEST_CUT_OFF_H
