// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_vectors.h"

#include "dsp/extractor.h"
#include "dsp/note.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NOTES 1024U

/// What came out of some sound.
typedef struct {
  uint32_t n_notes;
  uint64_t onsets[MAX_NOTES];
  uint32_t n_frames[MAX_NOTES];
  float*   levels;   ///< [MAX_NOTES][n_levels]
  float*   features; ///< [MAX_NOTES][n_features]
} Notes;

/// Whether plans are to use no vector instructions.
static bool is_scalar;

// The linker brings all calls of FFTW's planner here
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
fftwf_plan
__real_fftwf_plan_dft_1d(int            n,
                         fftwf_complex* in,
                         fftwf_complex* out,
                         int            sign,
                         unsigned       flags);

fftwf_plan
__wrap_fftwf_plan_dft_1d(int            n,
                         fftwf_complex* in,
                         fftwf_complex* out,
                         int            sign,
                         unsigned       flags);

fftwf_plan
__wrap_fftwf_plan_dft_1d(const int            n,
                         fftwf_complex* const in,
                         fftwf_complex* const out,
                         const int            sign,
                         const unsigned       flags)
{
  return __real_fftwf_plan_dft_1d(
    n, in, out, sign, flags | (is_scalar ? FFTW_NO_SIMD : 0U));
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

static bool
listen(const TmbFrontEnd* const front_end,
       const double             rate_hz,
       const float* const       samples,
       const uint32_t           n,
       Notes* const             notes)
{
  const uint32_t n_features = tmb_front_end_features(front_end);
  const size_t   n_levels =
    (size_t)tmb_front_end_note_frames(front_end) * front_end->n_bands;

  TmbExtractor* extractor = NULL;
  notes->n_notes          = 0U;
  notes->levels           = (float*)calloc(MAX_NOTES * n_levels, sizeof(float));
  notes->features =
    (float*)calloc((size_t)MAX_NOTES * n_features, sizeof(float));
  if (!notes->levels || !notes->features ||
      tmb_extractor_new(front_end, rate_hz, &extractor)) {
    return false;
  }

  uint32_t     taken = 0U;
  TmbNoteEvent event;
  do {
    taken += tmb_extractor_push(extractor, samples + taken, n - taken, &event);
    if (event.stage == TMB_NOTE_READY && notes->n_notes < MAX_NOTES) {
      const uint32_t i   = notes->n_notes++;
      notes->onsets[i]   = event.onset;
      notes->n_frames[i] = event.n_available;
      memcpy(notes->levels + (i * n_levels),
             event.frames,
             (size_t)event.n_available * front_end->n_bands * sizeof(float));
      tmb_note_features(front_end,
                        tmb_extractor_mfcc(extractor),
                        event.frames,
                        event.n_available,
                        notes->features + ((size_t)i * n_features));
    }
  } while (event.stage != TMB_NOTE_NONE);
  tmb_extractor_free(extractor);
  return true;
}

static float
largest_difference(const float* const a, const float* const b, const size_t n)
{
  float largest = 0.0f;
  for (size_t i = 0U; i < n; ++i) {
    largest = fmaxf(largest, fabsf(a[i] - b[i]));
  }
  return largest;
}

static BenchDifference
compare(const TmbFrontEnd* const front_end,
        const Notes* const       a,
        const Notes* const       b)
{
  const uint32_t n_features = tmb_front_end_features(front_end);
  const size_t   n_levels =
    (size_t)tmb_front_end_note_frames(front_end) * front_end->n_bands;
  const uint32_t  n    = (a->n_notes < b->n_notes) ? a->n_notes : b->n_notes;
  const uint32_t  most = (a->n_notes < b->n_notes) ? b->n_notes : a->n_notes;
  BenchDifference difference = { .n_notes = most, .n_moved = most - n };
  for (uint32_t i = 0U; i < n; ++i) {
    if (a->onsets[i] != b->onsets[i] || a->n_frames[i] != b->n_frames[i]) {
      ++difference.n_moved;
      continue;
    }
    difference.level_db = fmaxf(difference.level_db,
                                largest_difference(a->levels + (i * n_levels),
                                                   b->levels + (i * n_levels),
                                                   n_levels));
    difference.feature =
      fmaxf(difference.feature,
            largest_difference(a->features + ((size_t)i * n_features),
                               b->features + ((size_t)i * n_features),
                               n_features));
  }
  return difference;
}

bool
bench_vectors_compare(const TmbFrontEnd* const front_end,
                      const double             rate_hz,
                      const float* const       samples,
                      const uint32_t           n,
                      BenchDifference* const   difference)
{
  static Notes here;
  static Notes without;

  is_scalar    = false;
  bool is_done = listen(front_end, rate_hz, samples, n, &here);
  is_scalar    = true;
  is_done      = is_done && listen(front_end, rate_hz, samples, n, &without);
  is_scalar    = false;
  if (is_done) {
    *difference = compare(front_end, &here, &without);
  }
  free(without.features);
  free(without.levels);
  free(here.features);
  free(here.levels);
  return is_done;
}
