// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CLASS_NAMES_H
#define TMB_CLASS_NAMES_H

#include "dsp/model.h"
#include "dsp/status.h"

#include <stdint.h>

/**
   The classes that numbers stand for.

   @param path File with a name a line, that of class 0 first; null for the
   numbers themselves.  The last of several may be "unknown", what is none of
   the others.
   @param n_used Classes that there are at least.
   @param[out] classes [n_classes] Owned by the caller.
   @param[out] n_classes At least n_used.
   @param[out] why One sentence that names the file and the line.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_class_names(const char* path,
                uint32_t    n_used,
                TmbClass**  classes,
                uint32_t*   n_classes,
                TmbMessage* why);

#endif // TMB_CLASS_NAMES_H
