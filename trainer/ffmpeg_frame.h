// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FFMPEG_FRAME_H
#define TMB_FFMPEG_FRAME_H

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stddef.h>

/// Whether the samples are of a type that can be made floats.
bool
tmb_ffmpeg_converts(const AVFrame* frame);

/**
   Make a part of a frame floats, full scale at 1, as libsndfile does.

   @param frame Of a type that tmb_ffmpeg_converts().
   @param start First sample of each channel.
   @param[out] interleaved [n][channels]
*/
void
tmb_ffmpeg_convert(const AVFrame* frame,
                   size_t         start,
                   size_t         n,
                   float*         interleaved);

#endif // TMB_FFMPEG_FRAME_H
