// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SOUND_HEADER_H
#define TMB_SOUND_HEADER_H

#include <stdbool.h>
#include <stdint.h>

/**
   Bytes of sound that a WAV or AIFF header promises and the file lacks.

   libsndfile reads what is there and says nothing; of the other formats it
   refuses what is cut, or stops short of the length that it told.

   @param fd A file whose position stays as it is.
   @param n_bytes Its size.
   @return 0 also of other formats, and if the header can't be read.
*/
uint64_t
tmb_missing_bytes(int fd, uint64_t n_bytes);

/**
   Whether MPEG sound tells how long it is, in the first frame's Xing, Info or
   VBRI header.  Where it does not, libsndfile guesses from the size.

   @param fd A file whose position stays as it is.
*/
bool
tmb_mpeg_tells_length(int fd);

#endif // TMB_SOUND_HEADER_H
