// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SYNTH_H
#define TMB_SYNTH_H

#include <fluidsynth.h>

#include <stdint.h>

#define TMB_SYNTH_RATE 44100

/// A dry synthesiser with a soundfont, or null after a message on stderr.
fluid_synth_t*
tmb_synth_new(const char* soundfont);

/// Also frees its settings.
void
tmb_synth_free(fluid_synth_t* synth);

/// Stop all that sounds, and choose a program for channel 0.
void
tmb_synth_start(fluid_synth_t* synth, int program);

/// Render the next `n` samples, mixed to mono.
void
tmb_synth_render(fluid_synth_t* synth, float* mono, uint32_t n);

/// Write 16-bit mono FLAC; 0, or 1 after a message on stderr.
int
tmb_synth_write(const char* path, const float* mono, uint32_t n);

#endif // TMB_SYNTH_H
