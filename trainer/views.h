// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_VIEWS_H
#define TMB_VIEWS_H

#include "dsp/front_end.h"
#include "dsp/status.h"
#include "trainer/learner.h"
#include "trainer/own_net.h"

#include <stdbool.h>

#define TMB_VIEWS 3U ///< As it is, and moved to either side

/// Whether a network that is trained like this gets views.
bool
tmb_has_views(const TmbFitSettings* settings);

/**
   Let a network that has learnt look at each note as it is, and moved by some
   semitones down and up, as tmb_warp_frequency() does; see #TmbNet for what
   becomes of its answers.

   @param front_end With as many coefficients as bands.
   @param semitones More than 0.
   @param[in,out] net Begins with an inverse DCT of one view; replaced.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_add_views(const TmbFrontEnd* front_end, double semitones, TmbOwnNet** net);

#endif // TMB_VIEWS_H
