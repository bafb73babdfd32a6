// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/features_frames.h"

#include "dsp/analysis.h"
#include "dsp/front_end.h"
#include "dsp/onset.h"
#include "dsp/recogniser.h"
#include "dsp/spectrum.h"
#include "trainer/audio_file.h"
#include "trainer/mel_frames.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SAMPLES (TMB_MAX_FFT / 2U) ///< Any half window fits

struct TmbFrameWriterImpl {
  TmbFrameSettings   settings;
  TmbFeaturesOutput* output;
  TmbFrameRows*      rows;
  float*             samples; ///< [BLOCK_SAMPLES]

  // For recordings of one rate
  double        rate_hz;
  TmbMelFrames* mel;      ///< Null before the first
  TmbAnalysis*  analysis; ///< Null before the first
  TmbOnset*     onset;    ///< Null before the first
};

TmbStatus
tmb_frame_writer_new(const TmbFrameSettings* const settings,
                     TmbFeaturesOutput* const      output,
                     TmbFrameWriter** const        writer)
{
  *writer = NULL;

  TmbFrameWriter* const self =
    (TmbFrameWriter*)calloc(1U, sizeof(TmbFrameWriter));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->settings = *settings;
  self->output   = output;
  self->samples  = (float*)calloc(BLOCK_SAMPLES, sizeof(float));

  const TmbStatus status =
    self->samples ? tmb_frame_rows_new(settings, &output->rows, &self->rows)
                  : TMB_NO_MEMORY;
  if (status) {
    tmb_frame_writer_free(self);
    return status;
  }
  *writer = self;
  return TMB_OK;
}

static void
clear_rate(TmbFrameWriter* const self)
{
  tmb_onset_free(self->onset);
  tmb_analysis_free(self->analysis);
  tmb_mel_frames_free(self->mel);
  self->onset    = NULL;
  self->analysis = NULL;
  self->mel      = NULL;
}

void
tmb_frame_writer_free(TmbFrameWriter* const writer)
{
  if (writer) {
    clear_rate(writer);
    tmb_frame_rows_free(writer->rows);
    free(writer->samples);
    free(writer);
  }
}

/// What finds onsets, as the plugin does by default.
static TmbStatus
build_onset(TmbFrameWriter* const self)
{
  const TmbFrontEnd* const front_end = &tmb_default_front_end;

  TmbStatus status = tmb_analysis_new(self->rate_hz,
                                      front_end->window_s,
                                      front_end->hop_s,
                                      NULL,
                                      front_end->rate_hz,
                                      &self->analysis);
  if (!status) {
    const TmbAnalysisTimes times = tmb_analysis_times(self->analysis);
    status = tmb_onset_new(&times, self->rate_hz, &self->onset);
  }
  if (!status) {
    tmb_onset_set(self->onset,
                  tmb_default_settings.sensitivity,
                  tmb_default_settings.gate_db);
  }
  return status;
}

/// Make all fit for a recording's rate, or make what is.
static TmbStatus
prepare(TmbFrameWriter* const self, const double rate_hz)
{
  const TmbFrameSettings* const s = &self->settings;
  tmb_frame_rows_reset(self->rows);
  if (self->onset && self->rate_hz == rate_hz) {
    tmb_mel_frames_reset(self->mel);
    tmb_analysis_begin(self->analysis, 0U);
    tmb_onset_reset(self->onset);
    return TMB_OK;
  }

  const TmbMelFramesConfig config = { .rate_hz  = rate_hz,
                                      .window_s = s->window_s,
                                      .hop_s    = s->hop_s,
                                      .n_bands  = s->n_bands,
                                      .fmin_hz  = s->fmin_hz,
                                      .fmax_hz  = s->fmax_hz,
                                      .scale    = s->scale,
                                      .norm     = s->norm };
  clear_rate(self);
  self->rate_hz          = rate_hz;
  const TmbStatus status = tmb_mel_frames_new(&config, &self->mel);
  return status ? status : build_onset(self);
}

