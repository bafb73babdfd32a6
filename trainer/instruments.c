// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/instruments.h"

#include <stdio.h>
#include <string.h>

/// Programs count from 0; percussion is a channel in General MIDI, no program.
static const TmbClass known[] = {
  { "violin", "strings", 40 },
  { "viola", "strings", 41 },
  { "cello", "strings", 42 },
  { "double_bass", "strings", 43 },
  { "acoustic_guitar", "plucked", 25 },
  { "electric_guitar", "plucked", 27 },
  { "electric_bass", "plucked", 33 },
  { "harp", "plucked", 46 },
  { "banjo", "plucked", 105 },
  { "harpsichord", "plucked", 6 },
  { "trumpet", "brass", 56 },
  { "trombone", "brass", 57 },
  { "tuba", "brass", 58 },
  { "french_horn", "brass", 60 },
  { "saxophone", "woodwind", 65 },
  { "oboe", "woodwind", 68 },
  { "bassoon", "woodwind", 70 },
  { "clarinet", "woodwind", 71 },
  { "flute", "woodwind", 73 },
  { "piano", "keys", 0 },
  { "organ", "keys", 19 },
  { "accordion", "keys", 21 },
  { "glockenspiel", "mallets", 9 },
  { "vibraphone", "mallets", 11 },
  { "marimba", "mallets", 12 },
  { "voice", "voice", 52 },
  { "percussion", "percussion", -1 },
  { TMB_UNKNOWN_LABEL, "", -1 },
};

TmbClass
tmb_instrument(const char* const name)
{
  for (size_t i = 0U; i < sizeof(known) / sizeof(known[0]); ++i) {
    if (!strcmp(known[i].name, name)) {
      return known[i];
    }
  }

  TmbClass other = { "", TMB_OTHER_FAMILY, -1 };
  (void)snprintf(other.name, sizeof(other.name), "%s", name);
  return other;
}
