// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fetch_file.h"

#include "trainer/folders.h"
#include "trainer/regular_file.h"

#include <nettle/base16.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES 65536U

static TmbStatus
cannot_write(const char* const path,
             const char* const reason,
             TmbMessage* const why)
{
  return tmb_fail(
    TMB_WRITE_FAILED, why, "%s can't be written: %s", path, reason);
}

static char*
join(const char* const folder, const char* const name, const char* const end)
{
  const size_t size = strlen(folder) + strlen(name) + strlen(end) + 2U;
  char* const  path = (char*)malloc(size);
  if (path) {
    (void)snprintf(path, size, "%s/%s%s", folder, name, end);
  }
  return path;
}

TmbStatus
tmb_fetch_file_init(TmbFetchFile* const       self,
                    const char* const         folder,
                    const TmbFetchItem* const item,
                    TmbMessage* const         why)
{
  *self = (TmbFetchFile){
    .item       = item,
    .path       = join(folder, item->name, ""),
    .part       = join(folder, item->name, TMB_PART),
    .stamp_path = join(folder, item->name, TMB_PART_STAMP),
    .fd         = -1,
  };
  return (self->path && self->part && self->stamp_path)
           ? TMB_OK
           : tmb_fail(TMB_NO_MEMORY, why, "out of memory");
}

/// Add all that follows in a file; false if it can't be read.
static bool
add_rest(const int fd, struct sha256_ctx* const sha, uint64_t* const n_bytes)
{
  uint8_t block[BLOCK_BYTES];
  ssize_t n = 0;
  while ((n = read(fd, block, sizeof(block))) > 0) {
    sha256_update(sha, (size_t)n, block);
    *n_bytes += (uint64_t)n;
  }
  return n == 0;
}

static void
write_sha256(struct sha256_ctx* const sha, char text[TMB_SHA256_TEXT])
{
  uint8_t bytes[SHA256_DIGEST_SIZE];
  sha256_digest(sha, sizeof(bytes), bytes);
  base16_encode_update(text, sizeof(bytes), bytes);
  text[TMB_SHA256_TEXT - 1U] = '\0';
}

static bool
is_right(const TmbFetchItem* const item, const char* const sha256)
{
  return !item->sha256[0] || !strcmp(item->sha256, sha256);
}

TmbStatus
tmb_fetch_file_look(const TmbFetchFile* const self,
                    char                      sha256[TMB_SHA256_TEXT],
                    bool* const               is_there,
                    TmbMessage* const         why)
{
  struct stat info;
  *is_there = false;
  if (stat(self->path, &info) && errno == ENOENT) {
    return TMB_OK;
  }

  int        fd      = -1;
  uint64_t   n_bytes = 0U;
  TmbMessage reason;
  if (tmb_open_regular(self->path, &fd, NULL, &reason)) {
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", self->path, reason.text);
  }
  struct sha256_ctx sha;
  sha256_init(&sha);
  const bool is_read = add_rest(fd, &sha, &n_bytes);
  const int  error   = errno;
  (void)close(fd);
  if (!is_read) {
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", self->path, strerror(error));
  }
  write_sha256(&sha, sha256);
  *is_there = is_right(self->item, sha256);
  return TMB_OK;
}

/// Keep other processes from writing the part; null, or why they are.
static const char*
lock(const int fd, const char* const path)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  if (fcntl(fd, F_SETLK, &whole) && (errno == EACCES || errno == EAGAIN)) {
    return "another process is fetching it";
  }

  // Such a process may have been done with it between open and lock
  struct stat ours;
  struct stat there;
  return (fstat(fd, &ours) || lstat(path, &there)) ? strerror(errno)
         : (ours.st_ino != there.st_ino || ours.st_dev != there.st_dev)
           ? "another process has fetched it"
         : !S_ISREG(ours.st_mode) ? "not a regular file"
                                  : NULL;
}

/// Cut the line's end; false if it has none.
static bool
read_line(FILE* const file, char* const line, const int size)
{
  char* const end = fgets(line, size, file) ? strchr(line, '\n') : NULL;
  if (end) {
    *end = '\0';
  }
  return end != NULL;
}

