// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/features_notes.h"

#include "dsp/extractor.h"
#include "dsp/note.h"
#include "trainer/listener.h"
#include "trainer/pack_metadata.h"
#include "trainer/text.h"

#include <stdlib.h>

struct TmbNoteWriterImpl {
  TmbFrontEnd        front_end;
  TmbListener        listener;
  TmbFeaturesOutput* output;
  float*             features; ///< [n_columns] Of the newest note
  const TmbInput*    input;    ///< The recording at hand
  TmbMessage*        why;
};

TmbStatus
tmb_note_writer_new(const TmbNoteSettings* const settings,
                    TmbFeaturesOutput* const     output,
                    TmbNoteWriter** const        writer)
{
  *writer = NULL;

  TmbNoteWriter* const self = (TmbNoteWriter*)calloc(1U, sizeof(TmbNoteWriter));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->front_end          = settings->front_end;
  self->listener.front_end = &self->front_end;
  self->listener.age =
    tmb_front_end_age(&self->front_end, settings->decision_ms);
  self->output = output;
  self->features =
    (float*)calloc(tmb_front_end_features(&self->front_end), sizeof(float));
  if (!self->features) {
    tmb_note_writer_free(self);
    return TMB_NO_MEMORY;
  }
  *writer = self;
  return TMB_OK;
}

void
tmb_note_writer_free(TmbNoteWriter* const writer)
{
  if (writer) {
    tmb_listener_clear(&writer->listener);
    free(writer->features);
    free(writer);
  }
}

static TmbStatus
write_note(TmbNoteWriter* const self, const TmbNoteEvent* const event)
{
  const TmbInput* const input   = self->input;
  FILE* const           table   = self->output->table.out;
  const double          rate_hz = self->listener.rate_hz;
  tmb_csv_text(table, input->path);
  (void)fprintf(table,
                ",%.6f,%.6f,",
                (double)event->onset / rate_hz,
                (double)event->duration / rate_hz);
  if (input->class_name) {
    tmb_csv_text(table, input->class_name);
    (void)fputc(',', table);
    tmb_csv_text(table, input->source_name);
  } else {
    (void)fputc(',', table);
  }
  (void)fputs("\r\n", table);

  const TmbStatus status =
    tmb_npy_write(&self->output->rows, self->features, 1U, self->why);
  return status ? status
                : tmb_npy_write(
                    &self->output->labels, &input->class_index, 1U, self->why);
}

/// TmbHearNote: a note is described when it is ready, and written at its end.
static TmbStatus
hear(void* const data, const TmbNoteEvent* const event)
{
  TmbNoteWriter* const self = (TmbNoteWriter*)data;
  if (event->stage == TMB_NOTE_READY) {
    tmb_note_features(&self->front_end,
                      tmb_extractor_mfcc(self->listener.extractor),
                      event->frames,
                      event->n_available,
                      self->features);
  }
  return event->stage == TMB_NOTE_END ? write_note(self, event) : TMB_OK;
}

TmbStatus
tmb_note_writer_take(TmbNoteWriter* const  writer,
                     const TmbInput* const input,
                     TmbMessage* const     why)
{
  writer->input = input;
  writer->why   = why;
  return tmb_listener_run(&writer->listener, input->path, hear, writer, why);
}

json_t*
tmb_note_writer_about(const TmbNoteSettings* const settings)
{
  json_error_t             error;
  const TmbFrontEnd* const front_end = &settings->front_end;
  const uint32_t age = tmb_front_end_age(front_end, settings->decision_ms);
  char* const    model =
    settings->model ? tmb_text_clean(settings->model, false) : NULL;

  // clang-format off
  json_t* const about = json_pack("{s:[{s:s, s:[I,I]}, {s:s, s:[]}], s:{s:s?, s:I, s:o}}",
    "columns",
      "name", "mfcc",
      "shape", (json_int_t)front_end->n_segments, (json_int_t)front_end->n_coeffs,
      "name", "filled",
      "shape",
    "settings",
      "model", model,
      "decision_ms", (json_int_t)front_end->ages[age].ms,
      "front_end", tmb_pack_front_end(front_end, &error));
  // clang-format on
  free(model);
  return about;
}
