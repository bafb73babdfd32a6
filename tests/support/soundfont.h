// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_SOUNDFONT_H
#define TMB_TEST_SOUNDFONT_H

/*
  A soundfont of one sound, a falling sawtooth that begins at once.
*/

/// General MIDI program 128 is the drums.
#define SOUNDFONT_DRUMS 128U

/// Write one that has some programs.
void
soundfont_write(const char* path, const unsigned* programs, unsigned n);

#endif // TMB_TEST_SOUNDFONT_H
