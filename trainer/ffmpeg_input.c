// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/ffmpeg_input.h"

#include "trainer/ffmpeg.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES (1 << 15)

/// Bytes that demuxers look at to know their files.
#define PROBED_BYTES (1U << 20U)

/// Containers of sound and films, each in one file.  Those that libsndfile
/// decodes are left to it, so that it is its rules that tell what is damaged.
static const char demuxers[] =
  "mov,matroska,asf,avi,aac,ac3,eac3,mpegts,mpeg,flv,ape,wv,tta,mpc,mpc8,amr";

void
tmb_ffmpeg_explain(const int error, TmbMessage* const reason)
{
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  (void)tmb_ffmpeg()->av_strerror(error, text, sizeof(text));
  (void)tmb_fail(TMB_BAD_FILE, reason, "%s", text);
}

static int
read_bytes(void* const opaque, uint8_t* const bytes, const int n)
{
  TmbFfmpegInput* const self = (TmbFfmpegInput*)opaque;
  const ssize_t n_read = pread(self->fd, bytes, (size_t)n, (off_t)self->offset);
  if (n_read < 0) {
    return AVERROR(errno);
  }
  self->offset += n_read;
  return n_read ? (int)n_read : AVERROR_EOF;
}

static int64_t
seek_byte(void* const opaque, const int64_t offset, const int whence)
{
  TmbFfmpegInput* const self   = (TmbFfmpegInput*)opaque;
  struct stat           status = { 0 };
  if (fstat(self->fd, &status)) {
    return AVERROR(errno);
  }

  int64_t base = 0;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return (int64_t)status.st_size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      base = self->offset;
      break;
    case SEEK_END:
      base = (int64_t)status.st_size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < -base || offset > INT64_MAX - base) {
    return AVERROR(EINVAL);
  }
  self->offset = base + offset;
  return self->offset;
}

/// Whatever a file asks for, it is the only one.
static int
refuse_other_files(AVFormatContext* const format,
                   AVIOContext** const    io,
                   const char* const      url,
                   const int              flags,
                   AVDictionary** const   options)
{
  (void)format;
  (void)io;
  (void)url;
  (void)flags;
  (void)options;
  return AVERROR(EACCES);
}

/// The demuxer for a file, or null if there is none that we would ask.
static const AVInputFormat*
find_demuxer(AVIOContext* const io)
{
  const AVInputFormat* demuxer = NULL;
  const int            score   = tmb_ffmpeg()->av_probe_input_buffer2(
    io, &demuxer, "", NULL, 0U, PROBED_BYTES);
  return (score > AVPROBE_SCORE_RETRY &&
          tmb_ffmpeg()->av_match_list(demuxer->name, demuxers, ',') > 0)
           ? demuxer
           : NULL;
}

TmbOpening
tmb_ffmpeg_open(const int             fd,
                TmbFfmpegInput* const input,
                TmbMessage* const     reason)
{
  uint8_t* const buffer = (uint8_t*)tmb_ffmpeg()->av_malloc(BUFFER_BYTES);
  input->fd             = fd;
  input->io             = buffer
                            ? tmb_ffmpeg()->avio_alloc_context(
                    buffer, BUFFER_BYTES, 0, input, read_bytes, NULL, seek_byte)
                            : NULL;
  input->format         = tmb_ffmpeg()->avformat_alloc_context();
  if (!input->io || !input->format) {
    if (!input->io) {
      tmb_ffmpeg()->av_free(buffer);
    }
    return TMB_EXHAUSTED;
  }

  const AVInputFormat* const demuxer = find_demuxer(input->io);
  if (!demuxer) {
    return TMB_FOREIGN;
  }

  input->format->pb      = input->io;
  input->format->io_open = refuse_other_files;
  const int error =
    tmb_ffmpeg()->avformat_open_input(&input->format, "", demuxer, NULL);
  if (error < 0) {
    TmbMessage text;
    tmb_ffmpeg_explain(error, &text);
    (void)tmb_fail(
      TMB_BAD_FILE, reason, "the file is cut short or damaged (%s)", text.text);
    return TMB_DAMAGED;
  }
  return TMB_DECODES;
}

void
tmb_ffmpeg_close(TmbFfmpegInput* const input)
{
  tmb_ffmpeg()->avformat_close_input(&input->format);
  if (input->io) {
    tmb_ffmpeg()->av_free(input->io->buffer);
    tmb_ffmpeg()->avio_context_free(&input->io);
  }
}
