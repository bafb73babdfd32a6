// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/decoder.h"

#include "trainer/decoder_ffmpeg.h"
#include "trainer/decoder_sndfile.h"

const TmbDecoderKind*
tmb_decoder_kind(const size_t i)
{
#ifdef TMB_FFMPEG
  if (i == 1U) {
    return &tmb_ffmpeg_decoder;
  }
#endif
  return i ? NULL : &tmb_sndfile_decoder;
}

void
tmb_decoders_describe(TmbMessage* const names)
{
  TmbMessage first;
  tmb_sndfile_decoder.describe(&first);
#ifdef TMB_FFMPEG
  TmbMessage second;
  tmb_ffmpeg_decoder.describe(&second);
  (void)tmb_fail(TMB_OK, names, "%s, %s", first.text, second.text);
#else
  (void)tmb_fail(TMB_OK, names, "%s, without FFmpeg", first.text);
#endif
}
