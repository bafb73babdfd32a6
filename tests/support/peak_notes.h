// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_PEAK_NOTES_H
#define TMB_TEST_PEAK_NOTES_H

#include "trainer/dataset.h"

#include <stdint.h>

#define PEAK_NOTES 60U
#define PEAK_FRAMES 44U
#define PEAK_BANDS 80U
#define PEAK_SOURCES 3U

enum { PEAK_LOW, PEAK_HIGH, PEAK_CLASSES };

/**
   Notes with a peak at one band, which tells the class and the source: 36 of
   source 0 and 4 of source 1, which are low, 20 of source 2, which are high.
   A source is a recording of its own.
*/
typedef struct {
  TmbCorpus   corpus; ///< Of classes only, to which a test may add the third
  TmbDataset  dataset;
  const char* classes[PEAK_CLASSES + 1]; ///< "cello", "flute", "unknown"
  TmbNote     notes[PEAK_NOTES];
  int16_t     levels[PEAK_NOTES * PEAK_FRAMES * PEAK_BANDS];
} PeakNotes;

/// As a test's setup: `*state` is a PeakNotes.
int
peak_notes_setup(void** state);

int
peak_notes_teardown(void** state);

#endif // TMB_TEST_PEAK_NOTES_H
