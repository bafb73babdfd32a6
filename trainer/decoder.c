// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/decoder.h"

#include "trainer/decoder_sndfile.h"

const TmbDecoderKind*
tmb_decoder_kind(const size_t i)
{
  static const TmbDecoderKind* const kinds[] = {
    &tmb_sndfile_decoder,
  };
  return i < sizeof(kinds) / sizeof(*kinds) ? kinds[i] : NULL;
}
