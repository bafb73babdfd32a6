// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_PHRASES_H
#define TMB_TEST_PHRASES_H

#include "dsp/status.h"

#include <stdint.h>

/// Which phrases to make.
typedef struct {
  const char* corpus;    ///< Folder with a manifest.csv
  const char* folder;    ///< Where to, made if it is not there
  uint64_t    seed;      ///< Other seeds give other phrases
  uint32_t    n_phrases; ///< Of each class in each half
  double      seconds;   ///< Of each, 2 to 600
} PhrasePlan;

/**
   Lay real single notes at known times into phrases, with the onsets beside.

   Writes FOLDER/odd/CLASS/SOURCE_N.flac and .onsets, and the same under even:
   tune on one half, report the other.  See phrase_list.h for the halves, and
   phrase_note.h for what an onset is.

   A line of .onsets tells a note's onset and end in seconds, its level in dB
   and its recording.

   See trainer/phrase.h for what a phrase is.  Here it has 0.18 to 1.2 s from
   onset to onset; a figure has a dynamic of 0 to -18 dB, a note 0 to -6 dB
   below it; the room has an RT60 of 0.2 to 0.6 s, 12 to 24 dB below the direct
   sound, and the noise is 50 to 60 dB below the peak.

   The same plan gives the same samples.

   @param[out] why One sentence that names the file.
*/
TmbStatus
phrases_render(const PhrasePlan* plan, TmbMessage* why);

#endif // TMB_TEST_PHRASES_H
