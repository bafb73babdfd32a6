// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MERGE_CHECK_H
#define TMB_MERGE_CHECK_H

#include "trainer/merge_shard.h"

#include <stddef.h>

/// What can't be helped but by another run.
#define TMB_WHEN_CHANGED "recordings came or went while the shards ran"

/**
   Read all journals, one after another, and bring shards in order.  Demand that
   each run is over and has rows as its journal says, that all are of one run,
   and that each of its shards is there once.

   @param shards [n_shards] Initialised; in the end shard i has number i + 1.
   @param[out] why One sentence that names the file and the reason.
*/
TMB_NODISCARD TmbStatus
tmb_merge_check(TmbMergeShard* shards, size_t n_shards, TmbMessage* why);

#endif // TMB_MERGE_CHECK_H
