// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/extractor.h"

#include "dsp/framer.h"
#include "dsp/gather.h"
#include "dsp/mel.h"
#include "dsp/onset.h"
#include "dsp/spectrum.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_LEVEL_DB (-120.0f)
#define RELEASE_DB 45.0f    ///< A note this far below its peak has ended
#define RELEASE_HOPS 4U     ///< So many hops in a row must be quiet
#define ONSET_IN_WINDOW 0.2 ///< From the middle of the window that showed it

struct TmbExtractorImpl {
  TmbFrontEnd  front_end;
  uint32_t     n_window;
  double       hop;   ///< In samples
  uint32_t     n_hop; ///< Rounded
  TmbFramer*   framer;
  TmbSpectrum* spectrum;
  TmbMel*      mel;
  TmbMfcc*     mfcc;
  TmbOnset*    onset;
  TmbGather*   gather;
  float*       power; ///< [n_bins]
  float*       bands; ///< [n_bands] Of the newest frame, dB

  float    gate_db;
  uint32_t age_frames; ///< A note is ready with so many

  uint64_t time;     ///< Samples taken
  float    level_db; ///< Of the newest hop

  // The current note, if in_note
  bool     in_note;
  bool     is_ready; ///< READY was given out
  uint64_t start;    ///< Onset in samples; once it is ready, its start
  uint64_t release;  ///< Where the quiet began, in samples
  uint32_t n_quiet;  ///< Quiet hops in a row
  float    peak_db;

  // Stages that wait to be given out, in this order
  bool     ready_waits;
  bool     end_waits;
  bool     onset_waits;
  uint64_t next_start; ///< Onset of the note that waits
};

static TmbStatus
new_spectrum(TmbExtractor* const self, const double rate_hz)
{
  float* const window = (float*)calloc(self->n_window, sizeof(float));
  if (!window) {
    return TMB_NO_MEMORY;
  }

  tmb_hann(window, self->n_window);
  double energy = 0.0;
  for (uint32_t i = 0U; i < self->n_window; ++i) {
    energy += (double)window[i] * (double)window[i];
  }

  // Density per Hz, relative to the reference rate: the same at every rate
  const double scale = sqrt(self->front_end.rate_hz / (rate_hz * energy));
  for (uint32_t i = 0U; i < self->n_window; ++i) {
    window[i] = (float)((double)window[i] * scale);
  }

  // A power spectrum is the transform of an autocorrelation, which is twice as
  // long as the window: only half bins keep what lies between the bins, without
  // which narrow bands would depend on where the bins fall, so on the rate
  const uint32_t  n_fft = tmb_fft_length(2U * self->n_window);
  const TmbStatus status =
    tmb_spectrum_new(window, self->n_window, n_fft, &self->spectrum);
  free(window);
  if (status) {
    return status;
  }

  const TmbMelConfig config = { rate_hz,
                                n_fft,
                                self->front_end.n_bands,
                                self->front_end.fmin_hz,
                                self->front_end.fmax_hz,
                                self->front_end.scale,
                                self->front_end.norm };
  self->power               = (float*)calloc((n_fft / 2U) + 1U, sizeof(float));
  return self->power ? tmb_mel_new(&config, &self->mel) : TMB_NO_MEMORY;
}

static TmbStatus
build(TmbExtractor* const self, const double rate_hz)
{
  const TmbFrontEnd* const front_end = &self->front_end;
  self->bands = (float*)calloc(front_end->n_bands, sizeof(float));
  if (!self->bands) {
    return TMB_NO_MEMORY;
  }

  TmbStatus status = new_spectrum(self, rate_hz);
  if (!status) {
    status = tmb_framer_new(self->n_window, self->hop, &self->framer);
  }
  if (!status) {
    status =
      tmb_mfcc_new(front_end->n_bands, front_end->n_coeffs, 0.0, &self->mfcc);
  }
  if (!status) {
    status = tmb_onset_new(front_end->n_bands, front_end->hop_s, &self->onset);
  }
  if (!status) {
    status = tmb_gather_new(front_end, &self->gather);
  }
  return status;
}

