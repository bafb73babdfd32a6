// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/path_list.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct TmbPathListImpl {
  const char* shown; ///< For sentences
  char*       name;
  FILE*       file;
  char        separator;
  uint64_t    n_entries;      ///< Read up to now
  char        path[PATH_MAX]; ///< The newest, with its terminator
};

TmbStatus
tmb_path_list_open(const char* const   name,
                   const char          separator,
                   TmbPathList** const list,
                   TmbMessage* const   why)
{
  *list = NULL;

  const bool         is_stdin = !strcmp(name, "-");
  TmbPathList* const self     = (TmbPathList*)calloc(1U, sizeof(TmbPathList));
  if (self) {
    self->name = strdup(name);
  }
  if (!self || !self->name) {
    tmb_path_list_close(self);
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", name);
  }

  self->shown     = is_stdin ? "standard input" : self->name;
  self->separator = separator;
  self->file      = is_stdin ? stdin : fopen(name, "r");
  if (!self->file) {
    const int error = errno;
    tmb_path_list_close(self);
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", name, strerror(error));
  }
  *list = self;
  return TMB_OK;
}

void
tmb_path_list_close(TmbPathList* const list)
{
  if (list) {
    if (list->file && list->file != stdin) {
      (void)fclose(list->file);
    }
    free(list->name);
    free(list);
  }
}

/**
   Read up to a separator or the end; bytes read, of which `path` holds those
   that fit.
*/
static size_t
read_entry(TmbPathList* const self, bool* const is_last, bool* const has_zero)
{
  size_t n = 0U;
  int    c = 0;
  while ((c = getc(self->file)) != EOF && c != self->separator) {
    if (n < PATH_MAX - 1U) {
      self->path[n] = (char)c;
    }
    *has_zero |= !c;
    ++n;
  }
  self->path[n < PATH_MAX ? n : PATH_MAX - 1U] = '\0';
  *is_last                                     = c == EOF;
  return n;
}

TmbStatus
tmb_path_list_next(TmbPathList* const list,
                   const char** const path,
                   TmbMessage* const  why)
{
  *path         = NULL;
  size_t n      = 0U;
  bool   is_end = feof(list->file) || ferror(list->file);
  while (!n && !is_end) {
    bool has_zero = false;
    n             = read_entry(list, &is_end, &has_zero);
    ++list->n_entries;
    if (ferror(list->file)) {
      return tmb_fail(TMB_NO_FILE, why, "%s: %s", list->shown, strerror(errno));
    }
    if (has_zero || n >= PATH_MAX) {
      return tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: path %llu %s",
                      list->shown,
                      (unsigned long long)list->n_entries,
                      has_zero ? "holds a byte of zero (--null reads lists "
                                 "that zeros separate)"
                               : "is longer than paths can be");
    }
  }
  *path = n ? list->path : NULL;
  return TMB_OK;
}
