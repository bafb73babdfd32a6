// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FILE_KIND_H
#define TMB_FILE_KIND_H

#include <stdbool.h>

/*
  What a file seems to be, whatever its name: its reader then tells what is
  wrong with it.  False if it can't be read.
*/

/// A safetensors file: the length of a header (here below 16 MiB), its brace.
bool
tmb_begins_like_model(const char* path);

/// A JSON object.
bool
tmb_begins_like_json(const char* path);

#endif // TMB_FILE_KIND_H
