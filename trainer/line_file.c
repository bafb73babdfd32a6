// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/line_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

TmbStatus
tmb_line_file_open(const char* const  path,
                   TmbLineFile* const self,
                   TmbMessage* const  why)
{
  const bool is_stdin = !strcmp(path, "-");
  *self               = (TmbLineFile){
                  .file = is_stdin ? stdin : fopen(path, "re"),
                  .name = is_stdin ? "standard input" : path,
                  .text = (char*)malloc(TMB_MAX_LINE),
  };
  if (!self->file) {
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", path, strerror(errno));
  }
  return self->text ? TMB_OK
                    : tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
}

bool
tmb_line_file_next(TmbLineFile* const self)
{
  int c         = 0;
  self->n       = 0U;
  self->is_long = false;
  while ((c = getc_unlocked(self->file)) != EOF && c != '\n') {
    if (self->n < TMB_MAX_LINE) {
      self->text[self->n++] = (char)c;
    } else {
      self->is_long = true;
    }
  }
  self->has_end      = c == '\n';
  const bool is_line = self->has_end || (self->n && !ferror(self->file));
  self->number += is_line;
  return is_line;
}

TmbStatus
tmb_line_file_check(const TmbLineFile* const self, TmbMessage* const why)
{
  return ferror(self->file)
           ? tmb_fail(TMB_NO_FILE, why, "%s: %s", self->name, strerror(errno))
           : TMB_OK;
}

void
tmb_line_file_close(TmbLineFile* const self)
{
  if (self->file && self->file != stdin) {
    (void)fclose(self->file);
  }
  free(self->text);
  *self = (TmbLineFile){ .file = NULL };
}
