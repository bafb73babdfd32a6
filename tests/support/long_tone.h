// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_LONG_TONE_H
#define TMB_TEST_LONG_TONE_H

#include <stdint.h>

/**
   Write a recording so long that it is labelled in pieces: every 3 s the same
   five notes of tone_sample(), each time and on each channel at another level.

   @param format libsndfile's, such as SF_FORMAT_WAV | SF_FORMAT_PCM_16.
   @return Samples a channel.
*/
uint32_t
long_tone_write(const char* path,
                int         format,
                int         rate_hz,
                int         n_channels,
                unsigned    minutes);

#endif // TMB_TEST_LONG_TONE_H
