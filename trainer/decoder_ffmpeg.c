// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/decoder_ffmpeg.h"

#include "trainer/ffmpeg.h"
#include "trainer/ffmpeg_frame.h"
#include "trainer/ffmpeg_input.h"

#include <errno.h>
#include <stdlib.h>

/// What headers claim is rounded, and may count what encoders put before.
#define SLACK_S 0.5

/// Longer claims are not believed.
#define MOST_SECONDS 1e9

/// Where streams have no header, how far to look for sound.
#define SEARCHED_PACKETS 2000U

typedef struct {
  TmbDecoder      base;
  TmbFfmpegInput  input;
  AVCodecContext* codec;
  AVPacket*       packet;
  bool            holds_packet; ///< It is still to be decoded
  AVFrame*        frame;        ///< The newest
  int             n_used;       ///< Of its samples
  int             stream;
  int             rate_hz;
  int             n_channels;
  TmbMessage      failure; ///< Why decoding ended, or empty
} FfmpegDecoder;

static void
describe(TmbMessage* const name)
{
  const TmbFfmpeg* const ffmpeg  = tmb_ffmpeg();
  const unsigned         version = ffmpeg ? ffmpeg->avformat_version() : 0U;
  if (ffmpeg) {
    (void)tmb_fail(TMB_OK,
                   name,
                   "FFmpeg %u.%u",
                   AV_VERSION_MAJOR(version),
                   AV_VERSION_MINOR(version));
  } else {
    (void)tmb_fail(TMB_OK, name, "FFmpeg, which can't be loaded");
  }
}

/// The stream of sound to take of those that are known, or -1.
static int
choose_stream(const AVFormatContext* const format)
{
  int chosen = -1;
  for (unsigned i = 0U; i < format->nb_streams; ++i) {
    const AVStream* const stream = format->streams[i];
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      if (stream->disposition & AV_DISPOSITION_DEFAULT) {
        return (int)i;
      }
      chosen = chosen < 0 ? (int)i : chosen;
    }
  }
  return chosen;
}

/// Find the stream of sound; some containers tell of it only by its packets.
static TmbOpening
find_stream(FfmpegDecoder* const self, TmbMessage* const reason)
{
  AVFormatContext* const format = self->input.format;
  self->stream                  = choose_stream(format);
  for (unsigned i = 0U; self->stream < 0 && i < SEARCHED_PACKETS &&
                        (format->ctx_flags & AVFMTCTX_NOHEADER);
       ++i) {
    tmb_ffmpeg()->av_packet_unref(self->packet);
    if (tmb_ffmpeg()->av_read_frame(format, self->packet) < 0) {
      break;
    }
    self->stream       = choose_stream(format);
    self->holds_packet = self->packet->stream_index == self->stream;
  }
  if (self->stream < 0) {
    (void)tmb_fail(TMB_BAD_FILE, reason, "there is no sound in it");
    return TMB_MUTE;
  }

  for (int i = 0; i < (int)format->nb_streams; ++i) {
    if (i != self->stream) {
      format->streams[i]->discard = AVDISCARD_ALL;
    }
  }
  return TMB_DECODES;
}

static const char*
codec_name(const enum AVCodecID id)
{
  const AVCodecDescriptor* const codec =
    tmb_ffmpeg()->avcodec_descriptor_get(id);
  return codec && codec->long_name ? codec->long_name : "unknown";
}

