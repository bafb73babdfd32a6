// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "trainer/commands.h"
#include "trainer/features_frames.h"
#include "trainer/features_inputs.h"
#include "trainer/features_notes.h"
#include "trainer/features_options.h"
#include "trainer/features_output.h"
#include "trainer/options.h"
#include "trainer/text.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>

#define JSON_FORMAT 1 ///< Of X.json, for those who read it

/// What a run needs, and what came of it.
typedef struct {
  TmbFeaturesOptions options;
  TmbNoteSettings    notes;
  TmbInputs          inputs;
  TmbFeaturesOutput  output;
  TmbNoteWriter*     note_writer;  ///< Either this
  TmbFrameWriter*    frame_writer; ///< or this
  unsigned           n_done;
  json_t*            skipped; ///< [{file, reason}]
} Run;

static TmbStatus
list_inputs(Run* const self, char* const* const arguments)
{
  TmbStatus status = TMB_OK;
  for (int i = 0; !status && arguments[i]; ++i) {
    status = tmb_inputs_add(&self->inputs, arguments[i]);
  }
  return status ? status : tmb_inputs_number(&self->inputs);
}

/// Find out with which front end notes are described.
static TmbStatus
choose_front_end(Run* const self, TmbMessage* const why)
{
  const char* const path = self->options.model;
  self->notes = (TmbNoteSettings){ .front_end   = tmb_default_front_end,
                                   .model       = path,
                                   .decision_ms = self->options.decision_ms };
  if (!path) {
    return TMB_OK;
  }

  TmbModel* model  = NULL;
  TmbStatus status = tmb_model_load(path, &model, why);
  if (!status && !tmb_model_front_end(model)) {
    status = tmb_fail(TMB_EXTERNAL_FEATURES,
                      why,
                      "%s: %s",
                      path,
                      tmb_strstatus(TMB_EXTERNAL_FEATURES));
  } else if (!status) {
    self->notes.front_end = *tmb_model_front_end(model);
  }
  tmb_model_free(model);
  return status;
}

/// Refuse to replace what is read, such as a manifest X.csv with -o X.npy.
static TmbStatus
check_place(Run* const         self,
            char* const* const arguments,
            TmbMessage* const  why)
{
  const char* const model = self->options.model;
  const char*       taken =
    model ? tmb_features_output_replaces(&self->output, tmb_input_is, model)
                : NULL;
  for (int i = 0; !taken && arguments[i]; ++i) {
    taken =
      tmb_features_output_replaces(&self->output, tmb_input_is, arguments[i]);
  }
  return taken
           ? tmb_fail(
               TMB_WRITE_FAILED, why, "%s can't be written: it is read", taken)
           : TMB_OK;
}

static TmbStatus
open_output(Run* const self, TmbMessage* const why)
{
  const TmbFeaturesOptions* const o     = &self->options;
  const bool                      notes = o->kind == TMB_ROWS_NOTES;

  TmbStatus status = tmb_features_output_open(
    o->output,
    o->kind,
    notes ? tmb_front_end_features(&self->notes.front_end)
          : tmb_frame_columns(&o->frames),
    &self->output,
    why);
  if (status) {
    return status;
  }

  status =
    notes
      ? tmb_note_writer_new(&self->notes, &self->output, &self->note_writer)
      : tmb_frame_writer_new(&o->frames, &self->output, &self->frame_writer);
  return status ? tmb_fail(status, why, "%s", tmb_strstatus(status)) : TMB_OK;
}

/// Report what gives no rows.
static void
skip(Run* const self, const TmbInput* const input, const char* const reason)
{
  char* const file  = tmb_text_clean(input->path, false);
  char* const clean = tmb_text_clean(reason, false);
  tmb_complain("%s", reason);
  (void)json_array_append_new(
    self->skipped, json_pack("{s:s*, s:s*}", "file", file, "reason", clean));
  free(clean);
  free(file);
}

