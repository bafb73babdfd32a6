// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PEAK_PICK_H
#define TMB_PEAK_PICK_H

#include <stdint.h>

/*
  Onsets of a whole recording from its onset strength, as librosa finds them.
  Not for the real-time thread: each looks ahead, and the scale is that of the
  largest peak.
*/

/// What a peak is.  Counts are in frames; a post_ counts the frame itself.
typedef struct {
  uint32_t pre_max;  ///< A peak is the largest of so many frames before it
  uint32_t post_max; ///< and so many from it on, at least 1
  uint32_t pre_avg;  ///< It is above the mean of so many frames before it
  uint32_t post_avg; ///< and so many from it on, at least 1,
  float    delta;    ///< by so much
  uint32_t wait;     ///< So many frames after a peak are none
} TmbPeakConfig;

/**
   What librosa.onset.onset_detect looks for: the largest in 30 ms, 0.07 above
   the mean of 100 ms on either side, 30 ms after the last.

   @param rate_hz Sample rate, > 0, at most 1e7.
   @param hop Samples from frame to frame, at least 1.
*/
TmbPeakConfig
tmb_onset_peaks(double rate_hz, double hop);

/**
   Pick peaks, as librosa.util.peak_pick does: Böck, Krebs & Schedl, "Evaluating
   the online capabilities of onset detection methods", ISMIR 2012.

   Of equal neighbours the first is the peak, and each one that comes more than
   `wait` after a peak is another.

   @param x [n] A value that is not a number is no peak.
   @param[out] peaks [n] Indices in ascending order, as many as are returned.
*/
uint32_t
tmb_peak_pick(const float*         x,
              uint32_t             n,
              const TmbPeakConfig* config,
              uint32_t*            peaks);

/**
   Onsets in an envelope, as librosa.onset.onset_detect finds them.

   @param envelope [n] From tmb_onset_strength(); scaled to 0..1 in place.
   None is found in one that is constant or not finite.
   @param rate_hz, hop As for tmb_onset_peaks().
   @param[out] onsets [n] Frames in ascending order, as many as are returned;
   frame i is at i * hop samples.
*/
uint32_t
tmb_onset_pick(float*    envelope,
               uint32_t  n,
               double    rate_hz,
               double    hop,
               uint32_t* onsets);

/**
   Move each onset back to the last local minimum at or before it, or to frame
   0 if there is none, as librosa.onset.onset_backtrack does.

   @param envelope [n]
   @param[in,out] onsets [n_onsets] Ascending, < n; two may come to be equal.
*/
void
tmb_onset_backtrack(const float* envelope,
                    uint32_t     n,
                    uint32_t*    onsets,
                    uint32_t     n_onsets);

#endif // TMB_PEAK_PICK_H
