// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/new_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_ENDING 48U       ///< Of a temporary name, with the terminator
#define MAX_LEFT 1000U       ///< Files left behind that are put up with
#define BUFFER_BYTES 262144U ///< Written at a time

static TmbStatus
fail(const TmbNewFile* const file,
     const char* const       reason,
     TmbMessage* const       why)
{
  return tmb_fail(
    TMB_WRITE_FAILED, why, "%s can't be written: %s", file->path, reason);
}

/// A folder, a device or a pipe is no place for a file.
static TmbStatus
check_place(const TmbNewFile* const file, TmbMessage* const why)
{
  struct stat info;
  if (stat(file->path, &info) || S_ISREG(info.st_mode)) {
    return TMB_OK;
  }
  return fail(
    file, S_ISDIR(info.st_mode) ? strerror(EISDIR) : "not a regular file", why);
}

/// Begin a file under a name that nothing has.
static FILE*
open_beside(const char* const path, char* const temp, const size_t size)
{
  // One that was killed leaves its file, and the next may have its number, as
  // it has in a container that is started again
  FILE* out = NULL;
  errno     = EEXIST;
  for (unsigned i = 0U; !out && i < MAX_LEFT && errno == EEXIST; ++i) {
    (void)snprintf(temp, size, "%s.%ld-%u.tmp", path, (long)getpid(), i);
    out = fopen(temp, "w+bxe");
  }
  return out;
}

/// Begin a file under a name that only this process uses.
static FILE*
open_again(const char* const path, char* const temp, const size_t size)
{
  (void)snprintf(temp, size, "%s.part", path);
  (void)unlink(temp);
  return fopen(temp, "w+bxe");
}

static TmbStatus
open_file(const char* const path,
          FILE* (*const open_temp)(const char*, char*, size_t),
          TmbNewFile* const file,
          TmbMessage* const why)
{
  const size_t size = strlen(path) + MAX_ENDING;
  *file             = (TmbNewFile){ .path = strdup(path) };
  char* const temp  = (char*)malloc(size);
  if (!file->path || !temp) {
    free(temp);
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }

  const TmbStatus status = check_place(file, why);
  if (!status) {
    file->out = open_temp(path, temp, size);
  }
  if (!file->out) {
    const TmbStatus failed = status ? status : fail(file, strerror(errno), why);
    free(temp);
    return failed;
  }
  file->temp = temp; // Ours to remove from now on
  (void)setvbuf(file->out, NULL, _IOFBF, BUFFER_BYTES);
  return TMB_OK;
}

TmbStatus
tmb_new_file_open(const char* const path,
                  TmbNewFile* const file,
                  TmbMessage* const why)
{
  return open_file(path, open_beside, file, why);
}

TmbStatus
tmb_new_file_open_alone(const char* const path,
                        TmbNewFile* const file,
                        TmbMessage* const why)
{
  return open_file(path, open_again, file, why);
}

void
tmb_new_file_mark(TmbNewFile* const file)
{
  if (file->out) {
    file->mark = (int64_t)ftello(file->out);
  }
}

void
tmb_new_file_return(TmbNewFile* const file)
{
  if (file->out) {
    (void)fseeko(file->out, (off_t)file->mark, SEEK_SET);
  }
}

TmbStatus
tmb_new_file_check(const TmbNewFile* const file, TmbMessage* const why)
{
  return (file->out && ferror(file->out)) ? fail(file, strerror(errno), why)
                                          : TMB_OK;
}

static TmbStatus
close_file(TmbNewFile* const file, const bool syncs, TmbMessage* const why)
{
  if (!file->out) {
    return TMB_OK;
  }

  // More than this may have been written before a tmb_new_file_return()
  FILE* const out = file->out;
  const off_t end = ftello(out);
  bool        ok  = !ferror(out) && !fflush(out) && end >= 0 &&
            !ftruncate(fileno(out), end) && (!syncs || !fsync(fileno(out)));
  int error = errno;
  if (fclose(out) && ok) {
    ok    = false;
    error = errno;
  }
  file->out = NULL;
  return ok ? TMB_OK : fail(file, strerror(error), why);
}

TmbStatus
tmb_new_file_close(TmbNewFile* const file, TmbMessage* const why)
{
  return close_file(file, true, why);
}

TmbStatus
tmb_new_file_close_early(TmbNewFile* const file, TmbMessage* const why)
{
  return close_file(file, false, why);
}

TmbStatus
tmb_new_file_rename(TmbNewFile* const file, TmbMessage* const why)
{
  if (file->temp && rename(file->temp, file->path)) {
    return fail(file, strerror(errno), why);
  }
  free(file->temp);
  file->temp = NULL;
  return TMB_OK;
}

void
tmb_new_file_discard(TmbNewFile* const file)
{
  if (file->out) {
    (void)fclose(file->out);
  }
  if (file->temp) {
    (void)remove(file->temp);
  }
  free(file->temp);
  free(file->path);
  *file = (TmbNewFile){ .out = NULL };
}
