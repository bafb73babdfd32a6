// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_HEARING_H
#define TMB_TEST_HEARING_H

#include "dsp/recogniser.h"
#include "tests/support/bundle.h"
#include "tests/support/signals.h"

#include <stdint.h>

/*
  Recognisers with the test model, which hear parts of long music.
*/

#define MUSIC_S 40.0
#define HEARING_MAX_EVENTS 200U

/// What a recogniser tells, posteriors included.
typedef struct {
  uint32_t n;
  TmbEvent events[HEARING_MAX_EVENTS];
  float    posteriors[HEARING_MAX_EVENTS][BUNDLE_CLASSES];
} Heard;

/// Load the model; as cmocka's setup of a group.
int
hearing_setup(void** state);

int
hearing_teardown(void** state);

/// The demo recordings one after another, at some rate, cut to MUSIC_S.
Signal
music_new(double rate_hz);

/// How many samples so many seconds are.
uint32_t
samples_at(double seconds, double rate_hz);

/// Samples taken when the short window with this number is complete.
uint32_t
window_end(uint32_t number, double rate_hz);

/// A recogniser, freed with tmb_recogniser_free(), or fail the test.
TmbRecogniser*
hearing_new(double rate_hz);

/// Push samples `first` to `end` - 1.
Heard
hearing_push(TmbRecogniser* recogniser,
             const Signal*  signal,
             uint32_t       first,
             uint32_t       end);

/// Digest at `end` of one that began with sample `first`.
uint64_t
hearing_digest(const Signal* signal,
               double        rate_hz,
               uint32_t      first,
               uint32_t      end);

#endif // TMB_TEST_HEARING_H