static TmbOpening
open_codec(FfmpegDecoder* const self, TmbMessage* const reason)
{
  const AVStream* const stream = self->input.format->streams[self->stream];
  const enum AVCodecID  id     = stream->codecpar->codec_id;
  const AVCodec* const  codec  = tmb_ffmpeg()->avcodec_find_decoder(id);
  if (!codec) {
    (void)tmb_fail(TMB_BAD_FILE,
                   reason,
                   "there is no decoder for its sound (%s)",
                   codec_name(id));
    return TMB_DAMAGED;
  }

  self->codec = tmb_ffmpeg()->avcodec_alloc_context3(codec);
  if (!self->codec) {
    return TMB_EXHAUSTED;
  }
  int error =
    tmb_ffmpeg()->avcodec_parameters_to_context(self->codec, stream->codecpar);
  if (error >= 0) {
    self->codec->pkt_timebase = stream->time_base;
    error = tmb_ffmpeg()->avcodec_open2(self->codec, codec, NULL);
  }
  if (error < 0) {
    TmbMessage text;
    tmb_ffmpeg_explain(error, &text);
    (void)tmb_fail(
      TMB_BAD_FILE, reason, "its sound can't be decoded (%s)", text.text);
    return TMB_DAMAGED;
  }
  return TMB_DECODES;
}

/// Give the codec a packet of its stream, or tell it that there is none left.
static int
feed_codec(FfmpegDecoder* const self)
{
  AVPacket* const packet = self->packet;
  int             error  = 0;
  while (!error && !self->holds_packet) {
    tmb_ffmpeg()->av_packet_unref(packet);
    error = tmb_ffmpeg()->av_read_frame(self->input.format, packet);
    self->holds_packet =
      !error && packet->size && packet->stream_index == self->stream;
  }
  self->holds_packet = false;

  if (error == AVERROR_EOF) {
    return tmb_ffmpeg()->avcodec_send_packet(self->codec, NULL);
  }
  if (!error && (packet->flags & AV_PKT_FLAG_CORRUPT)) {
    return AVERROR_INVALIDDATA;
  }
  return error ? error : tmb_ffmpeg()->avcodec_send_packet(self->codec, packet);
}

/// Whether the newest frame is like those before; otherwise it is dropped.
static bool
check_frame(FfmpegDecoder* const self)
{
  const AVFrame* const frame  = self->frame;
  const char*          reason = NULL;
  if (!self->rate_hz) {
    self->rate_hz    = frame->sample_rate;
    self->n_channels = frame->ch_layout.nb_channels;
  }
  if (frame->sample_rate != self->rate_hz ||
      frame->ch_layout.nb_channels != self->n_channels) {
    reason = "its rate or channels change";
  } else if (!tmb_ffmpeg_converts(frame)) {
    reason = "its samples are of an unknown type";
  }
  if (reason) {
    (void)tmb_fail(TMB_BAD_FILE, &self->failure, "%s", reason);
    tmb_ffmpeg()->av_frame_unref(self->frame);
  }
  return !reason;
}

/// Decode a frame that has samples; false at the end or on failure.
static bool
next_frame(FfmpegDecoder* const self)
{
  self->n_used = 0;
  while (!self->failure.text[0]) {
    const int error =
      tmb_ffmpeg()->avcodec_receive_frame(self->codec, self->frame);
    if (!error && self->frame->nb_samples > 0) {
      return check_frame(self);
    }

    const int fed = error == AVERROR(EAGAIN) ? feed_codec(self) : error;
    if (fed == AVERROR_EOF) {
      return false;
    }
    if (fed < 0) {
      tmb_ffmpeg_explain(fed, &self->failure);
    }
  }
  return false;
}

/// The first frame tells what the others must be like; headers may be wrong.
static TmbOpening
decode_first(FfmpegDecoder* const self, TmbMessage* const reason)
{
  if (next_frame(self)) {
    return TMB_DECODES;
  }
  if (self->failure.text[0]) {
    (void)tmb_fail(TMB_BAD_FILE,
                   reason,
                   "its sound can't be decoded (%s)",
                   self->failure.text);
  } else {
    (void)tmb_fail(TMB_BAD_FILE, reason, "the sound has no samples");
  }
  return TMB_DAMAGED;
}

/// Duration of the sound, or 0 if the header does not say; that of the whole
/// may be the picture's.
static double
claimed_seconds(const FfmpegDecoder* const self)
{
  const AVFormatContext* const format = self->input.format;
  const AVStream* const        stream = format->streams[self->stream];
  double                       s      = 0.0;
  if (stream->duration > 0) {
    s = (double)stream->duration * av_q2d(stream->time_base);
  } else if (format->nb_streams == 1U && format->duration > 0) {
    s = (double)format->duration / (double)AV_TIME_BASE;
  }
  return s < MOST_SECONDS ? s : 0.0;
}

