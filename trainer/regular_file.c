// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static TmbStatus
check_kind(const struct stat* const status, TmbMessage* const reason)
{
  if (S_ISDIR(status->st_mode)) {
    return tmb_fail(TMB_NO_FILE, reason, "is a folder");
  }
  return S_ISREG(status->st_mode)
           ? TMB_OK
           : tmb_fail(TMB_NO_FILE, reason, "is not a regular file");
}

TmbStatus
tmb_open_regular(const char* const path,
                 int* const        fd,
                 uint64_t* const   n_bytes,
                 TmbMessage* const reason)
{
  // Looked at before, since to open some devices does something, and after,
  // since it may be another by then
  struct stat status = { 0 };
  TmbStatus   st     = stat(path, &status)
                         ? tmb_fail(TMB_NO_FILE, reason, "%s", strerror(errno))
                         : check_kind(&status, reason);
  int         file   = -1;
  if (!st) {
    file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    st   = (file < 0 || fstat(file, &status))
             ? tmb_fail(TMB_NO_FILE, reason, "%s", strerror(errno))
             : check_kind(&status, reason);
  }
  if (st && file >= 0) {
    (void)close(file);
  }

  *fd = st ? -1 : file;
  if (n_bytes) {
    *n_bytes = (uint64_t)status.st_size;
  }
  return st;
}

bool
tmb_is_same_file(const char* const a, const char* const b)
{
  struct stat x;
  struct stat y;
  return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}
