// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_TERMINAL_H
#define TMB_TEST_TERMINAL_H

#include <stddef.h>
#include <sys/types.h>

/**
   Run `timbrel` with arguments that spaces separate, and a terminal as stderr;
   its exit status must be 0.

   @param[out] text What the terminal was sent.
   @param n_bytes Of text, with the terminator.
   @return Bytes of it.
*/
size_t
terminal_run(const char* line, char* text, size_t n_bytes);

#endif // TMB_TEST_TERMINAL_H
