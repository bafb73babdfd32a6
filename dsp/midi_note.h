// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MIDI_NOTE_H
#define TMB_MIDI_NOTE_H

#include "dsp/attributes.h"

/// The MIDI key of a class, given its index: C2 for the first; -1 if there is
/// no key so high, or no class.
TMB_REALTIME int
tmb_midi_key(int instrument);

/// The velocity of a confidence of 0 to 1: 1 to 127, as 0 would end a note.
TMB_REALTIME int
tmb_midi_velocity(float confidence);

#endif // TMB_MIDI_NOTE_H
