// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PHRASE_NOTE_H
#define TMB_PHRASE_NOTE_H

#include <stdbool.h>
#include <stdint.h>

/// A recorded note whose start is known.
typedef struct {
  uint32_t n;
  float*   y;     ///< [n] Loudest near its start: 1
  uint32_t start; ///< Where it starts; before that is no more than 55 ms of it
} TmbPhraseNote;

/**
   Read a recording of one note, and find where the note starts.

   Levels are the largest magnitudes above 80 Hz in steps of 1 ms, in dB below
   the loudest of the first 0.5 s.  A note starts at the first step that comes
   within 20 dB: between where it physically begins to sound, some 30 dB below,
   and where it is perceived to begin, 6 to 15 dB below (Vos & Rasch, "The
   perceptual onset of musical tones", Perception & Psychophysics 1981).  For
   struck and plucked notes all these are one, for bowed and blown ones some 10
   to 60 ms apart.  All earlier than 5 ms before the first step within 30 dB is
   cut off: it may be breath, or a hand on the instrument.

   A recording is refused that has another rate, can't be read, or whose start
   is in doubt, since it
   - takes more than 50 ms from 30 to 20 dB below: noise before the tone, or
     a swell that nobody could date;
   - rumbles before the start, louder than 12 dB below the loudest;
   - falls by 10 dB and rises again by as much: a second attack;
   - lasts less than 100 ms from its start, or is silent.

   @param[out] note To be freed with tmb_phrase_note_free(), if it was taken.
   @return Whether it was taken.
*/
bool
tmb_phrase_note_load(const char* path, double rate_hz, TmbPhraseNote* note);

void
tmb_phrase_note_free(TmbPhraseNote* note);

#endif // TMB_PHRASE_NOTE_H
