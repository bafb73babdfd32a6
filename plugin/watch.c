// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "plugin/watch.h"

#include <math.h>

#define KEEPING_SHARE 0.5f ///< Of the threshold, which keeps the gate open
#define LEAST_KEEPING 0.1f ///< Or a threshold of 0 would never let it close

void
tmb_watch_note(TmbWatch* const self,
               const bool      is_it,
               const float     confidence,
               const float     threshold,
               const uint64_t  held_until)
{
  self->is_open = self->is_open || is_it;
  if (is_it || confidence >= fmaxf(KEEPING_SHARE * threshold, LEAST_KEEPING)) {
    self->closes = TMB_NEVER;
  } else {
    tmb_watch_end(self, held_until);
  }
}

void
tmb_watch_end(TmbWatch* const self, const uint64_t held_until)
{
  if (self->is_open && self->closes == TMB_NEVER) {
    self->closes = held_until;
  }
}
