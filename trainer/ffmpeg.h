// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FFMPEG_H
#define TMB_FFMPEG_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stddef.h>
#include <stdint.h>

// clang-format off
#define TMB_FFMPEG_FUNCTIONS(X)                                              \
  /* libavutil */                                                            \
  X(void, av_log_set_level, (int))                                           \
  X(void, av_max_alloc, (size_t))                                            \
  X(void*, av_malloc, (size_t))                                              \
  X(void, av_free, (void*))                                                  \
  X(int, av_strerror, (int, char*, size_t))                                  \
  X(int, av_match_list, (const char*, const char*, char))                    \
  X(AVFrame*, av_frame_alloc, (void))                                        \
  X(void, av_frame_unref, (AVFrame*))                                        \
  X(void, av_frame_free, (AVFrame**))                                        \
  X(int, av_sample_fmt_is_planar, (enum AVSampleFormat))                     \
  X(int, av_get_bytes_per_sample, (enum AVSampleFormat))                     \
  X(enum AVSampleFormat, av_get_packed_sample_fmt, (enum AVSampleFormat))    \
  /* libavcodec */                                                           \
  X(AVPacket*, av_packet_alloc, (void))                                      \
  X(void, av_packet_unref, (AVPacket*))                                      \
  X(void, av_packet_free, (AVPacket**))                                      \
  X(const AVCodecDescriptor*, avcodec_descriptor_get, (enum AVCodecID))      \
  X(const AVCodec*, avcodec_find_decoder, (enum AVCodecID))                  \
  X(AVCodecContext*, avcodec_alloc_context3, (const AVCodec*))               \
  X(void, avcodec_free_context, (AVCodecContext**))                          \
  X(int, avcodec_parameters_to_context,                                      \
    (AVCodecContext*, const AVCodecParameters*))                             \
  X(int, avcodec_open2, (AVCodecContext*, const AVCodec*, AVDictionary**))   \
  X(int, avcodec_send_packet, (AVCodecContext*, const AVPacket*))            \
  X(int, avcodec_receive_frame, (AVCodecContext*, AVFrame*))                 \
  /* libavformat */                                                          \
  X(unsigned, avformat_version, (void))                                      \
  X(AVIOContext*, avio_alloc_context,                                        \
    (unsigned char*, int, int, void*,                                        \
     int (*)(void*, uint8_t*, int), int (*)(void*, uint8_t*, int),           \
     int64_t (*)(void*, int64_t, int)))                                      \
  X(void, avio_context_free, (AVIOContext**))                                \
  X(int, av_probe_input_buffer2,                                             \
    (AVIOContext*, const AVInputFormat**, const char*, void*,                \
     unsigned, unsigned))                                                    \
  X(AVFormatContext*, avformat_alloc_context, (void))                        \
  X(int, avformat_open_input,                                                \
    (AVFormatContext**, const char*, const AVInputFormat*, AVDictionary**))  \
  X(void, avformat_close_input, (AVFormatContext**))                         \
  X(int, av_read_frame, (AVFormatContext*, AVPacket*))
// clang-format on

/// Those of FFmpeg's functions that are used, under their names there.
typedef struct {
// NOLINTNEXTLINE(bugprone-macro-parentheses): it makes declarations
#define TMB_FFMPEG_MEMBER(result, name, arguments) result(*name) arguments;
  TMB_FFMPEG_FUNCTIONS(TMB_FFMPEG_MEMBER)
#undef TMB_FFMPEG_MEMBER
} TmbFfmpeg;

/**
   FFmpeg's libraries, loaded by the first who asks.

   They are not linked, since they bring more than a hundred others, which would
   triple the time that every command takes to start, and its memory.  Nothing
   is logged, and no allocation may take more than 256 MiB.

   @return Good until the process ends; null if they can't be loaded.  Threads
   may ask at once.
*/
const TmbFfmpeg*
tmb_ffmpeg(void);

#endif // TMB_FFMPEG_H
