// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_READING_H
#define TMB_TEST_READING_H

#include "trainer/audio_file.h"

#include <stddef.h>

/// A recording as it was read.
typedef struct {
  size_t     n;
  float*     y; ///< [n] Freed by the test
  TmbStatus  status;
  TmbMessage why;
} Reading;

/// Open a recording, or fail the test.
TmbAudioFile*
reading_open(const char* path);

/// Read to the end or to an error, `n_block` samples at a time.
Reading
reading_all(TmbAudioFile* file, size_t n_block);

/// Root of the mean squared difference from tone_sample(), which is `delay`
/// samples late, or cut at its start if that is negative.
double
reading_error(const Reading* reading, int rate_hz, unsigned n_notes, int delay);

/// Go to a frame and demand that what comes then is what reading on gave.
void
reading_check_seek(TmbAudioFile*  file,
                   const Reading* whole,
                   size_t         frame,
                   const char*    label);

#endif // TMB_TEST_READING_H
