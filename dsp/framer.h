// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FRAMER_H
#define TMB_FRAMER_H

#include "dsp/attributes.h"
#include "dsp/digest.h"
#include "dsp/status.h"

#include <stdint.h>

/**
   Cuts a stream in blocks of any size into overlapping windows.

   Window i is centred on sample round(i * hop), with silence before the first
   sample: librosa's `center=True`, padded with zeros.  The hop need not be a
   whole number of samples, so that windows keep to the same times at any rate.
*/
typedef struct TmbFramerImpl TmbFramer;

/**
   @param n_window 1 to #TMB_MAX_FFT.
   @param hop In samples, 1 to n_window.
   @param[out] framer Owned by the caller, freed with tmb_framer_free().
   @return #TMB_OK, #TMB_BAD_ARG or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_framer_new(uint32_t n_window, double hop, TmbFramer** framer);

void
tmb_framer_free(TmbFramer* framer);

/**
   Forget the signal, and begin anywhere in a stream.

   Windows are those that a stream from sample 0 has, each complete with the
   same sample; what came before counts as silence.

   @param first Number of the sample that comes next, at most 2^52.
*/
TMB_REALTIME void
tmb_framer_begin(TmbFramer* framer, uint64_t first);

/**
   Take samples until a window is complete.

   A sample that is not finite, or beyond +-1e6, or smaller than 1e-15 is taken
   as zero: what can't be sound must neither spread nor slow the arithmetic.

   @param samples [n]
   @param[out] window [n_window] samples, valid until the next call; null if
   all n samples were taken and none was completed.
   @return Samples taken, at most n.
*/
TMB_REALTIME uint32_t
tmb_framer_push(TmbFramer*    framer,
                const float*  samples,
                uint32_t      n,
                const float** window);

/// The sample that the window given out last, which there must be, is centred
/// on.
TMB_REALTIME uint64_t
tmb_framer_middle(const TmbFramer* framer);

/// Number of the window that comes next.
TMB_REALTIME uint64_t
tmb_framer_next(const TmbFramer* framer);

/// Samples of the stream that were before the next one.
TMB_REALTIME uint64_t
tmb_framer_taken(const TmbFramer* framer);

/// Add what windows to come depend on.
void
tmb_framer_digest(const TmbFramer* framer, TmbDigest* digest);

#endif // TMB_FRAMER_H
