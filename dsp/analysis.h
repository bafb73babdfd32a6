// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ANALYSIS_H
#define TMB_ANALYSIS_H

#include "dsp/attributes.h"
#include "dsp/digest.h"
#include "dsp/mel.h"
#include "dsp/status.h"

#include <stdint.h>

#define TMB_LEAST_LEVEL_DB (-120.0f) ///< Of silence
#define TMB_SHORT_BANDS 60U
#define TMB_LONG_BANDS 160U

/**
   Two views of a stream: short windows show when something happens, long ones
   show what it is.

   Long windows are Hann windows; number i is centred on round(i * hop), as
   librosa has them.  Short windows end twice as often, half a hop apart; they
   rise slowly and fall fast, so that the newest samples weigh most: the
   frequency resolution of a longer window with the delay of a shorter one.

   The same sound gives the same levels at every sample rate: windows and hops
   are seconds, hops are fractions of a sample, bands are Hz, power is a density
   relative to the reference rate, and half bins keep narrow bands from
   depending on where the bins fall.  Bands above half the rate stay at the
   floor.
*/
typedef struct TmbAnalysisImpl TmbAnalysis;

/// What a short window, and the long one that ends with it, show.
typedef struct {
  const float* samples;  ///< [n_short] The short window, newest last
  const float* short_db; ///< [TMB_SHORT_BANDS] Levels of its bands
  const float* long_db;  ///< [TMB_LONG_BANDS] Null between long windows
  const float* power;    ///< Fine power spectrum of the long window, see
                         ///< tmb_spectrum_power_fine(), for the
                         ///< bands of notes; null with long_db
  float    level_db;     ///< Power of the newest hop, dBFS
  uint64_t end;          ///< Samples taken up to the end of both windows
} TmbView;

/// In samples.
typedef struct {
  uint32_t n_short;
  uint32_t n_long;
  double   hop; ///< From one long window to the next
} TmbAnalysisTimes;

/**
   Not for the real-time thread.

   @param rate_hz 8000 to 384000.
   @param window_s Length of the long windows.
   @param hop_s Between long windows, at most their length.
   @param notes What TmbView power must show: bands whose rate and bins
   tmb_analysis_fit() will set, or null.
   @param reference_hz Rate at which levels are those of windows of energy 1.
   @param[out] analysis Owned by the caller, freed with tmb_analysis_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_analysis_new(double              rate_hz,
                 double              window_s,
                 double              hop_s,
                 const TmbMelConfig* notes,
                 double              reference_hz,
                 TmbAnalysis**       analysis);

void
tmb_analysis_free(TmbAnalysis* analysis);

/// Forget the signal, and begin anywhere in a stream; see tmb_framer_begin().
TMB_REALTIME void
tmb_analysis_begin(TmbAnalysis* analysis, uint64_t first);

/// Set what a filterbank for TmbView power needs to know: rate and bins.
void
tmb_analysis_fit(const TmbAnalysis* analysis, TmbMelConfig* config);

/**
   Take samples until a short window is complete.

   Samples that can't be sound are taken as zero, see tmb_framer_push().

   @param samples [n]
   @param[out] view Its arrays are valid until the next call.  All null if all n
   samples were taken and no window was completed.
   @return Samples taken, at most n.
*/
TMB_REALTIME uint32_t
tmb_analysis_push(TmbAnalysis* analysis,
                  const float* samples,
                  uint32_t     n,
                  TmbView*     view);

/// Number of the long window that comes next.
TMB_REALTIME uint64_t
tmb_analysis_next(const TmbAnalysis* analysis);

/// Samples of the stream that were before the next one.
TMB_REALTIME uint64_t
tmb_analysis_taken(const TmbAnalysis* analysis);

/// Add what views to come depend on.
void
tmb_analysis_digest(const TmbAnalysis* analysis, TmbDigest* digest);

TMB_REALTIME TmbAnalysisTimes
tmb_analysis_times(const TmbAnalysis* analysis);

#endif // TMB_ANALYSIS_H
