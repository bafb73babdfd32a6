// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_ARCHIVE_H
#define TMB_TEST_ARCHIVE_H

#include "tests/support/process.h"

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

/// Make a folder with all of them; good.wav of cli_setup() is at hand.
void
archive_write(const char* folder);

/**
   Run `timbrel` as somebody for whom what is locked is locked, and who may read
   all else here; see cli_run().
*/
Process
archive_run(const char* line);

#endif // TMB_TEST_ARCHIVE_H
