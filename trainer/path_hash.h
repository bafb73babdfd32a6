// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PATH_HASH_H
#define TMB_PATH_HASH_H

#include <stdint.h>

/**
   A path's bytes as a number that is the same everywhere and for ever: the
   first eight bytes of their SHA-256, the first one weighing most.
*/
uint64_t
tmb_path_hash(const char* path);

#endif // TMB_PATH_HASH_H