TmbStatus
tmb_extractor_new(const TmbFrontEnd* const front_end,
                  const double             rate_hz,
                  TmbExtractor** const     extractor)
{
  *extractor = NULL;

  TmbStatus status = tmb_front_end_check(front_end, NULL);
  if (status) {
    return status;
  }
  if (!(rate_hz >= 8000.0 && rate_hz <= 384000.0)) {
    return TMB_BAD_ARG;
  }

  TmbExtractor* const self = (TmbExtractor*)calloc(1U, sizeof(TmbExtractor));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->front_end = *front_end;
  self->n_window  = (uint32_t)lround(front_end->window_s * rate_hz);
  self->hop       = fmin(front_end->hop_s * rate_hz, (double)self->n_window);
  self->n_hop     = (uint32_t)lround(self->hop);

  status = build(self, rate_hz);
  if (status) {
    tmb_extractor_free(self);
    return status;
  }

  tmb_extractor_set(self, 0.5f, -60.0f, front_end->n_ages - 1U);
  tmb_extractor_reset(self);
  *extractor = self;
  return TMB_OK;
}

void
tmb_extractor_free(TmbExtractor* const self)
{
  if (self) {
    tmb_gather_free(self->gather);
    tmb_onset_free(self->onset);
    tmb_mfcc_free(self->mfcc);
    tmb_mel_free(self->mel);
    tmb_spectrum_free(self->spectrum);
    tmb_framer_free(self->framer);
    free(self->bands);
    free(self->power);
    free(self);
  }
}

void
tmb_extractor_reset(TmbExtractor* const self)
{
  tmb_framer_reset(self->framer);
  tmb_onset_reset(self->onset);
  tmb_gather_reset(self->gather);
  self->time        = 0U;
  self->level_db    = LEAST_LEVEL_DB;
  self->in_note     = false;
  self->ready_waits = false;
  self->end_waits   = false;
  self->onset_waits = false;
}

void
tmb_extractor_set(TmbExtractor* const self,
                  const float         sensitivity,
                  const float         gate_db,
                  const uint32_t      age)
{
  tmb_onset_set(self->onset, sensitivity, gate_db);
  self->gate_db    = gate_db;
  self->age_frames = self->front_end.ages[age].n_frames;
}

/// Mean power in dBFS; eight sums, so that it vectorises.
static float
power_level(const float* const samples, const uint32_t n)
{
  float    sums[8] = { 0.0f };
  uint32_t i       = 0U;
  for (; i + 8U <= n; i += 8U) {
    for (uint32_t j = 0U; j < 8U; ++j) {
      sums[j] += samples[i + j] * samples[i + j];
    }
  }
  for (; i < n; ++i) {
    sums[0] += samples[i] * samples[i];
  }

  float sum = 0.0f;
  for (uint32_t j = 0U; j < 8U; ++j) {
    sum += sums[j];
  }
  return fmaxf(LEAST_LEVEL_DB, 10.0f * log10f((sum / (float)n) + 1e-20f));
}

/// Bands and level of a window, for the onset detector and the note.
static void
analyse(TmbExtractor* const self, const float* const window)
{
  const uint32_t n_bands = self->front_end.n_bands;
  tmb_spectrum_power(self->spectrum, window, self->power);
  tmb_mel_apply(self->mel, self->power, self->bands);

  float power = 0.0f;
  for (uint32_t b = 0U; b < n_bands; ++b) {
    power += self->bands[b];
  }
  tmb_power_to_db(self->bands, n_bands, self->bands);
  tmb_gather_push(self->gather, self->bands, power);
  self->level_db =
    power_level(window + (self->n_window - self->n_hop), self->n_hop);
}

