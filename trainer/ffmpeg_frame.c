// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/ffmpeg_frame.h"

#include "trainer/ffmpeg.h"

#include <stdint.h>

/// Make `n` samples that follow each other floats, `step` apart.
typedef void (*Convert)(const void* samples, size_t n, float* out, size_t step);

static void
convert_u8(const void* const samples,
           const size_t      n,
           float* const      out,
           const size_t      step)
{
  const uint8_t* const x = (const uint8_t*)samples;
  for (size_t i = 0U; i < n; ++i) {
    out[i * step] = ((float)x[i] - 128.0f) * (1.0f / 128.0f);
  }
}

static void
convert_s16(const void* const samples,
            const size_t      n,
            float* const      out,
            const size_t      step)
{
  const int16_t* const x = (const int16_t*)samples;
  for (size_t i = 0U; i < n; ++i) {
    out[i * step] = (float)x[i] * (1.0f / 32768.0f);
  }
}

static void
convert_s32(const void* const samples,
            const size_t      n,
            float* const      out,
            const size_t      step)
{
  const int32_t* const x = (const int32_t*)samples;
  for (size_t i = 0U; i < n; ++i) {
    out[i * step] = (float)x[i] * (1.0f / 2147483648.0f);
  }
}

static void
convert_float(const void* const samples,
              const size_t      n,
              float* const      out,
              const size_t      step)
{
  const float* const x = (const float*)samples;
  for (size_t i = 0U; i < n; ++i) {
    out[i * step] = x[i];
  }
}

static void
convert_double(const void* const samples,
               const size_t      n,
               float* const      out,
               const size_t      step)
{
  const double* const x = (const double*)samples;
  for (size_t i = 0U; i < n; ++i) {
    out[i * step] = (float)x[i];
  }
}

/// The function for a type of samples, or null.
static Convert
converter(const AVFrame* const frame)
{
  static const struct {
    enum AVSampleFormat packed;
    Convert             convert;
  } rows[] = {
    { AV_SAMPLE_FMT_U8, convert_u8 },      { AV_SAMPLE_FMT_S16, convert_s16 },
    { AV_SAMPLE_FMT_S32, convert_s32 },    { AV_SAMPLE_FMT_FLT, convert_float },
    { AV_SAMPLE_FMT_DBL, convert_double },
  };

  const enum AVSampleFormat packed =
    tmb_ffmpeg()->av_get_packed_sample_fmt((enum AVSampleFormat)frame->format);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    if (packed == rows[i].packed) {
      return rows[i].convert;
    }
  }
  return NULL;
}

bool
tmb_ffmpeg_converts(const AVFrame* const frame)
{
  return converter(frame);
}

void
tmb_ffmpeg_convert(const AVFrame* const frame,
                   const size_t         start,
                   const size_t         n,
                   float* const         interleaved)
{
  const enum AVSampleFormat format     = (enum AVSampleFormat)frame->format;
  const size_t              n_channels = (size_t)frame->ch_layout.nb_channels;
  const size_t              n_bytes =
    (size_t)tmb_ffmpeg()->av_get_bytes_per_sample(format) * start;
  const Convert convert = converter(frame);
  if (!tmb_ffmpeg()->av_sample_fmt_is_planar(format)) {
    convert(frame->extended_data[0] + (n_bytes * n_channels),
            n * n_channels,
            interleaved,
            1U);
    return;
  }
  for (size_t c = 0U; c < n_channels; ++c) {
    convert(frame->extended_data[c] + n_bytes, n, interleaved + c, n_channels);
  }
}
