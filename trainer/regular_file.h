// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_REGULAR_FILE_H
#define TMB_REGULAR_FILE_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

/**
   Open a regular file to read, but nothing else: a pipe could block, a device
   never end or wind its tape back.

   @param[out] fd Closed by the caller; -1 on error.
   @param[out] n_bytes Its size, or null.
   @param[out] reason Why not, without the path.
   @return #TMB_OK or #TMB_NO_FILE.
*/
TMB_NODISCARD TmbStatus
tmb_open_regular(const char* path,
                 int*        fd,
                 uint64_t*   n_bytes,
                 TmbMessage* reason);

/// Whether two paths lead to one file that is there.
bool
tmb_is_same_file(const char* a, const char* b);

#endif // TMB_REGULAR_FILE_H