/// Write the rows of all inputs that have some.
static TmbStatus
take_inputs(Run* const self, TmbMessage* const why)
{
  for (size_t i = 0U; i < self->inputs.n; ++i) {
    const TmbInput* const input = &self->inputs.items[i];
    if (input->reason) {
      skip(self, input, input->reason);
      continue;
    }

    TmbStatus status =
      self->note_writer ? tmb_note_writer_take(self->note_writer, input, why)
                        : tmb_frame_writer_take(self->frame_writer, input, why);
    if (!status) {
      ++self->n_done;
      status = tmb_features_output_keep(&self->output, why);
    } else if (status != TMB_WRITE_FAILED) {
      tmb_features_output_drop(&self->output);
      skip(self, input, why->text);
      status = TMB_OK;
    }
    if (status) {
      return status;
    }
  }
  return TMB_OK;
}

static json_t*
pack_classes(const TmbInputs* const inputs)
{
  json_t* const list = json_array();
  for (uint32_t i = 0U; i < inputs->n_classes; ++i) {
    char* const clean = tmb_text_clean(inputs->classes[i], false);
    (void)json_array_append_new(list, json_string(clean));
    free(clean);
  }
  return list;
}

/// What X.json says: a new reference, or null if memory is out.
static json_t*
pack_about(const Run* const self)
{
  const TmbNpyWriter* const rows = &self->output.rows;

  // clang-format off
  json_t* const about = json_pack(
    "{s:i, s:s, s:s, s:s, s:[I,I], s:I, s:o, s:O}",
    "format",  JSON_FORMAT,
    "creator", "timbrel " TMB_VERSION,
    "rows",    tmb_row_kind_names[self->options.kind],
    "dtype",   "float32",
    "shape",   (json_int_t)rows->n_rows, (json_int_t)rows->n_columns,
    "files",   (json_int_t)self->n_done,
    "classes", pack_classes(&self->inputs),
    "skipped", self->skipped);
  // clang-format on

  json_t* const made   = self->note_writer
                           ? tmb_note_writer_about(&self->notes)
                           : tmb_frame_about(&self->options.frames);
  const int     failed = json_object_update(about, made);
  json_decref(made);
  if (failed) {
    json_decref(about);
    return NULL;
  }
  return about;
}

static TmbStatus
finish(Run* const self, TmbMessage* const why)
{
  if (!self->output.rows.n_rows) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s was not written: %s",
                    self->options.output,
                    self->n_done ? "there are no notes in these recordings"
                                 : "no recording could be read");
  }

  json_t* const   about = pack_about(self);
  const TmbStatus status =
    about ? tmb_features_output_finish(&self->output, about, why)
          : tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  json_decref(about);
  return status;
}

static TmbStatus
write_features(Run* const self, char* const* const arguments, TmbMessage* why)
{
  TmbStatus status = list_inputs(self, arguments);
  if (status) {
    return tmb_fail(status, why, "%s", tmb_strstatus(status));
  }

  status = choose_front_end(self, why);
  if (!status) {
    status = open_output(self, why);
  }
  if (!status) {
    status = check_place(self, arguments, why);
  }
  if (!status) {
    status = take_inputs(self, why);
  }
  return status ? status : finish(self, why);
}

int
tmb_cmd_features(const int argc, char** const argv)
{
  Run run         = { .skipped = json_array() };
  int exit_status = TMB_EXIT_OK;
  if (tmb_read_features_options(argc, argv, &run.options, &exit_status)) {
    TmbMessage      why;
    const TmbStatus status = write_features(&run, argv + optind, &why);
    if (status) {
      tmb_complain("%s", why.text);
    }
    exit_status =
      (status || json_array_size(run.skipped)) ? TMB_EXIT_FAILED : TMB_EXIT_OK;
  }
  tmb_frame_writer_free(run.frame_writer);
  tmb_note_writer_free(run.note_writer);
  tmb_features_output_free(&run.output);
  tmb_inputs_free(&run.inputs);
  json_decref(run.skipped);
  return exit_status;
}
