// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_AUDIO_WRITER_H
#define TMB_AUDIO_WRITER_H

#include "dsp/status.h"

#include <stdint.h>

/**
   Write a sound as 16-bit mono FLAC.

   The file is not brought to the disk by itself, and part of it stays after an
   error: both are for whoever makes the folder that it is in.

   @param mono [n] Full scale is 1; what is beyond is clipped.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_audio_write(const char*  path,
                const float* mono,
                uint32_t     n,
                uint32_t     rate_hz,
                TmbMessage*  why);

#endif // TMB_AUDIO_WRITER_H