/// Add the newest frame to the note, until it is ready.
static void
follow_note(TmbExtractor* const self)
{
  if (!self->is_ready) {
    tmb_gather_grow(self->gather);
    self->ready_waits = tmb_gather_has(self->gather, self->age_frames);
  }
}

/// Count quiet hops; the note ends when there are enough and it was ready.
static void
watch_release(TmbExtractor* const self)
{
  self->peak_db = fmaxf(self->peak_db, self->level_db);
  if (self->level_db > fmaxf(self->gate_db, self->peak_db - RELEASE_DB)) {
    self->n_quiet = 0U;
  } else {
    if (!self->n_quiet) {
      self->release = self->time - self->n_hop;
    }
    ++self->n_quiet;
  }
  if (self->n_quiet >= RELEASE_HOPS && (self->is_ready || self->ready_waits)) {
    self->end_waits = true;
  }
}

/// Look at one window and note which stages it brings about.
static void
process(TmbExtractor* const self, const float* const window)
{
  analyse(self, window);

  self->onset_waits = tmb_onset_push(self->onset, self->bands, self->level_db);
  if (self->onset_waits) {
    self->next_start = tmb_framer_middle(self->framer) +
                       (uint64_t)(ONSET_IN_WINDOW * (double)self->n_window);
  }
  if (self->in_note) {
    if (self->onset_waits) {
      self->ready_waits = !self->is_ready;
      self->end_waits   = true;
      self->release =
        (self->n_quiet >= RELEASE_HOPS) ? self->release : self->next_start;
    } else {
      follow_note(self);
      watch_release(self);
    }
  }
}

static void
begin_note(TmbExtractor* const self)
{
  tmb_gather_begin(self->gather);
  self->in_note  = true;
  self->is_ready = false;
  self->start    = self->next_start;
  self->n_quiet  = 0U;
  self->peak_db  = self->level_db;
}

/// Give out the next stage that waits, if any.
static void
take_stage(TmbExtractor* const self, TmbNoteEvent* const event)
{
  event->stage = TMB_NOTE_NONE;
  event->time  = self->time;
  if (self->ready_waits) {
    self->ready_waits = false;
    self->is_ready    = true;
    self->start +=
      (uint64_t)((double)tmb_gather_start(self->gather) * self->hop);
    event->stage  = TMB_NOTE_READY;
    event->frames = tmb_gather_frames(self->gather, &event->n_available);
  } else if (self->end_waits) {
    self->end_waits = false;
    self->in_note   = false;
    event->stage    = TMB_NOTE_END;
    event->duration = (self->release > self->start + self->n_hop)
                        ? self->release - self->start
                        : self->n_hop;
  } else if (self->onset_waits) {
    self->onset_waits = false;
    event->stage      = TMB_NOTE_ONSET;
    begin_note(self);
  }
  event->onset = self->start;
}

uint32_t
tmb_extractor_push(TmbExtractor* const self,
                   const float* const  samples,
                   const uint32_t      n,
                   TmbNoteEvent* const event)
{
  take_stage(self, event);

  uint32_t n_taken = 0U;
  while (event->stage == TMB_NOTE_NONE && n_taken < n) {
    const float*   window = NULL;
    const uint32_t n_new =
      tmb_framer_push(self->framer, samples + n_taken, n - n_taken, &window);

    n_taken += n_new;
    self->time += n_new;
    if (window) {
      process(self, window);
      take_stage(self, event);
    }
  }
  return n_taken;
}

const TmbMfcc*
tmb_extractor_mfcc(const TmbExtractor* const self)
{
  return self->mfcc;
}

float
tmb_extractor_level(const TmbExtractor* const self)
{
  return self->level_db;
}

uint32_t
tmb_extractor_tail(const TmbExtractor* const self)
{
  const uint32_t n_hops = tmb_front_end_note_frames(&self->front_end) +
                          TMB_ATTACK_FRAMES + (2U * RELEASE_HOPS);

  return self->n_window + (uint32_t)ceil((double)n_hops * self->hop);
}
