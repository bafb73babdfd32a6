// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_LOGGED_H
#define TMB_TEST_LOGGED_H

#include "trainer/run_log.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

/*
  Journals of runs over recordings that are called by a letter.
*/

#define LOGGED_JOURNAL "x.journal"
#define LOGGED_BYTES UINT64_C(100) ///< Of output a recording

/// What a run is of; a key of `other`, which may be null, differs.
json_t*
logged_run(const char* other);

/// Open the journal.
TmbRunLog*
logged_open(bool resumes, uint64_t n_bytes);

/// Demand that it can't be opened, and why in one sentence.
void
logged_expect_refused(json_t*     run,
                      bool        resumes,
                      uint64_t    n_bytes,
                      TmbStatus   status,
                      const char* words);

/// A recording's path, valid until the next call.
const char*
logged_path(char name);

/// Say that recordings are done, a letter each, those in capitals failed; they
/// are the `index`th found and those behind it.
void
logged_put(TmbRunLog* log, const char* names, uint64_t index);

void
logged_commit(TmbRunLog* log);

/// End a run, and close its journal.
void
logged_end(TmbRunLog* log, uint64_t n_total);

/// Leave a journal of a run that was interrupted.
void
logged_leave(const char* names);

/// Ask of recordings in an order, and demand which of them are done.
void
logged_expect_done(TmbRunLog* log, const char* names, const char* done);

#endif // TMB_TEST_LOGGED_H
