// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/spool.h"

#include "dsp/attributes.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define BLOCK_BYTES 16384U

int
tmb_spool_descriptor(const char** const folder)
{
  char              path[PATH_MAX];
  const char* const named = getenv("TMPDIR");
  *folder                 = named && *named ? named : "/tmp";
  const int n = snprintf(path, sizeof(path), "%s/timbrel-XXXXXX", *folder);
  if (n >= (int)sizeof(path)) {
    errno = ENAMETOOLONG;
    return -1;
  }

  const int fd = mkstemp(path);
  if (fd >= 0) {
    (void)unlink(path);
  }
  return fd;
}

FILE*
tmb_spool_open(TmbMessage* const why)
{
  const char* folder = NULL;
  const int   fd     = tmb_spool_descriptor(&folder);
  FILE* const spool  = fd < 0 ? NULL : fdopen(fd, "w+");
  if (!spool) {
    (void)tmb_fail(TMB_WRITE_FAILED,
                   why,
                   "a temporary file can't be written in %s: %s",
                   folder,
                   strerror(errno));
    if (fd >= 0) {
      (void)close(fd);
    }
  }
  return spool;
}

bool
tmb_spool_pour(FILE* const spool, FILE* const out)
{
  off_t left = ftello(spool);
  if (left < 0 || fflush(spool) || fseeko(spool, 0, SEEK_SET)) {
    return false;
  }

  char block[BLOCK_BYTES];
  while (left > 0) {
    const size_t most =
      left < (off_t)sizeof(block) ? (size_t)left : BLOCK_BYTES;
    const size_t n = fread(block, 1U, most, spool);
    if (!n || fwrite(block, 1U, n, out) != n) {
      return false;
    }
    left -= (off_t)n;
  }
  return !fseeko(spool, 0, SEEK_SET);
}
