// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/general_midi.h"

#include "dsp/model.h"
#include "trainer/synth.h"

/*
  Classes are counted as in the corpus that the factory model learns from: a
  xylophone is a marimba there, a cor anglais an oboe, and a harmonium, which
  General MIDI calls a reed organ, an accordion.  Ranges are those of the
  instruments; of what is none, four octaves.
*/
const TmbVoice tmb_voices[] = {
  { "accordion", "harmonium", 20, 20, 36, 89, 3 },
  { "accordion", "accordion", 21, 21, 53, 89, 3 },
  { "accordion", "bandoneon", 23, 23, 41, 89, 3 },
  { "acoustic_guitar", "nylon strings", 24, 24, 40, 79, 3 },
  { "acoustic_guitar", "steel strings", 25, 25, 40, 79, 3 },
  { "banjo", "banjo", 105, 105, 48, 81, 3 },
  { "bassoon", "bassoon", 70, 70, 34, 70, 3 },
  { "cello", "cello", 42, 42, 36, 76, 3 },
  { "clarinet", "clarinet", 71, 71, 50, 91, 3 },
  { "double_bass", "plucked", 32, 32, 28, 60, 3 },
  { "double_bass", "bowed", 43, 43, 28, 60, 3 },
  { "electric_bass", "finger", 33, 33, 28, 60, 3 },
  { "electric_bass", "pick", 34, 34, 28, 60, 3 },
  { "electric_guitar", "jazz", 26, 26, 40, 84, 3 },
  { "electric_guitar", "clean", 27, 27, 40, 84, 3 },
  { "flute", "piccolo", 72, 72, 74, 107, 3 },
  { "flute", "flute", 73, 73, 60, 96, 3 },
  { "french_horn", "french_horn", 60, 60, 34, 77, 3 },
  { "glockenspiel", "glockenspiel", 9, 9, 79, 108, 3 },
  { "harp", "harp", 46, 46, 31, 96, 3 },
  { "harpsichord", "harpsichord", 6, 6, 36, 86, 3 },
  { "marimba", "marimba", 12, 12, 45, 93, 3 },
  { "marimba", "xylophone", 13, 13, 65, 107, 3 },
  { "oboe", "oboe", 68, 68, 58, 91, 3 },
  { "oboe", "cor_anglais", 69, 69, 52, 82, 3 },
  { "organ", "church", 19, 19, 36, 93, 3 },
  { "percussion", "kit", TMB_DRUM_PROGRAM, TMB_DRUM_PROGRAM, 35, 81, 2 },
  { "piano", "grand", 0, 0, 24, 105, 3 },
  { "piano", "bright", 1, 1, 24, 105, 3 },
  { "saxophone", "soprano", 64, 64, 56, 86, 3 },
  { "saxophone", "alto", 65, 65, 49, 81, 3 },
  { "saxophone", "tenor", 66, 66, 44, 75, 3 },
  { "saxophone", "baritone", 67, 67, 36, 69, 3 },
  { "trombone", "trombone", 57, 57, 40, 72, 3 },
  { "trumpet", "trumpet", 56, 56, 54, 87, 3 },
  { "tuba", "tuba", 58, 58, 28, 58, 3 },
  { TMB_UNKNOWN_LABEL, "synth bass", 38, 39, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "synth strings", 50, 51, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "orchestra hit", 55, 55, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "synth brass", 62, 63, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "lead", 80, 87, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "pad", 88, 95, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "effect", 96, 103, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "sitar", 104, 104, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "kalimba", 108, 108, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "bagpipe", 109, 109, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "steel drums", 114, 114, 36, 84, 6 },
  { TMB_UNKNOWN_LABEL, "sound effect", 120, 127, 36, 84, 6 },
  { "vibraphone", "vibraphone", 11, 11, 53, 89, 3 },
  { "viola", "viola", 41, 41, 48, 84, 3 },
  { "violin", "violin", 40, 40, 55, 96, 3 },
  { "voice", "aahs", 52, 52, 48, 79, 3 },
  { "voice", "oohs", 53, 53, 48, 79, 3 },
};

const uint32_t tmb_n_voices = sizeof(tmb_voices) / sizeof(*tmb_voices);
