// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/audio_file.h"

#include "trainer/decoder.h"
#include "trainer/regular_file.h"
#include "trainer/sound_header.h"
#include "trainer/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEAST_RATE_HZ 8000
#define MOST_RATE_HZ 384000

/// Samples of all channels decoded at a time; more than any file's channels.
#define INTERLEAVED_SAMPLES 16384U

struct TmbAudioFileImpl {
  TmbAudioInfo info;
  char*        path;
  int          fd;
  TmbDecoder*  decoder;
  uint32_t     channel;  ///< To read, from 1 on; 0 for the mean of all
  uint64_t     position; ///< Frames read
  float        interleaved[INTERLEAVED_SAMPLES];
};

/// Open what may be a whole recording.
static TmbStatus
open_file(TmbAudioFile* const self, TmbMessage* const why)
{
  const char* const path    = tmb_text_shown(self->path);
  uint64_t          n_bytes = 0U;
  TmbMessage        reason;
  const TmbStatus   status =
    tmb_open_regular(self->path, &self->fd, &n_bytes, &reason);
  if (status) {
    return tmb_fail(status, why, "%s: %s", path, reason.text);
  }
  if (!n_bytes) {
    return tmb_fail(TMB_BAD_FILE, why, "%s: the file is empty", path);
  }

  const uint64_t missing = tmb_missing_bytes(self->fd, n_bytes);
  if (missing) {
    return tmb_fail(
      TMB_BAD_FILE,
      why,
      "%s: the file is cut short, %llu bytes of sound are missing",
      path,
      (unsigned long long)missing);
  }
  return TMB_OK;
}

/// The reason why no library decodes a file is that of the first, unless
/// another knows more of it.
static TmbOpening
open_by_any(const int           fd,
            TmbAudioInfo* const info,
            TmbDecoder** const  decoder,
            TmbMessage* const   reason)
{
  TmbOpening            opening = TMB_FOREIGN;
  const TmbDecoderKind* kind    = NULL;
  for (size_t i = 0U; opening == TMB_FOREIGN && (kind = tmb_decoder_kind(i));
       ++i) {
    TmbMessage own = { "" };
    opening        = kind->open(fd, info, decoder, &own);
    if (!i || opening != TMB_FOREIGN) {
      *reason = own;
    }
  }
  return opening;
}

static TmbStatus
start_decoder(TmbAudioFile* const self, TmbMessage* const why)
{
  const char* const path   = tmb_text_shown(self->path);
  TmbMessage        reason = { "" };
  const TmbOpening  opening =
    open_by_any(self->fd, &self->info, &self->decoder, &reason);
  if (opening == TMB_EXHAUSTED) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }
  return opening == TMB_DECODES
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE, why, "%s: %s", path, reason.text);
}

/// Whether we can make something of what the decoder gives.
static TmbStatus
check_info(const TmbAudioFile* const self, TmbMessage* const why)
{
  const char* const         path = tmb_text_shown(self->path);
  const TmbAudioInfo* const info = &self->info;
  if (info->n_channels < 1U || info->n_channels > INTERLEAVED_SAMPLES) {
    return tmb_fail(
      TMB_BAD_FILE, why, "%s: it has %u channels", path, info->n_channels);
  }
  if (!(info->rate_hz >= (double)LEAST_RATE_HZ &&
        info->rate_hz <= (double)MOST_RATE_HZ)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: its rate of %.0f Hz is not within %d to %d Hz",
                    path,
                    info->rate_hz,
                    LEAST_RATE_HZ,
                    MOST_RATE_HZ);
  }
  return TMB_OK;
}

