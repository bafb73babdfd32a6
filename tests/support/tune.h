// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_TUNE_H
#define TMB_TEST_TUNE_H

#include "dsp/recogniser.h"
#include "tests/support/signals.h"

#include <stdint.h>

/*
  A tune by three instruments, and a model that tells them apart.  They differ
  in how fast their harmonics fall.
*/

#define TUNE_RATE 44100.0 ///< Where one rate will do
#define TUNE_INSTRUMENTS 3U
#define TUNE_NOTES 6U ///< Two of each instrument
#define TUNE_MAX_EVENTS 64U

/// An event, with the posterior that it points to.
typedef struct {
  TmbEvent event;
  float    posterior[TUNE_INSTRUMENTS];
} Record;

/// All that a recogniser told.
typedef struct {
  uint32_t n;
  Record   records[TUNE_MAX_EVENTS];
} Records;

/// Make tune_model(); as cmocka's setup of a group.
int
tune_setup(void** state);

/// Free it.
int
tune_teardown(void** state);

/// A model that names the nearest of three notes which it was shown; the first
/// two instruments are "clear", the third "dark".
const TmbModel*
tune_model(void);

/// The tune, at pitches that the model was not shown.
Signal
tune_new(double rate_hz);

/// Push a signal and its tail in blocks; each note's events come in order.
Records
tune_push(TmbRecogniser* recogniser, const Signal* signal, uint32_t n_block);

/// The same, with a recogniser of its own.
Records
tune_recognise(const TmbSettings* settings,
               const Signal*      signal,
               double             rate_hz,
               uint32_t           n_block);

/// Demand the same events, to the bit.
void
records_expect_same(const Records* a, const Records* b);

#endif // TMB_TEST_TUNE_H
