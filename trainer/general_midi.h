// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_GENERAL_MIDI_H
#define TMB_GENERAL_MIDI_H

#include <stdint.h>

/// Programs that sound like a class, and what of them is played.
typedef struct {
  const char* class_name;
  const char* detail;        ///< What of the class
  int         first_program; ///< From 0, or TMB_DRUM_PROGRAM
  int         last_program;
  int         lowest; ///< MIDI key
  int         highest;
  int         step;
} TmbVoice;

extern const TmbVoice tmb_voices[];
extern const uint32_t tmb_n_voices;

#endif // TMB_GENERAL_MIDI_H
