// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/files.h"

#include "tests/support/cmocka.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Bytes
bytes_load(const char* const path)
{
  FILE* const file = fopen(path, "rb");
  if (!file) {
    fail_msg("%s can't be opened: run from the repository's root", path);
  }
  assert_int_equal(fseek(file, 0L, SEEK_END), 0);

  Bytes self = { (size_t)ftell(file), NULL };
  self.bytes = (uint8_t*)malloc(self.n + 1U);
  rewind(file);
  assert_non_null(self.bytes);
  assert_int_equal(fread(self.bytes, 1U, self.n, file), self.n);
  (void)fclose(file);
  return self;
}

void
bytes_free(Bytes* const bytes)
{
  free(bytes->bytes);
  bytes->bytes = NULL;
}

void
bytes_save(const void* const bytes, const size_t n, const char* const path)
{
  FILE* const file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1U, n, file), n);
  assert_int_equal(fclose(file), 0);
}

bool
files_are_equal(const char* const a, const char* const b)
{
  Bytes      left  = bytes_load(a);
  Bytes      right = bytes_load(b);
  const bool equal =
    left.n == right.n && !memcmp(left.bytes, right.bytes, left.n);
  bytes_free(&right);
  bytes_free(&left);
  return equal;
}

void
file_expect_text(const char* const path, const char* const text)
{
  Bytes bytes          = bytes_load(path);
  bytes.bytes[bytes.n] = '\0';
  assert_string_equal((const char*)bytes.bytes, text);
  bytes_free(&bytes);
}

Folder
folder_new(void)
{
  Folder self = { "/tmp/timbrel-test-XXXXXX" };
  assert_non_null(mkdtemp(self.path));
  return self;
}

const char*
folder_file(const Folder* const folder, const char* const name)
{
  static char path[512];
  (void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
  return path;
}

unsigned
folder_count(const Folder* const folder)
{
  DIR* const           dir   = opendir(folder->path);
  const struct dirent* entry = NULL;
  unsigned             n     = 0U;
  assert_non_null(dir);
  while ((entry = readdir(dir))) {
    n += entry->d_name[0] != '.';
  }
  (void)closedir(dir);
  return n;
}

static int
remove_entry(const char* const        path,
             const struct stat* const status,
             const int                type,
             struct FTW* const        place)
{
  (void)status;
  (void)type;
  (void)place;
  return remove(path);
}

void
folder_remove(const Folder* const folder)
{
  (void)nftw(folder->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

uid_t
user_drop(void)
{
  static const uid_t nobody = 65534U;
  const uid_t        user   = geteuid();
  assert_int_equal(seteuid(user ? user : nobody), 0);
  return user;
}

void
user_restore(const uid_t user)
{
  assert_int_equal(seteuid(user), 0);
}
