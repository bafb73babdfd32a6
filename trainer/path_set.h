// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PATH_SET_H
#define TMB_PATH_SET_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

/**
   Paths that were seen, of which there may be millions.

   Of each only 64 bits of its SHA-256 are held, in 16 to 32 bytes: among ten
   million paths, one is taken for another with a probability of 3 in a million.
*/
typedef struct TmbPathSetImpl TmbPathSet;

/// An empty set, owned by the caller, or null if memory is out.
TmbPathSet*
tmb_path_set_new(void);

void
tmb_path_set_free(TmbPathSet* set);

/// @param hash tmb_path_hash() of the path.
bool
tmb_path_set_has(const TmbPathSet* set, uint64_t hash);

/// @return #TMB_OK or #TMB_NO_MEMORY.
TMB_NODISCARD TmbStatus
tmb_path_set_add(TmbPathSet* set, uint64_t hash);

#endif // TMB_PATH_SET_H
