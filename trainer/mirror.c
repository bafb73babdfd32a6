// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// For syncfs(); NOLINTNEXTLINE(bugprone-reserved-identifier)
#define _GNU_SOURCE

#include "trainer/mirror.h"

#include "trainer/folders.h"
#include "trainer/new_file.h"
#include "trainer/path_hash.h"
#include "trainer/path_set.h"
#include "trainer/spool.h"
#include "trainer/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct TmbMirrorImpl {
  char*       folder;
  char*       extension;
  TmbPathSet* claimed; ///< Places of paths
};

TmbStatus
tmb_mirror_new(const char* const folder,
               const char* const extension,
               TmbMirror** const mirror,
               TmbMessage* const why)
{
  *mirror               = NULL;
  TmbMirror* const self = (TmbMirror*)calloc(1U, sizeof(TmbMirror));
  if (!self) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", folder);
  }

  self->folder    = strdup(folder);
  self->extension = strdup(extension);
  self->claimed   = tmb_path_set_new();

  const TmbStatus status =
    self->folder && self->extension && self->claimed
      ? tmb_folders_make(folder, why)
      : tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", folder);
  if (status) {
    tmb_mirror_free(self);
    return status;
  }
  *mirror = self;
  return TMB_OK;
}

void
tmb_mirror_free(TmbMirror* const mirror)
{
  if (mirror) {
    tmb_path_set_free(mirror->claimed);
    free(mirror->extension);
    free(mirror->folder);
    free(mirror);
  }
}

/// The end of a path without its last component, at or behind `begin`.
static char*
drop_last(const char* const begin, char* end)
{
  while (end > begin && *--end != '/') {
  }
  return end;
}

/// Where a path's file is to be, to be freed; null if memory is out.
static char*
map_path(const TmbMirror* const self, const char* path)
{
  const size_t n_folder = strlen(self->folder);
  char* const  place =
    (char*)malloc(n_folder + strlen(path) + strlen(self->extension) + 2U);
  if (!place) {
    return NULL;
  }

  char* const begin = place + n_folder;
  char*       end   = begin;
  memcpy(place, self->folder, n_folder);
  while (*path) {
    const size_t n = strcspn(path, "/");
    if (n == 2U && !memcmp(path, "..", 2U)) {
      end = drop_last(begin, end);
    } else if (n && !(n == 1U && *path == '.')) {
      *end = '/';
      memcpy(end + 1, path, n);
      end += n + 1U;
    }
    path += n + (path[n] == '/');
  }
  if (end == begin) {
    *end++ = '/'; // No file's path, but nothing may stand beside the folder
  }
  memcpy(end, self->extension, strlen(self->extension) + 1U);
  return place;
}

TmbStatus
tmb_mirror_claim(TmbMirror* const  self,
                 const char* const path,
                 char** const      place,
                 TmbMessage* const why)
{
  TmbStatus status = TMB_OK;
  *place           = map_path(self, path);
  if (*place && tmb_path_set_has(self->claimed, tmb_path_hash(*place))) {
    status = tmb_fail(TMB_BAD_ARG,
                      why,
                      "%s: its file is another recording's already: %s",
                      tmb_text_shown(path),
                      tmb_text_shown(*place));
  } else if (!*place ||
             tmb_path_set_add(self->claimed, tmb_path_hash(*place))) {
    status =
      tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", tmb_text_shown(path));
  }
  if (status) {
    free(*place);
    *place = NULL;
  }
  return status;
}

/// Whether no file can be made anywhere in the folder.
static bool
is_full(const TmbMirror* const self)
{
  struct statvfs info;
  return !statvfs(self->folder, &info) &&
         (!info.f_bavail || (info.f_files && !info.f_favail));
}

/// Begin a file and the folders that it stands in.
static TmbStatus
begin(const TmbMirror* const self,
      char* const            place,
      TmbNewFile* const      file,
      TmbMessage* const      why)
{
  *file            = (TmbNewFile){ .out = NULL };
  TmbStatus status = tmb_folders_above(place, why);
  if (!status) {
    status = tmb_new_file_open_alone(place, file, why);
  }
  return status == TMB_WRITE_FAILED && !is_full(self) ? TMB_NO_FILE : status;
}

TmbStatus
tmb_mirror_save(const TmbMirror* const self,
                char* const            place,
                FILE* const            spool,
                TmbMessage* const      why)
{
  TmbNewFile file;
  TmbStatus  status = begin(self, place, &file, why);
  if (!status && !tmb_spool_pour(spool, file.out)) {
    status = tmb_fail(
      TMB_WRITE_FAILED, why, "%s can't be written: %s", place, strerror(errno));
  }
  if (!status) {
    status = tmb_new_file_close_early(&file, why);
  }
  if (!status) {
    status = tmb_new_file_rename(&file, why);
  }
  tmb_new_file_discard(&file);
  return status;
}

TmbStatus
tmb_mirror_sync(const TmbMirror* const self, TmbMessage* const why)
{
  const int  fd        = open(self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = fd >= 0 && !syncfs(fd);
  const int  error     = errno;
  if (fd >= 0) {
    (void)close(fd);
  }
  return is_synced ? TMB_OK
                   : tmb_fail(TMB_WRITE_FAILED,
                              why,
                              "%s can't be written: %s",
                              self->folder,
                              strerror(error));
}
