// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/synth.h"

#include "trainer/fluid.h"
#include "trainer/regular_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GAIN 0.8
#define CHANNEL 0
#define DRUM_BANK \
  128 ///< Where soundfonts have what General MIDI's channel 10
      ///< plays
#define CHUNK 1024U

struct TmbSynthImpl {
  TmbFluid          fluid;
  fluid_settings_t* settings;
  fluid_synth_t*    synth;
  int               font;
};

/// See that a file may be a soundfont.  FluidSynth refuses what is none as
/// well, but the libraries that it asks next write to stderr.
static TmbStatus
check_file(const char* const path, TmbMessage* const why)
{
  int        fd      = -1;
  uint64_t   n_bytes = 0U;
  TmbMessage reason;
  if (tmb_open_regular(path, &fd, &n_bytes, &reason)) {
    return tmb_fail(TMB_NO_FILE, why, "%s: %s", path, reason.text);
  }
  uint8_t       head[12] = { 0U };
  const ssize_t n_read   = read(fd, head, sizeof(head));
  (void)close(fd);

  if (n_read != (ssize_t)sizeof(head) || memcmp(head, "RIFF", 4U) != 0 ||
      memcmp(head + 8U, "sfbk", 4U) != 0) {
    return tmb_fail(TMB_BAD_FILE, why, "%s: it is not a soundfont", path);
  }
  const uint64_t n_promised = (uint64_t)head[4] | (uint64_t)head[5] << 8U |
                              (uint64_t)head[6] << 16U |
                              (uint64_t)head[7] << 24U;
  return (n_promised + 8U > n_bytes)
           ? tmb_fail(TMB_BAD_FILE, why, "%s: it is cut short", path)
           : TMB_OK;
}

/// Nothing is to be said but our own sentence.
static void
silence(const TmbFluid* const fluid)
{
  for (int level = 0; level < LAST_LOG_LEVEL; ++level) {
    (void)fluid->set_log_function(level, NULL, NULL);
  }
}

static TmbStatus
load(TmbSynth* const self, const char* const soundfont, TmbMessage* const why)
{
  TmbStatus status = tmb_fluid_load(&self->fluid, why);
  if (status) {
    return status;
  }

  const TmbFluid* const fluid = &self->fluid;
  silence(fluid);
  self->settings = fluid->new_settings();
  if (!self->settings) {
    return tmb_fail(
      TMB_NO_MEMORY, why, "%s: %s", soundfont, tmb_strstatus(TMB_NO_MEMORY));
  }
  (void)fluid->settings_setnum(
    self->settings, "synth.sample-rate", (double)TMB_SYNTH_RATE);
  (void)fluid->settings_setnum(self->settings, "synth.gain", GAIN);
  (void)fluid->settings_setint(self->settings, "synth.reverb.active", 0);
  (void)fluid->settings_setint(self->settings, "synth.chorus.active", 0);
  (void)fluid->settings_setint(self->settings, "synth.lock-memory", 0);

  self->synth = fluid->new_synth(self->settings);
  if (!self->synth) {
    return tmb_fail(
      TMB_NO_MEMORY, why, "%s: %s", soundfont, tmb_strstatus(TMB_NO_MEMORY));
  }
  self->font = fluid->synth_sfload(self->synth, soundfont, 0);
  return (self->font == FLUID_FAILED)
           ? tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s: FluidSynth can't read it as a soundfont",
                      soundfont)
           : TMB_OK;
}

TmbStatus
tmb_synth_new(const char* const soundfont,
              TmbSynth** const  synth,
              TmbMessage* const why)
{
  *synth = NULL;

  TmbStatus status = check_file(soundfont, why);
  if (status) {
    return status;
  }
  TmbSynth* const self = (TmbSynth*)calloc(1U, sizeof(TmbSynth));
  if (!self) {
    return tmb_fail(
      TMB_NO_MEMORY, why, "%s: %s", soundfont, tmb_strstatus(TMB_NO_MEMORY));
  }

  status = load(self, soundfont, why);
  if (status) {
    tmb_synth_free(self);
    return status;
  }
  *synth = self;
  return TMB_OK;
}

void
tmb_synth_free(TmbSynth* const synth)
{
  if (synth) {
    if (synth->synth) {
      synth->fluid.delete_synth(synth->synth);
    }
    if (synth->settings) {
      synth->fluid.delete_settings(synth->settings);
    }
    free(synth);
  }
}

static int
bank_of(const int program)
{
  return (program == TMB_DRUM_PROGRAM) ? DRUM_BANK : 0;
}

static int
preset_of(const int program)
{
  return (program == TMB_DRUM_PROGRAM) ? 0 : program;
}

bool
tmb_synth_has(const TmbSynth* const synth, const int program)
{
  fluid_sfont_t* const font =
    synth->fluid.synth_get_sfont_by_id(synth->synth, synth->font);
  return synth->fluid.sfont_get_preset(
           font, bank_of(program), preset_of(program)) != NULL;
}

void
tmb_synth_start(TmbSynth* const synth, const int program)
{
  // Not by a system reset, after which released voices sound again
  (void)synth->fluid.synth_all_sounds_off(synth->synth, -1);
  (void)synth->fluid.synth_program_select(
    synth->synth, CHANNEL, synth->font, bank_of(program), preset_of(program));
}

void
tmb_synth_press(TmbSynth* const synth, const int key, const int velocity)
{
  (void)synth->fluid.synth_noteon(synth->synth, CHANNEL, key, velocity);
}

void
tmb_synth_release(TmbSynth* const synth, const int key)
{
  (void)synth->fluid.synth_noteoff(synth->synth, CHANNEL, key);
}

void
tmb_synth_render(TmbSynth* const synth, float* const mono, const uint32_t n)
{
  for (uint32_t start = 0U; start < n; start += CHUNK) {
    const uint32_t left = n - start;
    const int      size = (int)(left < CHUNK ? left : CHUNK);
    float          other[CHUNK];
    float* const   mine = mono + start;
    (void)synth->fluid.synth_write_float(
      synth->synth, size, mine, 0, 1, other, 0, 1);
    for (int i = 0; i < size; ++i) {
      mine[i] = 0.5f * (mine[i] + other[i]);
    }
  }
}
