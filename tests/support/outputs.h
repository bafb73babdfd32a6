// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_OUTPUTS_H
#define TMB_TEST_OUTPUTS_H

#include <stdbool.h>

/// Path of what is beside an output, such as its ".part"; valid until the next
/// call.
const char*
output_beside(const char* out, const char* ending);

/// Whether anything has this name.
bool
is_there(const char* path);

/// Demand that two files or folders have the same content, to the byte.
void
expect_same(const char* a, const char* b);

/// Demand that an output is there, and beside it at most its journal.
void
expect_finished(const char* out, bool has_journal);

/// Remove a file or a folder and all that is in it, if it is there.
void
remove_all(const char* path);

/// Remove an output, and what is beside it.
void
output_clear(const char* out);

#endif // TMB_TEST_OUTPUTS_H