TmbStatus
tmb_audio_open(const char* const    path,
               TmbAudioFile** const file,
               TmbMessage* const    why)
{
  *file = NULL;

  TmbAudioFile* const self = (TmbAudioFile*)calloc(1U, sizeof(TmbAudioFile));
  if (!self) {
    return tmb_fail(
      TMB_NO_MEMORY, why, "%s: out of memory", tmb_text_shown(path));
  }

  self->fd   = -1;
  self->path = strdup(path);
  if (!self->path) {
    tmb_audio_close(self);
    return tmb_fail(
      TMB_NO_MEMORY, why, "%s: out of memory", tmb_text_shown(path));
  }

  TmbStatus status = open_file(self, why);
  if (!status) {
    status = start_decoder(self, why);
  }
  if (!status) {
    status = check_info(self, why);
  }
  if (status) {
    tmb_audio_close(self);
    return status;
  }
  *file = self;
  return TMB_OK;
}

static void
stop_decoder(TmbAudioFile* const self)
{
  if (self->decoder) {
    self->decoder->kind->close(self->decoder);
    self->decoder = NULL;
  }
}

void
tmb_audio_close(TmbAudioFile* const file)
{
  if (file) {
    stop_decoder(file);
    if (file->fd >= 0) {
      (void)close(file->fd);
    }
    free(file->path);
    free(file);
  }
}

const TmbAudioInfo*
tmb_audio_info(const TmbAudioFile* const file)
{
  return &file->info;
}

TmbStatus
tmb_audio_choose(TmbAudioFile* const file,
                 const uint32_t      channel,
                 TmbMessage* const   why)
{
  const uint32_t n = file->info.n_channels;
  if (channel > n) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: it has no channel %u, only %u",
                    tmb_text_shown(file->path),
                    channel,
                    n);
  }
  file->channel = channel;
  return TMB_OK;
}

bool
tmb_audio_is_known(const char* const path)
{
  int        fd = -1;
  TmbMessage reason;
  if (tmb_open_regular(path, &fd, NULL, &reason)) {
    return false;
  }

  TmbAudioInfo     info    = { 0 };
  TmbDecoder*      decoder = NULL;
  const TmbOpening opening = open_by_any(fd, &info, &decoder, &reason);
  if (decoder) {
    decoder->kind->close(decoder);
  }
  (void)close(fd);
  return opening == TMB_DECODES || opening == TMB_DAMAGED;
}

/// Decode up to `n` frames, which the buffer must hold; frames decoded.
static size_t
decode(TmbAudioFile* const self, float* const interleaved, const size_t n)
{
  return self->decoder->kind->read(self->decoder, interleaved, n);
}

/// Average the channels; two have a loop of their own, which vectorises.
static void
mix(const float* const interleaved,
    const size_t       n_channels,
    const size_t       n_frames,
    float* const       mono)
{
  if (n_channels == 2U) {
    for (size_t i = 0U; i < n_frames; ++i) {
      mono[i] = (interleaved[2U * i] + interleaved[(2U * i) + 1U]) * 0.5f;
    }
    return;
  }

  const float scale = 1.0f / (float)n_channels;
  for (size_t i = 0U; i < n_frames; ++i) {
    float sum = 0.0f;
    for (size_t c = 0U; c < n_channels; ++c) {
      sum += interleaved[(i * n_channels) + c];
    }
    mono[i] = sum * scale;
  }
}

static void
pick(const float* const interleaved,
     const size_t       n_channels,
     const size_t       channel,
     const size_t       n_frames,
     float* const       mono)
{
  for (size_t i = 0U; i < n_frames; ++i) {
    mono[i] = interleaved[(i * n_channels) + channel];
  }
}

/// Decode up to `n` frames and make them mono; frames decoded.
static size_t
read_frames(TmbAudioFile* const self, float* const mono, const size_t n)
{
  const size_t n_channels = self->info.n_channels;
  const size_t most       = INTERLEAVED_SAMPLES / n_channels;
  const size_t n_wanted   = (n < most) ? n : most;
  if (n_channels == 1U) {
    return decode(self, mono, n_wanted);
  }

  const size_t n_frames = decode(self, self->interleaved, n_wanted);
  if (self->channel) {
    pick(self->interleaved, n_channels, self->channel - 1U, n_frames, mono);
  } else {
    mix(self->interleaved, n_channels, n_frames, mono);
  }
  return n_frames;
}

