// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_RECORDING_ROWS_H
#define TMB_RECORDING_ROWS_H

#include "dsp/attributes.h"
#include "dsp/status.h"
#include "trainer/labeller.h"
#include "trainer/rows.h"

#include <stdint.h>

#define TMB_CHANNELS_MIXED 0U        ///< Their mean
#define TMB_CHANNELS_EACH UINT32_MAX ///< One after another

/**
   Write all rows of a recording, the last one of which says what is wrong if
   it can't be labelled.

   If each channel is labelled, it has rows as if it was a file, named like the
   recording with "#" and the channel's number behind it.

   @param channel From 1 on, or one of the above.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK; #TMB_WRITE_FAILED if the rows can't be written; or why the
   recording has no label.
*/
TMB_NODISCARD TmbStatus
tmb_recording_rows(TmbLabeller* labeller,
                   const char*  path,
                   uint32_t     channel,
                   TmbRows*     rows,
                   TmbMessage*  why);

#endif // TMB_RECORDING_ROWS_H
