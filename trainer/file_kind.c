// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/file_kind.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/// Read the beginning of a file without waiting; what is not there stays 0.
static size_t
read_start(const char* const path, char* const bytes, const size_t size)
{
  const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    return 0U;
  }

  const ssize_t n = pread(fd, bytes, size, 0);
  (void)close(fd);
  return n > 0 ? (size_t)n : 0U;
}

bool
tmb_begins_like_model(const char* const path)
{
  static const char high[5] = { 0 };

  char bytes[9] = { 0 };
  return read_start(path, bytes, sizeof(bytes)) == sizeof(bytes) &&
         bytes[8] == '{' && !memcmp(bytes + 3, high, sizeof(high));
}

bool
tmb_begins_like_json(const char* const path)
{
  char bytes[64] = { 0 };
  (void)read_start(path, bytes, sizeof(bytes) - 1U);
  return bytes[strspn(bytes, " \t\r\n")] == '{';
}
