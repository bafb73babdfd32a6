// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_DECODER_SNDFILE_H
#define TMB_DECODER_SNDFILE_H

#include "trainer/decoder.h"

/// libsndfile.
extern const TmbDecoderKind tmb_sndfile_decoder;

#endif // TMB_DECODER_SNDFILE_H
