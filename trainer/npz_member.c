// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/npz_member.h"

#include "trainer/npy_header.h"
#include "trainer/spool.h"

#include <zip.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".npy"
#define MAX_LIST 160U ///< Bytes for the names of arrays in a message

/// An array on its way out of an archive.
typedef struct {
  const char*  path; ///< Of the archive
  zip_t*       archive;
  zip_uint64_t index;
  const char*  name;    ///< Borrowed from the archive
  int          n_name;  ///< Without the suffix
  zip_uint64_t n_bytes; ///< As the archive says
  zip_file_t*  in;
  int          out; ///< The file without a name
} Unpacking;

bool
tmb_npz_is(const int fd)
{
  uint8_t start[4];
  return pread(fd, start, sizeof(start), 0) == (ssize_t)sizeof(start) &&
         (!memcmp(start, "PK\3\4", 4U) || !memcmp(start, "PK\5\6", 4U));
}

static TmbStatus
open_nameless(Unpacking* const self, TmbMessage* const why)
{
  const char* folder = NULL;
  self->out          = tmb_spool_descriptor(&folder);
  return self->out < 0 ? tmb_fail(TMB_WRITE_FAILED,
                                  why,
                                  "%s can't be unpacked into %s: %s",
                                  self->path,
                                  folder,
                                  strerror(errno))
                       : TMB_OK;
}

/// Takes over the descriptor.
static TmbStatus
open_archive(Unpacking* const self, const int fd, TmbMessage* const why)
{
  int code      = 0;
  self->archive = zip_fdopen(fd, 0, &code);
  if (self->archive) {
    return TMB_OK;
  }

  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const TmbStatus status =
    tmb_fail(code == ZIP_ER_MEMORY ? TMB_NO_MEMORY : TMB_BAD_FILE,
             why,
             "%s: not a whole archive: %s",
             self->path,
             zip_error_strerror(&error));
  zip_error_fini(&error);
  (void)close(fd);
  return status;
}

/// Length of an array's name in an archive, without the suffix; 0 if it has
/// none.
static size_t
name_length(const char* const name)
{
  const size_t n_suffix = strlen(SUFFIX);
  const size_t n        = name ? strlen(name) : 0U;
  return n > n_suffix && !strcmp(name + n - n_suffix, SUFFIX) ? n - n_suffix
                                                              : 0U;
}

/// Whether an array is the one that is meant, with its suffix or without.
static bool
is_meant(const char* const member, const char* const name, const size_t n_name)
{
  return !member || !strcmp(member, name) ||
         (strlen(member) == n_name && !memcmp(member, name, n_name));
}

/// Say why none was found, or several.
static TmbStatus
refuse_archive(const Unpacking* const self,
               const char* const      member,
               const char* const      list,
               TmbMessage* const      why)
{
  if (!list[0]) {
    return tmb_fail(
      TMB_BAD_FILE, why, "%s: an archive without arrays", self->path);
  }
  if (!member) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: holds several arrays, of which one must be named, as "
                    "in %s:%.*s: %s",
                    self->path,
                    self->path,
                    self->n_name,
                    self->name,
                    list);
  }
  return tmb_fail(TMB_BAD_FILE,
                  why,
                  "%s: holds %s array '%s', but %s",
                  self->path,
                  self->name ? "more than one" : "no",
                  member,
                  list);
}

static TmbStatus
find_array(Unpacking* const  self,
           const char* const member,
           TmbMessage* const why)
{
  char              list[MAX_LIST] = "";
  size_t            n_list         = 0U;
  unsigned          n_found        = 0U;
  const zip_int64_t n_entries      = zip_get_num_entries(self->archive, 0U);
  for (zip_int64_t i = 0; i < n_entries; ++i) {
    const char* const name = zip_get_name(self->archive, (zip_uint64_t)i, 0U);
    const size_t      n    = name_length(name);
    if (n && n_list < sizeof(list)) {
      n_list += (size_t)snprintf(list + n_list,
                                 sizeof(list) - n_list,
                                 "%s%.*s",
                                 n_list ? ", " : "",
                                 (int)n, // At most 64 KiB
                                 name);
    }
    if (n && is_meant(member, name, n)) {
      self->index  = (zip_uint64_t)i;
      self->name   = name;
      self->n_name = (int)n;
      ++n_found;
    }
  }
  if (n_list >= sizeof(list)) {
    memcpy(list + sizeof(list) - 4U, "...", 4U);
  }
  return n_found == 1U ? TMB_OK : refuse_archive(self, member, list, why);
}

