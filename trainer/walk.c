// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/// A folder that the walk is in.
typedef struct Folder {
  struct Folder*  parent;
  dev_t           device;
  ino_t           inode;
  struct dirent** entries; ///< [n_entries] Sorted
  int             n_entries;
  int             next;
  size_t          path_length; ///< Of this folder, in TmbWalk's path
} Folder;

struct TmbWalkImpl {
  char*   path; ///< Of the newest file or folder
  size_t  path_capacity;
  bool    started;
  Folder* folder; ///< The innermost, null before the first and after the last
};

bool
tmb_is_audio_name(const char* const name)
{
  static const char* const endings[] = {
    "wav", "wave", "bwf",  "rf64", "w64", "aif", "aiff", "aifc", "flac",
    "oga", "ogg",  "opus", "mp2",  "mp3", "au",  "snd",  "caf",
  };

  const char* const dot = strrchr(name, '.');
  for (size_t i = 0U; dot && i < sizeof(endings) / sizeof(*endings); ++i) {
    if (!strcasecmp(dot + 1, endings[i])) {
      return true;
    }
  }
  return false;
}

static int
is_visible(const struct dirent* const entry)
{
  return entry->d_name[0] != '.';
}

static int
by_bytes(const struct dirent** const a, const struct dirent** const b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

/// Make path the folder's, a slash, and the name.
static TmbStatus
set_path(TmbWalk* const    self,
         const size_t      folder_length,
         const char* const name)
{
  const size_t n_name = strlen(name);
  const size_t needed = folder_length + 1U + n_name + 1U;
  if (needed > self->path_capacity) {
    char* const path = (char*)realloc(self->path, 2U * needed);
    if (!path) {
      return TMB_NO_MEMORY;
    }
    self->path          = path;
    self->path_capacity = 2U * needed;
  }

  char* end = self->path + folder_length;
  if (folder_length && end[-1] != '/') {
    *end++ = '/';
  }
  memcpy(end, name, n_name + 1U);
  return TMB_OK;
}

TmbStatus
tmb_walk_new(const char* const root, TmbWalk** const walk)
{
  *walk = NULL;

  TmbWalk* const self = (TmbWalk*)calloc(1U, sizeof(TmbWalk));
  if (!self || set_path(self, 0U, root)) {
    tmb_walk_free(self);
    return TMB_NO_MEMORY;
  }
  *walk = self;
  return TMB_OK;
}

static void
leave_folder(TmbWalk* const self)
{
  Folder* const folder = self->folder;
  self->folder         = folder->parent;
  for (int i = folder->next; i < folder->n_entries; ++i) {
    free(folder->entries[i]);
  }
  free(folder->entries);
  free(folder);
}

void
tmb_walk_free(TmbWalk* const walk)
{
  if (walk) {
    while (walk->folder) {
      leave_folder(walk);
    }
    free(walk->path);
    free(walk);
  }
}

static bool
is_inside(const TmbWalk* const self, const struct stat* const status)
{
  for (const Folder* f = self->folder; f; f = f->parent) {
    if (f->device == status->st_dev && f->inode == status->st_ino) {
      return true;
    }
  }
  return false;
}

static TmbStatus
enter_folder(TmbWalk* const           self,
             const struct stat* const status,
             TmbMessage* const        why)
{
  Folder* const folder = (Folder*)calloc(1U, sizeof(Folder));
  if (!folder) {
    return TMB_NO_MEMORY;
  }

  folder->n_entries =
    scandir(self->path, &folder->entries, is_visible, by_bytes);
  if (folder->n_entries < 0) {
    const int error = errno;
    free(folder);
    return error == ENOMEM
             ? TMB_NO_MEMORY
             : tmb_fail(
                 TMB_NO_FILE, why, "%s: %s", self->path, strerror(error));
  }

  folder->parent      = self->folder;
  folder->device      = status->st_dev;
  folder->inode       = status->st_ino;
  folder->path_length = strlen(self->path);
  self->folder        = folder;
  return TMB_OK;
}

/// Look at what `path` now names: enter it, hand it over, or pass it by.
static TmbStatus
visit(TmbWalk* const     self,
      const bool         is_root,
      const char** const path,
      TmbMessage* const  why)
{
  struct stat status;
  if (!stat(self->path, &status) && S_ISDIR(status.st_mode)) {
    return is_inside(self, &status) ? TMB_OK : enter_folder(self, &status, why);
  }
  if (is_root || tmb_is_audio_name(self->path)) {
    *path = self->path;
  }
  return TMB_OK;
}

TmbStatus
tmb_walk_next(TmbWalk* const     walk,
              const char** const path,
              TmbMessage* const  why)
{
  *path            = NULL;
  TmbStatus status = TMB_OK;
  if (!walk->started) {
    walk->started = true;
    status        = visit(walk, true, path, why);
  }

  while (!status && !*path && walk->folder) {
    Folder* const folder = walk->folder;
    if (folder->next == folder->n_entries) {
      leave_folder(walk);
      continue;
    }

    struct dirent* const entry = folder->entries[folder->next++];
    status = set_path(walk, folder->path_length, entry->d_name);
    free(entry);
    if (!status) {
      status = visit(walk, false, path, why);
    }
  }
  if (status) {
    *path = walk->path;
  }
  return status == TMB_NO_MEMORY
           ? tmb_fail(status, why, "%s: out of memory", walk->path)
           : status;
}