/// The stamp of the part, if it came from the same URL.
static void
read_stamp(TmbFetchFile* const self)
{
  char        url[TMB_MAX_FETCH_LINE];
  char        stamp[TMB_MAX_STAMP];
  FILE* const file = fopen(self->stamp_path, "re");
  if (file) {
    if (read_line(file, url, sizeof(url)) &&
        read_line(file, stamp, sizeof(stamp)) &&
        !strcmp(url, self->item->url)) {
      memcpy(self->stamp, stamp, sizeof(stamp));
    }
    (void)fclose(file);
  }
}

TmbStatus
tmb_fetch_file_open(TmbFetchFile* const self, TmbMessage* const why)
{
  const TmbStatus status = tmb_folders_above(self->part, why);
  if (status) {
    return status;
  }
  const int fd = open(
    self->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666U);
  const char* const reason = fd < 0 ? strerror(errno) : lock(fd, self->part);
  if (reason) {
    if (fd >= 0) {
      (void)close(fd);
    }
    return cannot_write(self->part, reason, why);
  }

  self->fd = fd;
  read_stamp(self);
  sha256_init(&self->sha);
  if ((self->stamp[0] || self->item->sha256[0]) &&
      add_rest(fd, &self->sha, &self->n_bytes)) {
    return TMB_OK;
  }
  return tmb_fetch_file_restart(self, "", why);
}

/// Without its stamp a part can't be gone on with, and that is all.
static void
write_stamp(const TmbFetchFile* const self)
{
  FILE* const file = self->stamp[0] ? fopen(self->stamp_path, "we") : NULL;
  if (file) {
    (void)fprintf(file, "%s\n%s\n", self->item->url, self->stamp);
    if (fclose(file)) {
      (void)remove(self->stamp_path);
    }
  }
}

TmbStatus
tmb_fetch_file_restart(TmbFetchFile* const self,
                       const char* const   stamp,
                       TmbMessage* const   why)
{
  // In this order, so that no stamp ever stands beside bytes of another version
  (void)remove(self->stamp_path);
  if (ftruncate(self->fd, 0) || lseek(self->fd, 0, SEEK_SET)) {
    return cannot_write(self->part, strerror(errno), why);
  }
  sha256_init(&self->sha);
  self->n_bytes = 0U;
  (void)snprintf(self->stamp, sizeof(self->stamp), "%s", stamp);
  write_stamp(self);
  return TMB_OK;
}

TmbStatus
tmb_fetch_file_append(TmbFetchFile* const self,
                      const void* const   bytes,
                      const size_t        n,
                      TmbMessage* const   why)
{
  const uint8_t* rest   = (const uint8_t*)bytes;
  size_t         n_rest = n;
  while (n_rest) {
    const ssize_t n_written = write(self->fd, rest, n_rest);
    if (n_written < 0) {
      return cannot_write(self->part, strerror(errno), why);
    }
    sha256_update(&self->sha, (size_t)n_written, rest);
    self->n_bytes += (uint64_t)n_written;
    rest += n_written;
    n_rest -= (size_t)n_written;
  }
  return TMB_OK;
}

TmbStatus
tmb_fetch_file_finish(TmbFetchFile* const self,
                      char                sha256[TMB_SHA256_TEXT],
                      TmbMessage* const   why)
{
  write_sha256(&self->sha, sha256);
  if (!is_right(self->item, sha256)) {
    const TmbStatus status = tmb_fetch_file_restart(self, "", why);
    return status ? status
                  : tmb_fail(TMB_BAD_FILE,
                             why,
                             "its SHA-256 is %s, not %s",
                             sha256,
                             self->item->sha256);
  }
  if (fsync(self->fd)) {
    return cannot_write(self->part, strerror(errno), why);
  }
  if (rename(self->part, self->path)) {
    return cannot_write(self->path, strerror(errno), why);
  }
  (void)remove(self->stamp_path);
  (void)close(self->fd);
  self->fd = -1;
  return TMB_OK;
}

void
tmb_fetch_file_close(TmbFetchFile* const self)
{
  if (self->fd >= 0) {
    if (!self->n_bytes) {
      (void)remove(self->part);
      (void)remove(self->stamp_path);
    }
    (void)close(self->fd);
  }
  free(self->path);
  free(self->part);
  free(self->stamp_path);
  *self = (TmbFetchFile){ .fd = -1 };
}
