// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_DECODER_H
#define TMB_DECODER_H

#include "dsp/status.h"
#include "trainer/audio_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What came of opening a file.
typedef enum {
  TMB_DECODES,  ///< There is a decoder for it
  TMB_FOREIGN,  ///< It is nothing that this kind of decoder knows
  TMB_MUTE,     ///< It is no recording: a film or picture without sound
  TMB_DAMAGED,  ///< It looks like a recording, but none can be read from it
  TMB_EXHAUSTED ///< An allocation failed
} TmbOpening;

typedef struct TmbDecoderKind TmbDecoderKind;

/// A file being decoded; it begins what each kind has of its own.
typedef struct {
  const TmbDecoderKind* kind;
} TmbDecoder;

/**
   A library that decodes, behind what audio_file.h promises.

   A reason is part of a sentence and does not name the file.
*/
struct TmbDecoderKind {
  /// Of the names of files that it decodes, ended by null
  const char* const* endings;

  /// By so much less than its header claims may a whole recording hold
  double slack_s;

  /// The library's name and version
  void (*describe)(TmbMessage* name);

  /// Open a file from its start.  The file is borrowed, and nobody else may
  /// read from it meanwhile; `info` and `decoder` are filled if it decodes, and
  /// otherwise the reason is.
  TmbOpening (*open)(int           fd,
                     TmbAudioInfo* info,
                     TmbDecoder**  decoder,
                     TmbMessage*   reason);

  void (*close)(TmbDecoder* decoder);

  /// Decode up to `n` frames, [n][n_channels]; frames decoded, 0 at the end
  size_t (*read)(TmbDecoder* decoder, float* interleaved, size_t n);

  /// Go to a frame, if `info.seeks_well`; whether it could
  bool (*seek)(TmbDecoder* decoder, uint64_t frame);

  /// Whether decoding ended because of an error
  bool (*has_failed)(const TmbDecoder* decoder, TmbMessage* reason);
};

/// The kinds in the order in which they are to be asked; null behind the last.
const TmbDecoderKind*
tmb_decoder_kind(size_t i);

/// Which there are, with their versions, such as "libsndfile-1.2.0, FFmpeg
/// 59.27"; and that FFmpeg is not among them.
void
tmb_decoders_describe(TmbMessage* names);

#endif // TMB_DECODER_H
