// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_ARCHIVE_H
#define TMB_TEST_ARCHIVE_H

/// A file such as archives hold.
typedef struct {
  const char* name;
  const char* shown;  ///< Its name in rows
  const char* reason; ///< Why it has no label; null if it has one
} ArchiveFile;

#define ARCHIVE_FILES 20U
#define ARCHIVE_BAD 12U ///< Of them, those without a label

/// In the order in which they are found.
extern const ArchiveFile archive_files[ARCHIVE_FILES];

/// Make a folder with all of them, from good.wav of cli_setup(); all may read
/// what is here but for what is to be locked, see cli_run_as_user().
void
archive_write(const char* folder);

#endif // TMB_TEST_ARCHIVE_H
