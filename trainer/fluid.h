// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FLUID_H
#define TMB_FLUID_H

#include "dsp/status.h"

#include <fluidsynth.h>

/// Those of libfluidsynth's functions that are used, under their names there
/// without "fluid_".
typedef struct {
  fluid_settings_t* (*new_settings)(void);
  void (*delete_settings)(fluid_settings_t*);
  int (*settings_setint)(fluid_settings_t*, const char*, int);
  int (*settings_setnum)(fluid_settings_t*, const char*, double);
  fluid_log_function_t (*set_log_function)(int, fluid_log_function_t, void*);
  fluid_synth_t* (*new_synth)(fluid_settings_t*);
  void (*delete_synth)(fluid_synth_t*);
  int (*synth_sfload)(fluid_synth_t*, const char*, int);
  fluid_sfont_t* (*synth_get_sfont_by_id)(fluid_synth_t*, int);
  fluid_preset_t* (*sfont_get_preset)(fluid_sfont_t*, int, int);
  int (*synth_program_select)(fluid_synth_t*, int, int, int, int);
  int (*synth_all_sounds_off)(fluid_synth_t*, int);
  int (*synth_noteon)(fluid_synth_t*, int, int, int);
  int (*synth_noteoff)(fluid_synth_t*, int, int);
  int (
    *synth_write_float)(fluid_synth_t*, int, void*, int, int, void*, int, int);
} TmbFluid;

/**
   Load FluidSynth, for those who render soundfonts.

   It is not linked, since it brings fifty libraries for sound cards and
   windows, which would double the time that every command takes to start.

   @param[out] fluid Good until the process ends.
   @param[out] why One sentence.
   @return #TMB_OK or #TMB_NO_FILE.
*/
TMB_NODISCARD TmbStatus
tmb_fluid_load(TmbFluid* fluid, TmbMessage* why);

#endif // TMB_FLUID_H
