// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FILE_DIGEST_H
#define TMB_FILE_DIGEST_H

#include <stdint.h>

#define TMB_DIGEST_BYTES 32U ///< A SHA-256

/// SHA-256 of a file's content; what can't be read counts as empty.
void
tmb_file_digest(const char* path, uint8_t digest[TMB_DIGEST_BYTES]);

#endif // TMB_FILE_DIGEST_H
