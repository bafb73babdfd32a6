// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_AUDIO_FILE_H
#define TMB_AUDIO_FILE_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A recording, read as a stream of mono samples at its own rate.
typedef struct TmbAudioFileImpl TmbAudioFile;

typedef struct {
  double   rate_hz;       ///< 8000 to 384000
  uint32_t n_channels;    ///< At least 1
  uint64_t n_frames;      ///< Samples a channel as the header claims, or 0 if
                          ///< it does not say; FFmpeg's may be 0.5 s off
  bool        seeks_well; ///< Whether tmb_audio_seek() takes no time
  const char* format;     ///< Such as "FLAC (Free Lossless Audio Codec)"
  const char* encoding;   ///< Such as "Signed 16 bit PCM"
} TmbAudioInfo;

/**
   Open any format that libsndfile decodes, or else FFmpeg if it is there.  Of a
   film the sound is taken: its default track, or the first.

   What can't be a recording is refused here: no regular file (a pipe would
   block), nothing in it, a text, a rate that the front end can't take, a WAV or
   AIFF file that holds less sound than its header promises.

   @param[out] file Owned by the caller, closed with tmb_audio_close().
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_audio_open(const char* path, TmbAudioFile** file, TmbMessage* why);

void
tmb_audio_close(TmbAudioFile* file);

const TmbAudioInfo*
tmb_audio_info(const TmbAudioFile* file);

/**
   Choose what the samples to come are.

   @param channel From 1 on; or 0 for the mean of all, as after opening.
   @param[out] why One sentence that names the path and the reason.
   @return #TMB_OK, or #TMB_BAD_FILE if there is no such channel.
*/
TMB_NODISCARD TmbStatus
tmb_audio_choose(TmbAudioFile* file, uint32_t channel, TmbMessage* why);

/// Whether a file's bytes, whatever its name, begin like those of a recording,
/// which a film without sound is not; tmb_audio_open() may still find it
/// damaged.
bool
tmb_audio_is_known(const char* path);

/**
   Read on; channels are averaged, unless one was chosen.

   Samples are full scale at 1; a file of floats may hold any value, NaN too.

   @param[out] mono [n]
   @param[out] n_read Samples read; 0 at the end.
   @param[out] why One sentence on error, that names the path and the reason.
   @return #TMB_OK, or #TMB_BAD_FILE if the decoder failed or came to the end
   before the header's length; all that came before has been read then.
*/
TMB_NODISCARD TmbStatus
tmb_audio_read(TmbAudioFile* file,
               float*        mono,
               size_t        n,
               size_t*       n_read,
               TmbMessage*   why);

/**
   Go to where sample `frame` is read next, the same to the bit as if all before
   it had been read.

   That takes no time in what libsndfile finds exactly, which it does in PCM,
   FLAC, ALAC and ADPCM.  Of its other formats it refuses some; in Vorbis and
   Opus it is off in the last page and in streams whose first page counts from
   elsewhere, and in MPEG sound the last bits depend on where decoding began
   (libsndfile 1.2.0, mpg123 1.31.2).  There, and in what FFmpeg decodes, all is
   decoded that comes before: from here, or from the start if that is behind.

   @param frame At most the number of samples; there tmb_audio_read() finds the
   end.
   @param[out] why One sentence on error, that names the path and the reason.
   @return #TMB_OK; or #TMB_BAD_FILE if the recording ends before, or is
   damaged: then nothing more is to be read.
*/
TMB_NODISCARD TmbStatus
tmb_audio_seek(TmbAudioFile* file, uint64_t frame, TmbMessage* why);

#endif // TMB_AUDIO_FILE_H