static TmbStatus
push_frames(TmbFrameWriter* const self, const uint32_t n, TmbMessage* const why)
{
  const float* levels = NULL;
  uint32_t     taken  = 0U;
  TmbStatus    status = TMB_OK;
  do {
    taken +=
      tmb_mel_frames_push(self->mel, self->samples + taken, n - taken, &levels);
    if (levels) {
      status = tmb_frame_rows_push(self->rows, levels, why);
    }
  } while (!status && levels);
  return status;
}

/// Write the onsets in the newest samples, if before `end`.
static void
push_onsets(TmbFrameWriter* const self,
            const uint32_t        n,
            const char* const     path,
            const uint64_t        end)
{
  FILE* const out   = self->output->onsets.out;
  TmbView     view  = { .short_db = NULL };
  uint64_t    onset = 0U;
  uint32_t    taken = 0U;
  do {
    taken += tmb_analysis_push(
      self->analysis, self->samples + taken, n - taken, &view);
    if (view.short_db && tmb_onset_push(self->onset, &view, &onset) &&
        onset < end) {
      tmb_csv_text(out, path);
      (void)fprintf(out, ",%.6f\r\n", (double)onset / self->rate_hz);
    }
  } while (view.short_db);
}

/// Read a recording to its end.
static TmbStatus
push_recording(TmbFrameWriter* const self,
               TmbAudioFile* const   file,
               const char* const     path,
               uint64_t* const       n_samples,
               TmbMessage* const     why)
{
  TmbStatus status = TMB_OK;
  for (size_t n = 1U; !status && n;) {
    status = tmb_audio_read(file, self->samples, BLOCK_SAMPLES, &n, why);
    if (!status) {
      *n_samples += n;
      push_onsets(self, (uint32_t)n, path, *n_samples);
      status = push_frames(self, (uint32_t)n, why);
    }
  }
  if (status) {
    return status;
  }

  memset(self->samples, 0, BLOCK_SAMPLES * sizeof(float));
  push_onsets(self, BLOCK_SAMPLES, path, *n_samples);
  status = push_frames(self, tmb_mel_frames_tail(self->mel), why);
  return status ? status : tmb_frame_rows_flush(self->rows, why);
}

static void
write_line(const TmbFrameWriter* const self,
           const TmbInput* const       input,
           const uint64_t              first_row,
           const uint64_t              n_samples)
{
  FILE* const table = self->output->table.out;
  tmb_csv_text(table, input->path);
  (void)fprintf(table,
                ",%" PRIu64 ",%" PRIu64 ",%.0f,%.6f,",
                first_row,
                self->output->rows.n_rows - first_row,
                self->rate_hz,
                (double)n_samples / self->rate_hz);
  if (input->class_name) {
    tmb_csv_text(table, input->class_name);
  }
  (void)fputs("\r\n", table);
}

TmbStatus
tmb_frame_writer_take(TmbFrameWriter* const writer,
                      const TmbInput* const input,
                      TmbMessage* const     why)
{
  TmbAudioFile* file   = NULL;
  TmbStatus     status = tmb_audio_open(input->path, &file, why);
  if (status) {
    return status;
  }

  const double rate_hz = tmb_audio_info(file)->rate_hz;
  status               = prepare(writer, rate_hz);
  if (status == TMB_BAD_ARG) {
    (void)tmb_fail(status,
                   why,
                   "%s: at its rate of %.0f Hz the window is too long or the "
                   "hop too short",
                   input->path,
                   rate_hz);
  } else if (!status) {
    const uint64_t first_row = writer->output->rows.n_rows;
    uint64_t       n_samples = 0U;
    status = push_recording(writer, file, input->path, &n_samples, why);
    write_line(writer, input, first_row, n_samples);
  }
  if (status == TMB_NO_MEMORY) {
    (void)tmb_fail(status, why, "%s: %s", input->path, tmb_strstatus(status));
  }
  tmb_audio_close(file);
  return status;
}
