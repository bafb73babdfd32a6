// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_FILES_H
#define TMB_TEST_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// A whole file in memory, which the test owns.
typedef struct {
  size_t   n;
  uint8_t* bytes;
} Bytes;

/// Read a file, or fail the test.
Bytes
bytes_load(const char* path);

void
bytes_free(Bytes* bytes);

/// Write a file, or fail the test.
void
bytes_save(const void* bytes, size_t n, const char* path);

/// Whether two files have the same bytes; fails if one is not there.
bool
files_are_equal(const char* a, const char* b);

/// Demand the whole text of a file.
void
file_expect_text(const char* path, const char* text);

/// A folder of its own for a test, removed by folder_remove().
typedef struct {
  char path[64];
} Folder;

Folder
folder_new(void);

/// Path of a file in it, valid until the next call.
const char*
folder_file(const Folder* folder, const char* name);

/// Number of files in it.
unsigned
folder_count(const Folder* folder);

/// Remove it and all that is in it.
void
folder_remove(const Folder* folder);

/// Nothing is forbidden to root: be somebody else until user_restore().
uid_t
user_drop(void);

/// Be who user_drop() says that one was.
void
user_restore(uid_t user);

#endif // TMB_TEST_FILES_H
