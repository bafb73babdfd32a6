// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_WATCH_H
#define TMB_WATCH_H

#include "dsp/attributes.h"

#include <stdbool.h>
#include <stdint.h>

#define TMB_NEVER UINT64_MAX

/**
   The gate of the watched instrument: open while it plays.

   Of the newest note, the watched instrument's posterior is the watched
   confidence.  A note

     opens the gate          if it is named after the watched instrument, for
                             which it has to reach the threshold, or if the
                             track is, which joins notes over time;
     keeps it as it is       if it does neither, but its watched confidence is
                             at least half the threshold, and at least 0.1;
     speaks for a close      otherwise.

   The gate closes when no note has opened or kept it for as long as the hold:
   since the end of the last one that did, or since the first one after it that
   did not was named.  So an odd note that is over within the hold does not
   close it, and neither does a rest.  With a hold of 0 it closes at once.

   The watched confidence itself is that of the newest note, and 0 from a hold
   after that note's end on; by then the gate is closed, too.  Control outputs,
   CV and MIDI all tell these two.
*/
typedef struct {
  bool     is_open; ///< At first false
  uint64_t closes;  ///< On the clock, #TMB_NEVER while a note keeps it open
} TmbWatch;

/**
   A note was named.

   @param is_it Whether the note or the track is named after the instrument.
   @param confidence The watched one.
   @param threshold Least confidence of a named note.
   @param held_until On the clock, one hold from now.
*/
TMB_REALTIME void
tmb_watch_note(TmbWatch* watch,
               bool      is_it,
               float     confidence,
               float     threshold,
               uint64_t  held_until);

/// The newest note ended.
TMB_REALTIME void
tmb_watch_end(TmbWatch* watch, uint64_t held_until);

#endif // TMB_WATCH_H
