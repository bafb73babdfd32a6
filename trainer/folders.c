// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/folders.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static TmbStatus
cannot_write(const char* const path,
             const char* const reason,
             TmbMessage* const why)
{
  return tmb_fail(
    TMB_WRITE_FAILED, why, "%s can't be written: %s", path, reason);
}

TmbStatus
tmb_folders_above(char* const path, TmbMessage* const why)
{
  assert(path);

  TmbStatus status = TMB_OK;
  for (char* slash = path; !status && (slash = strchr(slash + 1U, '/'));) {
    struct stat info;
    *slash = '\0';
    if (mkdir(path, 0777U) && errno != EEXIST) {
      const int error = errno; // Some answer so also if it is there
      if (stat(path, &info) || !S_ISDIR(info.st_mode)) {
        status = cannot_write(path, strerror(error), why);
      }
    }
    *slash = '/';
  }
  return status;
}

TmbStatus
tmb_folders_make(const char* const folder, TmbMessage* const why)
{
  const size_t size = strlen(folder) + 3U;
  char* const  path = (char*)malloc(size);
  if (!path) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", folder);
  }
  (void)snprintf(path, size, "%s/.", folder);

  TmbStatus status = tmb_folders_above(path, why);
  if (!status && faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS)) {
    status = cannot_write(folder, strerror(errno), why);
  }
  free(path);
  return status;
}

void
tmb_folders_sync(const char* const path)
{
  const char* const slash  = strrchr(path, '/');
  const size_t      n      = slash ? (size_t)(slash - path) + 1U : 0U;
  char* const       folder = (char*)malloc(n + 2U);
  if (!folder) {
    return;
  }
  memcpy(folder, path, n);
  memcpy(folder + n, ".", 2U);

  const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    (void)fsync(fd); // Which not every file system can
    (void)close(fd);
  }
  free(folder);
}
