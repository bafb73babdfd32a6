// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/fetching.h"

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void
fetch_fill_in(const HttpServer* const server,
              const char* const       from,
              char                    to[TEXT])
{
  size_t n = 0U;
  for (const char* c = from; *c; ++c) {
    const int n_more =
      *c == '@'
        ? snprintf(to + n, TEXT - n, "http://127.0.0.1:%u", http_port(server))
        : snprintf(to + n, TEXT - n, "%c", *c);
    n += (size_t)n_more;
    assert_true(n < TEXT);
  }
}

Process
fetch_expect(const HttpServer* const server,
             const int               status,
             const char* const       line)
{
  char text[TEXT];
  char whole[2U * TEXT];
  fetch_fill_in(server, line, text);
  (void)snprintf(
    whole, sizeof(whole), "fetch -o out --retry-delay 0.01 %s", text);
  const Process process = cli_run(whole, NULL);
  if (process.status != status || (!status && *process.err)) {
    fail_msg("%s: status %d, %s", line, process.status, process.err);
  }
  return process;
}

void
fetch_save_list(const HttpServer* const server, const char* const lines)
{
  char text[TEXT];
  fetch_fill_in(server, lines, text);
  bytes_save(text, strlen(text), "list");
}

bool
file_exists(const char* const path)
{
  struct stat info;
  return !lstat(path, &info);
}

void
fetch_expect_file(const char* const name,
                  const size_t      n,
                  const unsigned    version)
{
  char path[TEXT];
  (void)snprintf(path, sizeof(path), "out/%s", name);
  Bytes          found    = bytes_load(path);
  uint8_t* const expected = (uint8_t*)malloc(n + 1U);
  assert_non_null(expected);
  http_bytes(expected, n, version);
  assert_int_equal(found.n, n);
  assert_memory_equal(found.bytes, expected, n);
  free(expected);
  bytes_free(&found);

  (void)snprintf(path, sizeof(path), "out/%s.part", name);
  assert_false(file_exists(path));
  (void)snprintf(path, sizeof(path), "out/%s.part-stamp", name);
  assert_false(file_exists(path));
}

size_t
file_size(const char* const path)
{
  struct stat info;
  return stat(path, &info) ? 0U : (size_t)info.st_size;
}
