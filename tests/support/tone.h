// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_TONE_H
#define TMB_TEST_TONE_H

#include <stdint.h>

/**
   Write a recording of notes, 0.4 s each and falling, from 0.1 s on.

   @param format libsndfile's, such as SF_FORMAT_WAV | SF_FORMAT_PCM_16.
   @param n_channels Channel c is the tone times 2 c / (n_channels - 1), so that
   the mean of all channels is the tone.
   @param n_notes May be 0: that is silence.
   @return Samples a channel: (0.1 + 0.4 n_notes + 0.1) s.
*/
uint32_t
tone_write(const char* path,
           int         format,
           int         rate_hz,
           int         n_channels,
           unsigned    n_notes);

/// Where note `i` begins, in seconds.
double
tone_onset(unsigned i);

/// Sample `i` of the tone, before any encoding.
float
tone_sample(uint32_t i, int rate_hz, unsigned n_notes);

#endif // TMB_TEST_TONE_H
