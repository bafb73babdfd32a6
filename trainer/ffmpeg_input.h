// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FFMPEG_INPUT_H
#define TMB_FFMPEG_INPUT_H

#include "trainer/decoder.h"

#include <libavformat/avformat.h>
#include <stdint.h>

/// A file that FFmpeg reads packets from.
typedef struct {
  int              fd;     ///< Borrowed
  int64_t          offset; ///< Of the next byte to read
  AVIOContext*     io;
  AVFormatContext* format;
} TmbFfmpegInput;

/**
   Read a file's header.

   The demuxers that are asked are those of files that hold sound themselves: a
   playlist is foreign, and a reference to another file is not followed.

   @param input All zero; it must not move until it is closed.
   @param[out] reason Part of a sentence, if it can't be read.
*/
TmbOpening
tmb_ffmpeg_open(int fd, TmbFfmpegInput* input, TmbMessage* reason);

/// Also what could not be opened.
void
tmb_ffmpeg_close(TmbFfmpegInput* input);

/// FFmpeg's reason for a negative result.
void
tmb_ffmpeg_explain(int error, TmbMessage* reason);

#endif // TMB_FFMPEG_INPUT_H
