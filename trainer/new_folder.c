// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/new_folder.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LEFT 1000U ///< Folders left behind that are put up with

static TmbStatus
fail(const TmbNewFolder* const folder, const int error, TmbMessage* const why)
{
  return tmb_fail(TMB_WRITE_FAILED,
                  why,
                  "%s can't be written: %s",
                  folder->path,
                  strerror(error));
}

/// A folder's path without slashes at its end, which the caller frees.
static char*
trim(const char* const path)
{
  size_t n = strlen(path);
  while (n > 1U && path[n - 1U] == '/') {
    --n;
  }
  return strndup(path, n);
}

static bool
is_dots(const char* const name)
{
  return !strcmp(name, ".") || !strcmp(name, "..");
}

/// Why a folder can't take this place, or 0: rename() would tell, but late.
static int
find_hindrance(const char* const path)
{
  struct stat info;
  if (lstat(path, &info)) {
    return 0;
  }
  if (!S_ISDIR(info.st_mode)) {
    return EEXIST;
  }

  DIR* const entries = opendir(path);
  int        error   = entries ? 0 : errno;
  for (const struct dirent* entry = NULL;
       entries && !error && (entry = readdir(entries));) {
    error = is_dots(entry->d_name) ? 0 : ENOTEMPTY;
  }
  if (entries) {
    (void)closedir(entries);
  }
  return error;
}

TmbStatus
tmb_new_folder_open(const char* const   path,
                    TmbNewFolder* const folder,
                    TmbMessage* const   why)
{
  *folder           = (TmbNewFolder){ .path = trim(path) };
  const size_t size = strlen(path) + 48U;
  char* const  temp = (char*)malloc(size);
  if (!folder->path || !temp) {
    free(temp);
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }

  int error = find_hindrance(folder->path);
  if (!error) {
    // One that was killed leaves its folder, see tmb_new_file_open()
    error = EEXIST;
    for (unsigned i = 0U; i < MAX_LEFT && error == EEXIST; ++i) {
      (void)snprintf(
        temp, size, "%s.%ld-%u.tmp", folder->path, (long)getpid(), i);
      error = mkdir(temp, 0777) ? errno : 0;
    }
  }
  if (error) {
    free(temp);
    return fail(folder, error, why);
  }
  folder->temp = temp; // Ours to remove from now on
  return TMB_OK;
}

TmbStatus
tmb_new_folder_rename(TmbNewFolder* const folder, TmbMessage* const why)
{
  if (rename(folder->temp, folder->path)) {
    return fail(folder, errno, why);
  }
  free(folder->temp);
  folder->temp = NULL;
  return TMB_OK;
}

void
tmb_new_folder_discard(TmbNewFolder* const folder)
{
  DIR* const entries = folder->temp ? opendir(folder->temp) : NULL;
  for (const struct dirent* entry = NULL;
       entries && (entry = readdir(entries));) {
    if (!is_dots(entry->d_name)) {
      (void)unlinkat(dirfd(entries), entry->d_name, 0);
    }
  }
  if (entries) {
    (void)closedir(entries);
    (void)rmdir(folder->temp);
  }
  free(folder->temp);
  free(folder->path);
  *folder = (TmbNewFolder){ .path = NULL };
}
