// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/audio_file.h"
#include "trainer/commands.h"
#include "trainer/default_model.h"
#include "trainer/gnuplot.h"
#include "trainer/new_file.h"
#include "trainer/options.h"
#include "trainer/spectrogram_image.h"
#include "trainer/spectrogram_options.h"
#include "trainer/spectrogram_plot.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SAMPLES 8192U
#define MAX_COLUMNS 2000U
#define FMIN_HZ 30.0
#define FMAX_HZ 16000.0

/// What a picture is made of.
typedef struct {
  const TmbSpectrogramOptions* options;
  TmbModel*                    model;
  TmbAudioFile*                file;
  double                       rate_hz;
  TmbRecogniser*               recogniser;
  TmbImage*                    image;
  uint64_t                     n_samples; ///< Read
  TmbPlotNote*                 notes;     ///< [n_notes]
  size_t                       n_notes;
} Drawing;

static TmbStatus
fail_outside(const Drawing* const self, TmbMessage* const why)
{
  return tmb_fail(TMB_BAD_FILE,
                  why,
                  "%s: it ends before %g s",
                  self->options->recording,
                  self->options->start_s);
}

/// Make what looks at the recording and what listens to it.
static TmbStatus
prepare(Drawing* const self, TmbMessage* const why)
{
  const TmbSpectrogramOptions* const o    = self->options;
  const TmbAudioInfo* const          info = tmb_audio_info(self->file);
  self->rate_hz                           = info->rate_hz;
  const double end_s =
    info->n_frames ? (double)info->n_frames / self->rate_hz : (double)INFINITY;
  if (o->start_s >= end_s) {
    return fail_outside(self, why);
  }

  const uint32_t       n_pixels = tmb_plot_columns(o->width);
  const TmbImageConfig config   = {
      .rate_hz     = self->rate_hz,
      .start_s     = o->start_s,
      .end_s       = fmin(o->end_s, end_s),
      .n_bands     = o->n_bands,
      .fmin_hz     = FMIN_HZ,
      .fmax_hz     = fmin(FMAX_HZ, 0.5 * self->rate_hz),
      .max_columns = n_pixels < MAX_COLUMNS ? n_pixels : MAX_COLUMNS,
  };
  TmbStatus status = tmb_image_new(&config, &self->image);
  if (!status) {
    status = tmb_recogniser_new(self->model, self->rate_hz, &self->recogniser);
  }
  if (status) {
    return tmb_fail(status,
                    why,
                    "%s: %s",
                    status == TMB_EXTERNAL_FEATURES && o->model ? o->model
                                                                : o->recording,
                    tmb_strstatus(status));
  }

  TmbSettings settings = tmb_default_settings;
  settings.threshold   = (float)o->threshold;
  tmb_recogniser_set(self->recogniser, &settings);
  return TMB_OK;
}

static TmbStatus
add_note(Drawing* const self, const TmbEvent* const event)
{
  const double onset_s = (double)event->onset / self->rate_hz;
  // The cut to the silence after the end is no note
  if (event->onset >= self->n_samples || onset_s < self->options->start_s ||
      onset_s >= self->options->end_s) {
    return TMB_OK;
  }

  if (!(self->n_notes & (self->n_notes - 1U))) { // Full at each power of two
    const size_t       size = self->n_notes ? 2U * self->n_notes : 1U;
    TmbPlotNote* const notes =
      (TmbPlotNote*)realloc(self->notes, size * sizeof(TmbPlotNote));
    if (!notes) {
      return TMB_NO_MEMORY;
    }
    self->notes = notes;
  }
  self->notes[self->n_notes++] = (TmbPlotNote){
    onset_s,
    event->verdict.instrument == TMB_UNKNOWN
      ? NULL
      : tmb_model_class(self->model, (uint32_t)event->verdict.instrument)->name,
  };
  return TMB_OK;
}

static TmbStatus
listen_to(Drawing* const self, const float* const block, const uint32_t n)
{
  TmbEvent  event  = { .type = TMB_EVENT_NONE };
  uint32_t  taken  = 0U;
  TmbStatus status = TMB_OK;
  do {
    taken +=
      tmb_recogniser_push(self->recogniser, block + taken, n - taken, &event);
    if (event.type == TMB_EVENT_NOTE) {
      status = add_note(self, &event);
    }
  } while (!status && event.type != TMB_EVENT_NONE);
  return status;
}

