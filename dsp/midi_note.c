// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/midi_note.h"

#include <math.h>

#define BASE_KEY 36 ///< Class 0 plays C2; each class has a key
#define MAX_KEY 127

int
tmb_midi_key(const int instrument)
{
  return (instrument >= 0 && instrument <= MAX_KEY - BASE_KEY)
           ? BASE_KEY + instrument
           : -1;
}

int
tmb_midi_velocity(const float confidence)
{
  return 1 + (int)lroundf(126.0f * confidence);
}
