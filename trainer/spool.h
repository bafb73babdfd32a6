// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SPOOL_H
#define TMB_SPOOL_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stdio.h>

/*
  A file without a name, for what can only be written out later, and may be too
  long for memory; in $TMPDIR, or else in /tmp.
*/

/**
   Open one in $TMPDIR, or else in /tmp; it is there until its last descriptor
   and mapping are gone.

   @param[out] folder Where that is, for messages; borrowed.
   @return A descriptor, or -1, and errno says why.
*/
int
tmb_spool_descriptor(const char** folder);

/// Open one, to be closed with fclose(), or return null and say why.
FILE*
tmb_spool_open(TmbMessage* why);

/**
   Copy what a spool holds up to its position, and go back to its beginning.

   @return Whether that could be done; if not, errno says why.
*/
TMB_NODISCARD bool
tmb_spool_pour(FILE* spool, FILE* out);

#endif // TMB_SPOOL_H
