// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/walk.h"

#include "trainer/decoder.h"
#include "trainer/text.h"

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
  char*           real_path; ///< Of the root and of what a link led to, or null
  bool            has_any;   ///< Whether something came of it
  struct dirent** entries;   ///< [n_entries] Sorted
  int             n_entries;
  int             next;
  size_t          path_length; ///< Of this folder, in TmbWalk's path
} Folder;

struct TmbWalkImpl {
  TmbProbe probe; ///< May be null
  void*    data;
  char*    path; ///< Of the newest file or folder
  size_t   path_capacity;
  bool     started;
  Folder*  folder; ///< The innermost, null before the first and after the last
};

bool
tmb_is_audio_name(const char* const name)
{
  const char* const     dot  = strrchr(name, '.');
  const TmbDecoderKind* kind = NULL;
  for (size_t i = 0U; dot && (kind = tmb_decoder_kind(i)); ++i) {
    for (const char* const* end = kind->endings; *end; ++end) {
      if (!strcasecmp(dot + 1, *end)) {
        return true;
      }
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

static bool
takes(const TmbWalk* const self, const char* const path)
{
  return tmb_is_audio_name(path) ||
         (self->probe && self->probe(self->data, path));
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
tmb_walk_new(const char* const root,
             const TmbProbe    probe,
             void* const       data,
             TmbWalk** const   walk)
{
  *walk = NULL;

  TmbWalk* const self = (TmbWalk*)calloc(1U, sizeof(TmbWalk));
  if (!self || set_path(self, 0U, root)) {
    tmb_walk_free(self);
    return TMB_NO_MEMORY;
  }
  self->probe = probe;
  self->data  = data;
  *walk       = self;
  return TMB_OK;
}

static void
leave_folder(TmbWalk* const self)
{
  Folder* const folder = self->folder;
  self->folder         = folder->parent;
  if (folder->parent) {
    folder->parent->has_any |= folder->has_any;
  }
  for (int i = folder->next; i < folder->n_entries; ++i) {
    free(folder->entries[i]);
  }
  free(folder->entries);
  free(folder->real_path);
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

/// Whether no part of a path below a folder is hidden.
static bool
is_all_visible(const char* const below)
{
  return below[0] != '.' && !strstr(below, "/.");
}

/**
   Whether the walk comes to what a link leads to by its own name.

   That asks for no list of what was found: all that is below a folder of the
   walk, and not hidden, has its turn.
*/
static bool
has_own_name(const TmbWalk* const self,
             const char* const    real_path,
             const bool           is_folder)
{
  for (const Folder* f = self->folder; f; f = f->parent) {
    const size_t n = f->real_path ? strlen(f->real_path) : 0U;
    if (n && !strncmp(real_path, f->real_path, n)) {
      const char* const below = real_path + n + (f->real_path[n - 1U] != '/');
      if (below[-1] == '/' && is_all_visible(below)) {
        return is_folder || takes(self, real_path);
      }
    }
  }
  return false;
}

/// @param real_path Taken over, also on error; or null.
static TmbStatus
enter_folder(TmbWalk* const           self,
             const struct stat* const status,
             char* const              real_path,
             TmbMessage* const        why)
{
  Folder* const folder = (Folder*)calloc(1U, sizeof(Folder));
  if (!folder) {
    free(real_path);
    return TMB_NO_MEMORY;
  }

  folder->n_entries =
    scandir(self->path, &folder->entries, is_visible, by_bytes);
  if (folder->n_entries < 0) {
    const int error = errno;
    free(real_path);
    free(folder);
    return error == ENOMEM ? TMB_NO_MEMORY
                           : tmb_fail(TMB_NO_FILE,
                                      why,
                                      "%s: %s",
                                      tmb_text_shown(self->path),
                                      strerror(error));
  }

  folder->parent      = self->folder;
  folder->device      = status->st_dev;
  folder->inode       = status->st_ino;
  folder->real_path   = real_path;
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
  const bool  is_link =
    !is_root && !lstat(self->path, &status) && S_ISLNK(status.st_mode);
  const bool is_folder = !stat(self->path, &status) && S_ISDIR(status.st_mode);

  char* real_path = NULL;
  if (is_link || (is_root && is_folder)) {
    real_path = realpath(self->path, NULL);
    if (!real_path && errno == ENOMEM) {
      return TMB_NO_MEMORY;
    }
  }

  const bool is_met =
    (is_folder && is_inside(self, &status)) ||
    (is_link && real_path && has_own_name(self, real_path, is_folder));
  if (is_folder && !is_met) {
    return enter_folder(self, &status, real_path, why);
  }
  free(real_path);
  if (!is_folder && !is_met && (is_root || takes(self, self->path))) {
    *path = self->path;
  }
  return TMB_OK;
}

/// Behind a folder's last entry; one that is named like a file must hold some.
static TmbStatus
end_folder(TmbWalk* const self, TmbMessage* const why)
{
  const Folder* const folder      = self->folder;
  const bool          is_bad      = folder->parent && !folder->has_any;
  self->path[folder->path_length] = '\0';
  leave_folder(self);
  return is_bad && tmb_is_audio_name(self->path)
           ? tmb_fail(TMB_NO_FILE,
                      why,
                      "%s: there is no sound file in this folder",
                      tmb_text_shown(self->path))
           : TMB_OK;
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
      status = end_folder(walk, why);
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
  if (*path && walk->folder) {
    walk->folder->has_any = true;
  }
  return status == TMB_NO_MEMORY
           ? tmb_fail(
               status, why, "%s: out of memory", tmb_text_shown(walk->path))
           : status;
}
