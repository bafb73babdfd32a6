// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_DECODER_FFMPEG_H
#define TMB_DECODER_FFMPEG_H

#include "trainer/decoder.h"

/**
   FFmpeg's libraries, where they were found when Timbrel was built.

   They decode the sound of films too: that of the track which is marked as the
   default, or else of the first.  Only demuxers of single files are asked, and
   nothing but the given file is ever opened, whatever is written in it.
*/
extern const TmbDecoderKind tmb_ffmpeg_decoder;

#endif // TMB_DECODER_FFMPEG_H
