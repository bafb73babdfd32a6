// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/fluid.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#define LIBRARY "libfluidsynth.so.3"

/// A function's name, and where its address goes.
typedef struct {
  const char* name;
  size_t      offset;
} Symbol;

// clang-format off
static const Symbol symbols[] = {
  { "new_fluid_settings", offsetof(TmbFluid, new_settings) },
  { "delete_fluid_settings", offsetof(TmbFluid, delete_settings) },
  { "fluid_settings_setint", offsetof(TmbFluid, settings_setint) },
  { "fluid_settings_setnum", offsetof(TmbFluid, settings_setnum) },
  { "fluid_set_log_function", offsetof(TmbFluid, set_log_function) },
  { "new_fluid_synth", offsetof(TmbFluid, new_synth) },
  { "delete_fluid_synth", offsetof(TmbFluid, delete_synth) },
  { "fluid_synth_sfload", offsetof(TmbFluid, synth_sfload) },
  { "fluid_synth_get_sfont_by_id", offsetof(TmbFluid, synth_get_sfont_by_id) },
  { "fluid_sfont_get_preset", offsetof(TmbFluid, sfont_get_preset) },
  { "fluid_synth_program_select", offsetof(TmbFluid, synth_program_select) },
  { "fluid_synth_all_sounds_off", offsetof(TmbFluid, synth_all_sounds_off) },
  { "fluid_synth_noteon", offsetof(TmbFluid, synth_noteon) },
  { "fluid_synth_noteoff", offsetof(TmbFluid, synth_noteoff) },
  { "fluid_synth_write_float", offsetof(TmbFluid, synth_write_float) },
};
// clang-format on

TmbStatus
tmb_fluid_load(TmbFluid* const fluid, TmbMessage* const why)
{
  void* const library = dlopen(LIBRARY, RTLD_NOW);
  for (size_t i = 0U; i < sizeof(symbols) / sizeof(*symbols); ++i) {
    void* const symbol = library ? dlsym(library, symbols[i].name) : NULL;
    if (!symbol) {
      return tmb_fail(TMB_NO_FILE,
                      why,
                      "soundfonts need FluidSynth, which can't be loaded: %s",
                      dlerror());
    }
    // C has no cast for this
    memcpy((char*)fluid + symbols[i].offset, &symbol, sizeof(symbol));
  }
  return TMB_OK;
}
