// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/synth.h"

#include <sndfile.h>

#include <stdio.h>

#define SETTLING (TMB_SYNTH_RATE / 4) ///< Until what was stopped has faded

fluid_synth_t*
tmb_synth_new(const char* const soundfont)
{
  fluid_settings_t* const settings = new_fluid_settings();
  fluid_settings_setnum(settings, "synth.sample-rate", TMB_SYNTH_RATE);
  fluid_settings_setnum(settings, "synth.gain", 0.8);
  fluid_settings_setint(settings, "synth.reverb.active", 0);
  fluid_settings_setint(settings, "synth.chorus.active", 0);

  fluid_synth_t* const synth = new_fluid_synth(settings);
  if (synth && fluid_synth_sfload(synth, soundfont, 1) >= 0) {
    return synth;
  }

  (void)fprintf(stderr, "%s: the soundfont can't be loaded\n", soundfont);
  delete_fluid_synth(synth);
  delete_fluid_settings(settings);
  return NULL;
}

void
tmb_synth_free(fluid_synth_t* const synth)
{
  fluid_settings_t* const settings = fluid_synth_get_settings(synth);
  delete_fluid_synth(synth);
  delete_fluid_settings(settings);
}

void
tmb_synth_start(fluid_synth_t* const synth, const int program)
{
  // Not by a system reset, after which released voices sound again
  fluid_synth_all_sounds_off(synth, -1);
  fluid_synth_program_change(synth, 0, program);

  float settling[SETTLING];
  tmb_synth_render(synth, settling, SETTLING);
}

void
tmb_synth_render(fluid_synth_t* const synth,
                 float* const         mono,
                 const uint32_t       n)
{
  for (uint32_t i = 0U; i < n; ++i) {
    float left  = 0.0f;
    float right = 0.0f;
    fluid_synth_write_float(synth, 1, &left, 0, 1, &right, 0, 1);
    mono[i] = 0.5f * (left + right);
  }
}

int
tmb_synth_write(const char* const  path,
                const float* const mono,
                const uint32_t     n)
{
  SF_INFO info = { .samplerate = TMB_SYNTH_RATE,
                   .channels   = 1,
                   .format     = SF_FORMAT_FLAC | SF_FORMAT_PCM_16 };

  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  if (!file || sf_write_float(file, mono, n) != (sf_count_t)n) {
    (void)fprintf(stderr, "%s: %s\n", path, sf_strerror(file));
    (void)sf_close(file);
    return 1;
  }
  return sf_close(file) ? 1 : 0;
}
