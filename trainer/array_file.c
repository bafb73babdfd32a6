// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/array_file.h"

#include "trainer/npy_header.h"
#include "trainer/npy_values.h"
#include "trainer/npz_member.h"
#include "trainer/regular_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct TmbArrayImpl {
  TmbNpyHeader header;
  void*        file; ///< [n_file] Mapped, or null
  size_t       n_file;
};

/// Part a path from an array's name, if it has one; null without memory.
static char*
split_path(const char* const path, const char** const member)
{
  char* const file = strdup(path);
  *member          = NULL;
  if (!file || !access(file, F_OK)) {
    return file;
  }

  // From the right, since folders may have colons; so may names of arrays
  for (size_t i = strlen(file); i-- > 1U;) {
    if (file[i] == ':') {
      file[i] = '\0';
      if (!access(file, F_OK)) {
        *member = path + i + 1U;
        return file;
      }
      file[i] = ':';
    }
  }
  return file;
}

/// A descriptor of the array's own bytes.
static TmbStatus
open_bytes(const char* const file,
           const char* const member,
           int* const        fd,
           uint64_t* const   n_bytes,
           TmbMessage* const why)
{
  TmbMessage      reason = { "" };
  const TmbStatus status = tmb_open_regular(file, fd, n_bytes, &reason);
  if (status) {
    return tmb_fail(status, why, "%s: %s", file, reason.text);
  }
  if (tmb_npz_is(*fd)) {
    return tmb_npz_unpack(file, member, fd, n_bytes, why);
  }
  return member ? tmb_fail(TMB_BAD_FILE,
                           why,
                           "%s: not an archive that could hold an array '%s'",
                           file,
                           member)
                : TMB_OK;
}

static TmbStatus
map(TmbArray* const   self,
    const int         fd,
    const uint64_t    n_bytes,
    TmbMessage* const reason)
{
  self->n_file = (size_t)n_bytes;
  if (!n_bytes) {
    return tmb_fail(TMB_BAD_FILE, reason, "is empty");
  }
  if (self->n_file != n_bytes) {
    return tmb_fail(TMB_NO_FILE, reason, "is too large for this machine");
  }

  void* const file = mmap(NULL, self->n_file, PROT_READ, MAP_PRIVATE, fd, 0);
  if (file == MAP_FAILED) {
    return tmb_fail(TMB_NO_FILE, reason, "%s", strerror(errno));
  }
  self->file = file;

  const TmbStatus status = tmb_npy_header_read(
    (const uint8_t*)file, self->n_file, &self->header, reason);
  return status ? status : tmb_npy_header_check(&self->header, n_bytes, reason);
}

TmbStatus
tmb_array_open(const char* const path,
               TmbArray** const  array,
               TmbMessage* const why)
{
  int             fd      = -1;
  uint64_t        n_bytes = 0U;
  const char*     member  = NULL;
  TmbArray* const self    = (TmbArray*)calloc(1U, sizeof(TmbArray));
  char* const     file    = split_path(path, &member);

  *array = NULL;
  if (!self || !file) {
    free(file);
    free(self);
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }

  TmbStatus status = open_bytes(file, member, &fd, &n_bytes, why);
  if (!status) {
    TmbMessage reason = { "" };
    status            = map(self, fd, n_bytes, &reason);
    (void)close(fd); // The mapping stays
    if (status) {
      (void)tmb_fail(status, why, "%s: %s", path, reason.text);
    }
  }

  free(file);
  if (status) {
    tmb_array_free(self);
  } else {
    *array = self;
  }
  return status;
}

bool
tmb_array_is_in(const char* const path, const char* const file)
{
  const char* member = NULL;
  char* const holder = split_path(path, &member);
  const bool  is_in  = holder && tmb_is_same_file(holder, file);
  free(holder);
  return is_in;
}

void
tmb_array_free(TmbArray* const array)
{
  if (array && array->file) {
    (void)munmap(array->file, array->n_file);
  }
  free(array);
}

uint64_t
tmb_array_rows(const TmbArray* const array)
{
  return array->header.n_rows;
}

uint32_t
tmb_array_columns(const TmbArray* const array)
{
  return array->header.n_columns;
}

uint32_t
tmb_array_dims(const TmbArray* const array)
{
  return array->header.n_dims;
}

const char*
tmb_array_type(const TmbArray* const array)
{
  return array->header.name;
}

bool
tmb_array_is_integer(const TmbArray* const array)
{
  return array->header.kind != TMB_NPY_REAL;
}

/// What follows the header.
static const uint8_t*
data(const TmbArray* const array)
{
  return (const uint8_t*)array->file + array->header.n_header;
}

void
tmb_array_row(const TmbArray* const array,
              const uint64_t        row,
              float* const          values)
{
  tmb_npy_row(&array->header, data(array), row, values);
}

double
tmb_array_value(const TmbArray* const array,
                const uint64_t        row,
                const uint32_t        column)
{
  return tmb_npy_value(&array->header, data(array), row, column);
}
