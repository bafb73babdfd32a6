// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SYNTH_H
#define TMB_SYNTH_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stdint.h>

#define TMB_SYNTH_RATE 44100U
#define TMB_SYNTH_BLOCK 64U  ///< Samples between moments at which keys act
#define TMB_DRUM_PROGRAM 128 ///< Stands for the drums, after programs 0 to 127

/**
   A synthesiser with a General MIDI soundfont, without reverberation and
   chorus.

   A key acts with the next block, counted from the synthesiser's making: who
   renders nothing but whole blocks knows to the sample when it does.
*/
typedef struct TmbSynthImpl TmbSynth;

/**
   Load a soundfont.

   @param[out] synth Owned by the caller, freed with tmb_synth_free().
   @param[out] why One sentence that names the font and the reason.
   @return #TMB_OK, #TMB_NO_FILE, #TMB_BAD_FILE or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_synth_new(const char* soundfont, TmbSynth** synth, TmbMessage* why);

void
tmb_synth_free(TmbSynth* synth);

/// Whether the font has a program, from 0, or #TMB_DRUM_PROGRAM.
bool
tmb_synth_has(const TmbSynth* synth, int program);

/// Stop all that sounds, which takes a quarter of a second to fade, and choose
/// a program that the font has.
void
tmb_synth_start(TmbSynth* synth, int program);

void
tmb_synth_press(TmbSynth* synth, int key, int velocity);

void
tmb_synth_release(TmbSynth* synth, int key);

/// Render the next `n` samples, mixed to mono.
void
tmb_synth_render(TmbSynth* synth, float* mono, uint32_t n);

#endif // TMB_SYNTH_H
