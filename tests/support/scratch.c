// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/scratch.h"

#include "tests/support/cmocka.h"
#include "tests/support/files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  Folder folder;
  int    before; ///< The folder where it was
} Scratch;

int
scratch_setup(void** const state)
{
  Scratch* const self = (Scratch*)malloc(sizeof(Scratch));
  assert_non_null(self);
  self->folder = folder_new();
  self->before = open(".", O_RDONLY);
  *state       = self;
  return self->before < 0 ? -1 : chdir(self->folder.path);
}

int
scratch_teardown(void** const state)
{
  Scratch* const self  = (Scratch*)*state;
  const int      error = fchdir(self->before);
  (void)close(self->before);
  folder_remove(&self->folder);
  free(self);
  return error;
}
