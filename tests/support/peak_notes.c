// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/peak_notes.h"

#include "tests/support/cmocka.h"

#include <stdlib.h>

static const uint32_t peaks[PEAK_SOURCES] = { 8U, 36U, 70U };

static void
fill_note(PeakNotes* const self, const uint32_t i, const uint32_t source)
{
  const size_t start = (size_t)i * PEAK_FRAMES * PEAK_BANDS;
  self->notes[i] =
    (TmbNote){ source, i,           (source < 2U) ? PEAK_LOW : PEAK_HIGH,
               source, PEAK_FRAMES, start };
  for (uint32_t j = 0U; j < PEAK_FRAMES * PEAK_BANDS; ++j) {
    const int distance = abs((int)(j % PEAK_BANDS) - (int)peaks[source]);
    const int lead     = (j / PEAK_BANDS < 3U) ? 50 : 0;

    self->levels[start + j] =
      (int16_t)(-100 * (3 * distance + lead + (int)(i % 5U)));
  }
}

int
peak_notes_setup(void** const state)
{
  PeakNotes* const self = (PeakNotes*)calloc(1U, sizeof(PeakNotes));
  assert_non_null(self);
  self->classes[PEAK_LOW]     = "cello";
  self->classes[PEAK_HIGH]    = "flute";
  self->classes[PEAK_CLASSES] = TMB_UNKNOWN_LABEL;
  self->corpus =
    (TmbCorpus){ .classes = self->classes, .n_classes = PEAK_CLASSES };
  self->dataset = (TmbDataset){ .front_end = tmb_default_front_end,
                                .notes     = self->notes,
                                .n_notes   = PEAK_NOTES,
                                .levels    = self->levels };
  for (uint32_t i = 0U; i < PEAK_NOTES; ++i) {
    fill_note(self, i, (i < 36U) ? 0U : (i < 40U) ? 1U : 2U);
  }
  *state = self;
  return (int)tmb_mfcc_new(
    PEAK_BANDS, tmb_default_front_end.n_coeffs, 0.0, &self->dataset.mfcc);
}

int
peak_notes_teardown(void** const state)
{
  PeakNotes* const self = (PeakNotes*)*state;
  tmb_mfcc_free(self->dataset.mfcc);
  free(self);
  return 0;
}
