// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NPZ_MEMBER_H
#define TMB_NPZ_MEMBER_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

/// Whether a file begins as a zip archive does.
bool
tmb_npz_is(int fd);

/**
   Unpack one array of an archive that numpy.savez() or savez_compressed() made
   into a file without a name, in $TMPDIR or else /tmp, so that it takes no
   memory; the file is gone once it is closed and unmapped.

   Nothing is written before the array's header and the archive agree about the
   size, and never more than that.

   @param path Of the archive, for `why`.
   @param member Name of the array, or null if there is to be only one.
   @param[in,out] fd The archive; closed, also on error, and replaced by the
   array's file, which the caller closes; -1 on error.
   @param[out] n_bytes Size of that file.
   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_NO_MEMORY, #TMB_NO_FILE, #TMB_BAD_FILE or
   #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_npz_unpack(const char* path,
               const char* member,
               int*        fd,
               uint64_t*   n_bytes,
               TmbMessage* why);

#endif // TMB_NPZ_MEMBER_H
