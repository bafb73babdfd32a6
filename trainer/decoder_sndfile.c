// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/decoder_sndfile.h"

#include "trainer/sound_header.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// 16-bit samples decoded at a time.
#define BLOCK_SAMPLES 16384U

typedef struct {
  TmbDecoder base;
  SNDFILE*   stream;
  size_t     n_channels;
  bool       has_16_bits;
  short      block[BLOCK_SAMPLES];
} SndfileDecoder;

/// libsndfile keeps one reason for all files that could not be opened.
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;

static void
describe(TmbMessage* const name)
{
  (void)tmb_fail(TMB_OK, name, "%s", sf_version_string());
}

/// libsndfile's reason as part of a sentence: no full stop, no line end.
static int
reason_length(const char* const reason)
{
  size_t n = strlen(reason);
  while (n && strchr(". \n", reason[n - 1U])) {
    --n;
  }
  return (int)n;
}

static const char*
format_name(const int format)
{
  SF_FORMAT_INFO info = { .format = format };
  return sf_command(NULL, SFC_GET_FORMAT_INFO, &info, sizeof(info)) ? "unknown"
                                                                    : info.name;
}

static bool
is_ogg(const SF_INFO* const info)
{
  return (info->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG;
}

static bool
is_mpeg(const SF_INFO* const info)
{
  return (info->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG;
}

/// The length that a header claims, or 0 if it does not say.
static uint64_t
claimed_frames(const int fd, const SF_INFO* const info)
{
  const bool is_told = info->frames != SF_COUNT_MAX &&
                       (!is_mpeg(info) || tmb_mpeg_tells_length(fd));
  return is_told ? (uint64_t)info->frames : 0U;
}

/**
   Whether sf_seek() leads to the samples that decoding from the start gives.

   Of Ogg it counts from the granule at a page's end, which goes wrong in the
   last page and in a cut stream; of MPEG the last bits depend on where decoding
   began.
*/
static bool
seeks_well(const SF_INFO* const info)
{
  return info->seekable && info->frames != SF_COUNT_MAX && !is_ogg(info) &&
         !is_mpeg(info);
}

static SNDFILE*
open_stream(const int fd, SF_INFO* const info, TmbMessage* const reason)
{
  // What it can't open it closes, even if told not to (1.2.0)
  const int own = lseek(fd, 0, SEEK_SET) ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) {
    (void)tmb_fail(TMB_BAD_FILE, reason, "%s", strerror(errno));
    return NULL;
  }

  (void)pthread_mutex_lock(&open_lock);
  SNDFILE* const stream = sf_open_fd(own, SFM_READ, info, SF_TRUE);
  if (!stream) {
    const char* const text = sf_strerror(NULL);
    (void)tmb_fail(TMB_BAD_FILE,
                   reason,
                   "not a sound file (%.*s)",
                   reason_length(text),
                   text);
  }
  (void)pthread_mutex_unlock(&open_lock);
  return stream;
}

/// Whether the header may be believed.
static bool
is_sound(const SF_INFO* const info, TmbMessage* const reason)
{
  if (info->frames < 1) {
    (void)tmb_fail(TMB_BAD_FILE, reason, "the sound has no samples");
    return false;
  }
  // The last page of Ogg says how long it is
  if (info->frames == SF_COUNT_MAX && is_ogg(info)) {
    (void)tmb_fail(TMB_BAD_FILE, reason, "the file is cut short");
    return false;
  }
  return true;
}

static void
close_decoder(TmbDecoder* const decoder)
{
  SndfileDecoder* const self = (SndfileDecoder*)decoder;
  (void)sf_close(self->stream);
  free(self);
}

static TmbOpening
open_decoder(const int           fd,
             TmbAudioInfo* const info,
             TmbDecoder** const  decoder,
             TmbMessage* const   reason)
{
  SF_INFO        header = { 0 };
  SNDFILE* const stream = open_stream(fd, &header, reason);
  if (!stream) {
    return TMB_FOREIGN;
  }

  SndfileDecoder* const self =
    (SndfileDecoder*)calloc(1U, sizeof(SndfileDecoder));
  if (!self || !is_sound(&header, reason)) {
    (void)sf_close(stream);
    free(self);
    return self ? TMB_DAMAGED : TMB_EXHAUSTED;
  }

  self->base.kind   = &tmb_sndfile_decoder;
  self->stream      = stream;
  self->n_channels  = (size_t)header.channels;
  self->has_16_bits = (header.format & SF_FORMAT_SUBMASK) == SF_FORMAT_PCM_16;

  info->rate_hz    = (double)header.samplerate;
  info->n_channels = (uint32_t)header.channels;
  info->n_frames   = claimed_frames(fd, &header);
  info->seeks_well = seeks_well(&header);
  info->format     = format_name(header.format & SF_FORMAT_TYPEMASK);
  info->encoding   = format_name(header.format & SF_FORMAT_SUBMASK);
  *decoder         = &self->base;
  return TMB_DECODES;
}

/// Frames that were read of `n`; none from a decoder that claims to have read
/// more.
static size_t
believe(const sf_count_t n_read, const size_t n)
{
  return n_read > 0 && (uint64_t)n_read <= n ? (size_t)n_read : 0U;
}

/**
   libsndfile turns 16-bit samples into floats one by one, which takes longer
   than reading them: here that is a loop that vectorises.
*/
static size_t
read_shorts(SndfileDecoder* const self,
            float* const          interleaved,
            const size_t          n)
{
  const size_t     most     = BLOCK_SAMPLES / self->n_channels;
  const size_t     n_wanted = n < most ? n : most;
  const sf_count_t n_read =
    sf_readf_short(self->stream, self->block, (sf_count_t)n_wanted);
  const size_t n_frames = believe(n_read, n_wanted);
  for (size_t i = 0U; i < n_frames * self->n_channels; ++i) {
    interleaved[i] = (float)self->block[i] * (1.0f / 32768.0f);
  }
  return n_frames;
}

static size_t
read_frames(TmbDecoder* const decoder, float* const interleaved, const size_t n)
{
  SndfileDecoder* const self = (SndfileDecoder*)decoder;
  if (self->has_16_bits) {
    return read_shorts(self, interleaved, n);
  }
  const sf_count_t n_read =
    sf_readf_float(self->stream, interleaved, (sf_count_t)n);
  return believe(n_read, n);
}

static bool
seek_frame(TmbDecoder* const decoder, const uint64_t frame)
{
  SNDFILE* const   stream = ((SndfileDecoder*)decoder)->stream;
  const sf_count_t place  = (sf_count_t)frame;
  return sf_seek(stream, place, SEEK_SET) == place;
}

static bool
has_failed(const TmbDecoder* const decoder, TmbMessage* const reason)
{
  SNDFILE* const stream = ((const SndfileDecoder*)decoder)->stream;
  if (!sf_error(stream)) {
    return false;
  }
  const char* const text = sf_strerror(stream);
  (void)tmb_fail(TMB_BAD_FILE, reason, "%.*s", reason_length(text), text);
  return true;
}

static const char* const endings[] = {
  "wav", "wave", "bwf",  "rf64", "w64", "aif", "aiff", "aifc", "flac",
  "oga", "ogg",  "opus", "mp2",  "mp3", "au",  "snd",  "caf",  NULL,
};

const TmbDecoderKind tmb_sndfile_decoder = {
  .endings    = endings,
  .describe   = describe,
  .open       = open_decoder,
  .close      = close_decoder,
  .read       = read_frames,
  .seek       = seek_frame,
  .has_failed = has_failed,
};
