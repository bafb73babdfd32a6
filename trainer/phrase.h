// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_PHRASE_H
#define TMB_PHRASE_H

#include "dsp/status.h"
#include "trainer/random.h"

#include <stdint.h>

/*
  Phrases of real single notes, laid at known times, so that it is known exactly
  where each begins and what plays it.

  A phrase is figures of 3 to 8 notes, with a rest of 0.2 to 1 s behind each.  A
  note is
  - detached (p .4): it ends after 0.5 to 0.9 of the time to the next;
  - legato (p .3): it ends when the next one starts;
  - overlapping (p .3): by up to a third of its time, or 20 ms if the instrument
    plays one note at a time; plucked and struck notes ring to their
    recording's end.
  The last 30 ms are a fade.

  All gets the reflections of a room by velvet noise: Karjalainen & Järveläinen,
  "Reverberation modeling using velvet noise", AES 30th Conference 2007; and
  pink noise.  The peak without noise is at -3 dBFS.
*/

/// What is drawn uniformly.
typedef struct {
  double least;
  double most;
} TmbRange;

/// How a phrase is played and recorded.
typedef struct {
  uint32_t n_notes;    ///< At most
  double   seconds;    ///< 2 to 600; less if the last note has ended before
  TmbRange step_s;     ///< From onset to onset, uniform in the logarithm
  TmbRange dynamic_db; ///< Of a figure
  TmbRange level_db;   ///< Of a note, on top
  TmbRange rt60_s;     ///< Of the room
  TmbRange wet_db;     ///< Its reflections, against the direct sound
  TmbRange noise_db;   ///< Deviation of the noise, against the peak
} TmbPhraseStyle;

/// What a phrase is played with.
typedef struct {
  const char* const* paths; ///< [n_paths] Recordings of single notes
  uint32_t           n_paths;
  const char*        class_name;
  double             rate_hz; ///< Those of other rates are not taken
} TmbPhraseVoice;

typedef struct {
  double      onset_s;
  double      end_s;
  double      level_db;
  const char* path; ///< The voice's
} TmbPlayedNote;

typedef struct {
  uint32_t       n;
  float*         y; ///< [n]
  uint32_t       n_notes;
  TmbPlayedNote* notes; ///< [n_notes] Ascending
} TmbPhrase;

/**
   Make a phrase.

   Recordings are drawn at random; see phrase_note.h for which are taken, and
   for what an onset is.

   @param random The same state gives the same samples.
   @param[out] phrase Released with tmb_phrase_clear(), also after an error.
   @param[out] why One sentence that names a file.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_FILE if of many recordings drawn
   none can be taken.
*/
TMB_NODISCARD TmbStatus
tmb_phrase_play(const TmbPhraseStyle* style,
                const TmbPhraseVoice* voice,
                TmbRandom*            random,
                TmbPhrase*            phrase,
                TmbMessage*           why);

void
tmb_phrase_clear(TmbPhrase* phrase);

#endif // TMB_PHRASE_H