/// What libzip complains of.
static TmbStatus
fail_zip(const Unpacking* const self,
         zip_error_t* const     error,
         TmbMessage* const      why)
{
  const bool is_full = zip_error_code_zip(error) == ZIP_ER_MEMORY;
  return tmb_fail(is_full ? TMB_NO_MEMORY : TMB_BAD_FILE,
                  why,
                  "%s:%.*s: can't be unpacked: %s",
                  self->path,
                  self->n_name,
                  self->name,
                  zip_error_strerror(error));
}

static TmbStatus
open_array(Unpacking* const self, TmbMessage* const why)
{
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(self->archive, self->index, 0U, &stat)) {
    return fail_zip(self, zip_get_error(self->archive), why);
  }
  self->n_bytes = stat.size;
  self->in      = zip_fopen_index(self->archive, self->index, 0U);
  return self->in ? TMB_OK : fail_zip(self, zip_get_error(self->archive), why);
}

/// A whole block, unless the array ends before.
static TmbStatus
read_block(const Unpacking* const self,
           uint8_t* const         block,
           size_t* const          n,
           TmbMessage* const      why)
{
  zip_int64_t n_read = 0;
  *n                 = 0U;
  do {
    n_read = zip_fread(self->in, block + *n, TMB_NPY_MAX_HEADER - *n);
    *n += n_read > 0 ? (size_t)n_read : 0U;
  } while (n_read > 0 && *n < TMB_NPY_MAX_HEADER);
  return n_read < 0 ? fail_zip(self, zip_file_get_error(self->in), why)
                    : TMB_OK;
}

static TmbStatus
write_block(const Unpacking* const self,
            const uint8_t* const   block,
            const size_t           n,
            TmbMessage* const      why)
{
  ssize_t n_written = 0;
  for (size_t done = 0U; done < n; done += (size_t)n_written) {
    n_written = write(self->out, block + done, n - done);
    if (n_written < 0) {
      return tmb_fail(TMB_WRITE_FAILED,
                      why,
                      "%s:%.*s: can't be unpacked into a temporary file: %s",
                      self->path,
                      self->n_name,
                      self->name,
                      strerror(errno));
    }
  }
  return TMB_OK;
}

/// Whether the array's header and the archive say the same.
static TmbStatus
check_size(const Unpacking* const self,
           const uint8_t* const   block,
           const size_t           n,
           TmbMessage* const      why)
{
  TmbNpyHeader header;
  TmbMessage   reason = { "" };
  TmbStatus    status = tmb_npy_header_read(block, n, &header, &reason);
  if (!status) {
    status = tmb_npy_header_check(&header, self->n_bytes, &reason);
  }
  return status ? tmb_fail(status,
                           why,
                           "%s:%.*s: %s",
                           self->path,
                           self->n_name,
                           self->name,
                           reason.text)
                : TMB_OK;
}

static TmbStatus
copy_array(const Unpacking* const self, TmbMessage* const why)
{
  uint8_t   block[TMB_NPY_MAX_HEADER];
  uint64_t  n_copied = 0U;
  size_t    n        = 0U;
  TmbStatus status   = TMB_OK;
  do {
    status = read_block(self, block, &n, why);
    if (!status && !n_copied) {
      status = check_size(self, block, n, why);
    }
    n_copied += n;
    if (!status && n_copied <= self->n_bytes) {
      status = write_block(self, block, n, why);
    }
  } while (!status && n == sizeof(block) && n_copied <= self->n_bytes);

  return (status || n_copied == self->n_bytes)
           ? status
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s:%.*s: unpacks to %s than the %" PRIu64
                      " bytes that the archive says",
                      self->path,
                      self->n_name,
                      self->name,
                      n_copied < self->n_bytes ? "less" : "more",
                      (uint64_t)self->n_bytes);
}

TmbStatus
tmb_npz_unpack(const char* const path,
               const char* const member,
               int* const        fd,
               uint64_t* const   n_bytes,
               TmbMessage* const why)
{
  Unpacking self   = { .path = path, .out = -1 };
  TmbStatus status = open_archive(&self, *fd, why);
  if (!status) {
    status = find_array(&self, member, why);
  }
  if (!status) {
    status = open_array(&self, why);
  }
  if (!status) {
    status = open_nameless(&self, why);
  }
  if (!status) {
    status = copy_array(&self, why);
  }

  if (self.in) {
    (void)zip_fclose(self.in);
  }
  if (self.archive) {
    zip_discard(self.archive);
  }
  if (status && self.out >= 0) {
    (void)close(self.out);
  }
  *fd      = status ? -1 : self.out;
  *n_bytes = self.n_bytes;
  return status;
}
