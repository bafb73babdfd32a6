// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_NOTES_H
#define TMB_TEST_NOTES_H

#include "dsp/extractor.h"
#include "tests/support/signals.h"

#define MAX_NOTES 64U

/// A note as the extractor told it, its feature vector included.
typedef struct {
  uint64_t onset;
  uint64_t onset_time; ///< When ONSET was told
  uint64_t ready_time;
  uint64_t end_time; ///< 0 if it was not told
  uint64_t duration;
  uint32_t n_available;
  Signal   features; ///< [tmb_front_end_features()]
} Note;

typedef struct {
  uint32_t n;
  Note     notes[MAX_NOTES];
} Notes;

/**
   Push a signal in blocks, and fail the test if the stages are out of order.

   @param n_block Largest block.
   @return Released with notes_free().
*/
Notes
notes_collect(TmbExtractor*      extractor,
              const TmbFrontEnd* front_end,
              const Signal*      signal,
              uint32_t           n_block);

void
notes_free(Notes* notes);

/// A signal that ends with the silence that its last note needs.
Signal
signal_with_tail(const TmbExtractor* extractor, const Signal* signal);

#endif // TMB_TEST_NOTES_H