/// At the end of what the decoder gives: is it the end of the recording?
static TmbStatus
check_end(const TmbAudioFile* const self, TmbMessage* const why)
{
  const TmbDecoderKind* const kind = self->decoder->kind;
  const char* const           path = tmb_text_shown(self->path);
  const double read_s = (double)self->position / self->info.rate_hz;
  TmbMessage   reason = { "" };
  if (kind->has_failed(self->decoder, &reason)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: the file is damaged after %.3f s (%s)",
                    path,
                    read_s,
                    reason.text);
  }
  if (!self->position) {
    return tmb_fail(TMB_BAD_FILE, why, "%s: the sound has no samples", path);
  }
  const double whole_s = (double)self->info.n_frames / self->info.rate_hz;
  if (read_s + kind->slack_s < whole_s) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: the file is damaged, %.3f of its %.3f s are there",
                    path,
                    read_s,
                    whole_s);
  }
  return TMB_OK;
}

TmbStatus
tmb_audio_read(TmbAudioFile* const file,
               float* const        mono,
               const size_t        n,
               size_t* const       n_read,
               TmbMessage* const   why)
{
  *n_read = 0U;
  while (*n_read < n) {
    const size_t n_new = read_frames(file, mono + *n_read, n - *n_read);
    if (!n_new) {
      break;
    }
    *n_read += n_new;
    file->position += n_new;
  }
  return *n_read ? TMB_OK : check_end(file, why);
}

static TmbStatus
fail_beyond(const TmbAudioFile* const self,
            const uint64_t            frame,
            const uint64_t            end,
            TmbMessage* const         why)
{
  return tmb_fail(TMB_BAD_FILE,
                  why,
                  "%s: it ends at %.3f s, before %.3f s",
                  tmb_text_shown(self->path),
                  (double)end / self->info.rate_hz,
                  (double)frame / self->info.rate_hz);
}

/// Have the decoder look for a frame; false if that one can't be read then.
static bool
jump_to(TmbAudioFile* const self, const uint64_t frame)
{
  if (!self->info.seeks_well ||
      !self->decoder->kind->seek(self->decoder, frame - 1U) ||
      !decode(self, self->interleaved, 1U)) {
    return false;
  }
  self->position = frame;
  return true;
}

static TmbStatus
start_again(TmbAudioFile* const self, TmbMessage* const why)
{
  const uint32_t n_channels = self->info.n_channels;
  stop_decoder(self);
  self->position         = 0U;
  const TmbStatus status = start_decoder(self, why);
  return (status || self->info.n_channels == n_channels)
           ? status
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: it has changed while it was read",
                      tmb_text_shown(self->path));
}

/// Read on up to a frame.
static TmbStatus
drop_until(TmbAudioFile* const self,
           const uint64_t      frame,
           TmbMessage* const   why)
{
  const size_t most = INTERLEAVED_SAMPLES / self->info.n_channels;
  size_t       n    = 1U;
  while (n && self->position < frame) {
    const uint64_t left = frame - self->position;
    n = decode(self, self->interleaved, left < most ? (size_t)left : most);
    self->position += n;
  }
  if (n) {
    return TMB_OK;
  }

  const TmbStatus status = check_end(self, why);
  return status ? status : fail_beyond(self, frame, self->position, why);
}

TmbStatus
tmb_audio_seek(TmbAudioFile* const file,
               const uint64_t      frame,
               TmbMessage* const   why)
{
  const TmbAudioInfo* const info = &file->info;
  if (frame == file->position) {
    return TMB_OK;
  }
  if (info->seeks_well && frame > info->n_frames) {
    return fail_beyond(file, frame, info->n_frames, why);
  }
  if (frame && jump_to(file, frame)) {
    return TMB_OK;
  }

  // A decoder that has jumped in vain may be anywhere
  const bool      is_ahead = !info->seeks_well && frame >= file->position;
  const TmbStatus status   = is_ahead ? TMB_OK : start_again(file, why);
  return status ? status : drop_until(file, frame, why);
}