static void
fill_info(const FfmpegDecoder* const self, TmbAudioInfo* const info)
{
  const char* const format = self->input.format->iformat->long_name;
  const double      rate   = (double)self->rate_hz;
  info->rate_hz            = rate;
  info->n_channels         = (uint32_t)self->n_channels;
  info->n_frames           = (uint64_t)(claimed_seconds(self) * rate + 0.5);
  info->seeks_well         = false;
  info->format             = format ? format : "unknown";
  info->encoding           = codec_name(self->codec->codec_id);
}

static void
close_decoder(TmbDecoder* const decoder)
{
  FfmpegDecoder* const self = (FfmpegDecoder*)decoder;
  tmb_ffmpeg()->avcodec_free_context(&self->codec);
  tmb_ffmpeg()->av_packet_free(&self->packet);
  tmb_ffmpeg()->av_frame_free(&self->frame);
  tmb_ffmpeg_close(&self->input);
  free(self);
}

static TmbOpening
open_decoder(const int           fd,
             TmbAudioInfo* const info,
             TmbDecoder** const  decoder,
             TmbMessage* const   reason)
{
  if (!tmb_ffmpeg()) {
    return TMB_FOREIGN;
  }

  FfmpegDecoder* const self = (FfmpegDecoder*)calloc(1U, sizeof(FfmpegDecoder));
  if (!self) {
    return TMB_EXHAUSTED;
  }
  self->base.kind = &tmb_ffmpeg_decoder;
  self->packet    = tmb_ffmpeg()->av_packet_alloc();
  self->frame     = tmb_ffmpeg()->av_frame_alloc();

  TmbOpening opening = self->packet && self->frame
                         ? tmb_ffmpeg_open(fd, &self->input, reason)
                         : TMB_EXHAUSTED;
  if (opening == TMB_DECODES) {
    opening = find_stream(self, reason);
  }
  if (opening == TMB_DECODES) {
    opening = open_codec(self, reason);
  }
  if (opening == TMB_DECODES) {
    opening = decode_first(self, reason);
  }
  if (opening != TMB_DECODES) {
    close_decoder(&self->base);
    return opening;
  }
  fill_info(self, info);
  *decoder = &self->base;
  return TMB_DECODES;
}

static size_t
read_frames(TmbDecoder* const decoder, float* const interleaved, const size_t n)
{
  FfmpegDecoder* const self = (FfmpegDecoder*)decoder;
  if (self->n_used == self->frame->nb_samples && !next_frame(self)) {
    return 0U;
  }

  const size_t left  = (size_t)(self->frame->nb_samples - self->n_used);
  const size_t n_new = n < left ? n : left;
  tmb_ffmpeg_convert(self->frame, (size_t)self->n_used, n_new, interleaved);
  self->n_used += (int)n_new;
  return n_new;
}

static bool
has_failed(const TmbDecoder* const decoder, TmbMessage* const reason)
{
  *reason = ((const FfmpegDecoder*)decoder)->failure;
  return reason->text[0];
}

static const char* const endings[] = {
  "m4a", "m4b",  "mp4", "m4v", "mov",  "3gp", "aac", "ac3", "eac3", "wma",
  "wmv", "asf",  "mka", "mkv", "webm", "avi", "flv", "mpg", "mpeg", "vob",
  "mts", "m2ts", "ape", "wv",  "tta",  "mpc", "amr", NULL,
};

const TmbDecoderKind tmb_ffmpeg_decoder = {
  .endings    = endings,
  .slack_s    = SLACK_S,
  .describe   = describe,
  .open       = open_decoder,
  .close      = close_decoder,
  .read       = read_frames,
  .has_failed = has_failed,
};
