// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/audio_writer.h"

#include <sndfile.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FULL_SCALE 32767.0f
#define BLOCK_SAMPLES 4096U

/// A file that libsndfile writes through, since it does not tell of an error
/// in what it writes last.
typedef struct {
  FILE* file;
  int   error; ///< errno of the first that failed, or 0
} Output;

static void
note_error(Output* const self)
{
  self->error = self->error ? self->error : errno;
}

static sf_count_t
tell_size(void* const data)
{
  Output* const self = (Output*)data;
  const off_t   here = ftello(self->file);
  (void)fseeko(self->file, 0, SEEK_END);
  const off_t size = ftello(self->file);
  (void)fseeko(self->file, here, SEEK_SET);
  return size;
}

static sf_count_t
seek(const sf_count_t offset, const int whence, void* const data)
{
  Output* const self = (Output*)data;
  if (fseeko(self->file, offset, whence)) {
    note_error(self);
  }
  return ftello(self->file);
}

static sf_count_t
read_bytes(void* const bytes, const sf_count_t n, void* const data)
{
  const Output* const self = (const Output*)data;
  return (sf_count_t)fread(bytes, 1U, (size_t)n, self->file);
}

static sf_count_t
write_bytes(const void* const bytes, const sf_count_t n, void* const data)
{
  Output* const self    = (Output*)data;
  const size_t  n_taken = fwrite(bytes, 1U, (size_t)n, self->file);
  if (n_taken != (size_t)n) {
    note_error(self);
  }
  return (sf_count_t)n_taken;
}

static sf_count_t
tell(void* const data)
{
  const Output* const self = (const Output*)data;
  return ftello(self->file);
}

/// Write samples in 16 bits; whether all went well.
static bool
write_samples(SNDFILE* const encoder, const float* const mono, const uint32_t n)
{
  short    block[BLOCK_SAMPLES];
  uint32_t done = 0U;
  bool     ok   = true;
  while (ok && done < n) {
    const uint32_t left = n - done;
    const uint32_t size = left < BLOCK_SAMPLES ? left : BLOCK_SAMPLES;
    for (uint32_t i = 0U; i < size; ++i) {
      const float sample = fminf(fmaxf(mono[done + i], -1.0f), 1.0f);
      block[i]           = (short)lrintf(FULL_SCALE * sample);
    }
    ok = sf_write_short(encoder, block, (sf_count_t)size) == (sf_count_t)size;
    done += size;
  }
  return ok;
}

TmbStatus
tmb_audio_write(const char* const  path,
                const float* const mono,
                const uint32_t     n,
                const uint32_t     rate_hz,
                TmbMessage* const  why)
{
  Output output = { .file = fopen(path, "w+be") };
  if (!output.file) {
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s can't be written: %s", path, strerror(errno));
  }

  SF_VIRTUAL_IO  io      = { tell_size, seek, read_bytes, write_bytes, tell };
  SF_INFO        info    = { .samplerate = (int)rate_hz,
                             .channels   = 1,
                             .format     = SF_FORMAT_FLAC | SF_FORMAT_PCM_16 };
  SNDFILE* const encoder = sf_open_virtual(&io, SFM_WRITE, &info, &output);
  const char*    reason  = encoder ? NULL : sf_strerror(NULL);
  if (encoder) {
    if (!write_samples(encoder, mono, n)) {
      reason = "the encoder failed";
    }
    (void)sf_close(encoder);
  }
  if (fclose(output.file)) {
    note_error(&output);
  }
  if (output.error) {
    reason = strerror(output.error);
  }
  return reason
           ? tmb_fail(
               TMB_WRITE_FAILED, why, "%s can't be written: %s", path, reason)
           : TMB_OK;
}
