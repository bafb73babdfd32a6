// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_FETCHING_H
#define TMB_TEST_FETCHING_H

#include "tests/support/http.h"
#include "tests/support/process.h"

#include <stdbool.h>
#include <stddef.h>

#define N 200000U   ///< Bytes of a file, more than sockets hold
#define CUT 70000U  ///< Of them, those before a cut
#define TEXT 512U   ///< Bytes of a line or a list
#define TAG "\"v\"" ///< An ETag

#define SERVE(replies) http_start(replies, sizeof(replies) / sizeof(*(replies)))

/*
  Running `timbrel fetch` in the current folder, into its folder "out".
*/

/// Write the server's address in place of each @.
void
fetch_fill_in(const HttpServer* server, const char* from, char to[TEXT]);

/// Run with a short delay, and demand an exit status, and nothing on stderr if
/// it is 0.  `line` is options and arguments, to be filled in.
Process
fetch_expect(const HttpServer* server, int status, const char* line);

/// Write the file "list", filled in.
void
fetch_save_list(const HttpServer* server, const char* lines);

/// Demand a version of a file, and that nothing of its part is left.
void
fetch_expect_file(const char* name, size_t n, unsigned version);

/// Whether there is anything of this name.
bool
file_exists(const char* path);

/// Bytes of a file, 0 if there is none.
size_t
file_size(const char* path);

#endif // TMB_TEST_FETCHING_H