/// Read up to the end of what is seen, and until its last note was named.
static TmbStatus
read_recording(Drawing* const self, TmbMessage* const why)
{
  float          block[BLOCK_SAMPLES];
  const uint32_t tail   = tmb_recogniser_tail(self->recogniser);
  const double   most   = (self->options->end_s * self->rate_hz) + (double)tail;
  TmbStatus      status = TMB_OK;
  for (size_t n = 1U; !status && n && (double)self->n_samples < most;) {
    status = tmb_audio_read(self->file, block, BLOCK_SAMPLES, &n, why);
    if (status) {
      return status;
    }
    self->n_samples += n;
    tmb_image_push(self->image, block, (uint32_t)n);
    status = listen_to(self, block, (uint32_t)n);
  }
  tmb_image_finish(self->image);

  memset(block, 0, sizeof(block));
  for (uint32_t n_left = tail; !status && n_left;) {
    const uint32_t n = n_left < BLOCK_SAMPLES ? n_left : BLOCK_SAMPLES;
    status           = listen_to(self, block, n);
    n_left -= n;
  }
  if (status) {
    return tmb_fail(
      status, why, "%s: %s", self->options->recording, tmb_strstatus(status));
  }
  return tmb_image_columns(self->image) ? TMB_OK : fail_outside(self, why);
}

static void
draw(const Drawing* const self, FILE* const input)
{
  const TmbSpectrogramOptions* const o     = self->options;
  const char* const                  slash = strrchr(o->recording, '/');
  const TmbPlot                      plot  = {
                          .is_svg  = o->is_svg,
                          .width   = o->width,
                          .height  = o->height,
                          .title   = slash ? slash + 1 : o->recording,
                          .start_s = o->start_s,
                          .end_s = fmin(o->end_s, (double)self->n_samples / self->rate_hz),
                          .image   = self->image,
                          .notes   = self->notes,
                          .n_notes = self->n_notes,
  };
  tmb_plot_write(&plot, input);
}

/// Whether a picture has its end: gnuplot does not tell when a disk is full.
static TmbStatus
check_picture(FILE* const picture, const bool is_svg, TmbMessage* const why)
{
  static const char svg_end[8] = "</svg>\n\n";
  static const char png_end[8] = "IEND\xAE\x42\x60\x82"; // A chunk's, with CRC

  char last[8] = "";
  return (!fseeko(picture, -(off_t)sizeof(last), SEEK_END) &&
          fread(last, 1U, sizeof(last), picture) == sizeof(last) &&
          !memcmp(last, is_svg ? svg_end : png_end, sizeof(last)))
           ? TMB_OK
           : tmb_fail(TMB_WRITE_FAILED,
                      why,
                      "gnuplot wrote no whole picture: is the disk full?");
}

static TmbStatus
load_model(Drawing* const self, TmbMessage* const why)
{
  return self->options->model
           ? tmb_model_load(self->options->model, &self->model, why)
           : tmb_default_model_load(&self->model, why);
}

/// Draw into a file that gnuplot waits to write.
static TmbStatus
make_picture(Drawing* const    self,
             TmbNewFile* const picture,
             TmbMessage* const why)
{
  TmbGnuplot* gnuplot = NULL;
  TmbMessage  ignored;
  TmbStatus   status = tmb_gnuplot_start(picture->out, &gnuplot, why);
  if (!status) {
    status = read_recording(self, why);
  }
  if (!status) {
    draw(self, tmb_gnuplot_input(gnuplot));
  }
  const TmbStatus drawn = tmb_gnuplot_finish(gnuplot, status ? &ignored : why);
  status                = status ? status : drawn;
  if (!status) {
    status = check_picture(picture->out, self->options->is_svg, why);
  }
  if (!status) {
    status = tmb_new_file_close(picture, why);
  }
  return status ? status : tmb_new_file_rename(picture, why);
}

int
tmb_cmd_spectrogram(const int argc, char** const argv)
{
  TmbSpectrogramOptions options;
  int                   exit_status = TMB_EXIT_OK;
  if (!tmb_read_spectrogram_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  TmbMessage why;
  TmbNewFile picture = { .out = NULL };
  Drawing    drawing = { .options = &options };
  TmbStatus  status  = load_model(&drawing, &why);
  if (!status) {
    status = tmb_audio_open(options.recording, &drawing.file, &why);
  }
  if (!status) {
    status = prepare(&drawing, &why);
  }
  if (!status) {
    status = tmb_new_file_open(options.picture, &picture, &why);
  }
  if (!status) {
    status = make_picture(&drawing, &picture, &why);
  }
  if (status) {
    tmb_complain("%s", why.text);
  }

  tmb_new_file_discard(&picture);
  free(drawing.notes);
  tmb_image_free(drawing.image);
  tmb_recogniser_free(drawing.recogniser);
  tmb_audio_close(drawing.file);
  tmb_model_free(drawing.model);
  return status ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
