// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Making rows of what workers have told, in the order of recordings.

#include "trainer/label_run_impl.h"
#include "trainer/options.h"

#include <errno.h>
#include <string.h>

static TmbStatus
fail_spool(TmbMessage* const why)
{
  return tmb_fail(TMB_WRITE_FAILED,
                  why,
                  "a temporary file can't be written: %s",
                  strerror(errno));
}

/// Make the rows of all notes of a piece.
static TmbStatus
make_notes(TmbLabelRun* const          self,
           const TmbQueuedPiece* const piece,
           TmbMessage* const           why)
{
  float        posterior[TMB_MAX_CLASSES + 1U];
  const size_t n      = tmb_model_n_outputs(self->model);
  off_t        left   = ftello(piece->notes);
  TmbStatus    status = TMB_OK;
  TmbPieceNote note;
  if (left < 0 || ferror(piece->notes) || fseeko(piece->notes, 0, SEEK_SET)) {
    return fail_spool(why);
  }
  while (!status && left > 0) {
    if (fread(&note, sizeof(note), 1U, piece->notes) != 1U ||
        fread(posterior, sizeof(float), n, piece->notes) != n) {
      return fail_spool(why);
    }
    left -= (off_t)(sizeof(note) + (n * sizeof(float)));
    status = tmb_row_maker_note(self->maker, &note, posterior, why);
  }
  return status;
}

/// The piece before, in the same channel; or null.
static const TmbQueuedPiece*
piece_before(const TmbQueued* const recording)
{
  const uint32_t part = recording->n_out;
  return part && recording->opened.n_pieces > 1U ? &recording->pieces[part - 1U]
                                                 : NULL;
}

/**
   Whether pieces of a recording do not come to what it comes to as a whole.

   What is wrong with a piece might be the fault of going there at once.
*/
static bool
must_be_whole(const TmbQueued* const recording)
{
  const TmbQueuedPiece* const piece  = &recording->pieces[recording->n_out];
  const TmbQueuedPiece* const before = piece_before(recording);
  return recording->opened.n_pieces > 1U &&
         (piece->end.status ||
          (before && before->end.end_digest != piece->end.begin_digest));
}

/// Let workers forget a recording, whatever they are at.
static void
call_off(TmbLabelRun* const self, const TmbQueued* const recording)
{
  for (uint32_t i = 0U; i < self->options->n_jobs; ++i) {
    if (self->hands[i].recording == recording) {
      self->hands[i].recording = NULL;
    }
  }
}

/// Label the first recording again, in one piece.
static void
start_again(TmbLabelRun* const self, TmbQueued* const recording)
{
  call_off(self, recording);
  self->progress.heard_s -= recording->heard_s;
  recording->heard_s = 0.0;
  tmb_label_queue_restart(&self->queue, recording);
}

/// Make the rows of the first recording's next part, which is done.
static TmbStatus
make_rows(TmbLabelRun* const self,
          TmbQueued* const   recording,
          TmbMessage* const  why)
{
  const TmbQueuedPiece* const piece    = &recording->pieces[recording->n_out];
  const uint32_t              n_pieces = recording->opened.n_pieces;
  TmbStatus                   status   = TMB_OK;
  if (!recording->n_out) {
    rewind(self->rows.out);
    status = self->options->folder ? tmb_rows_start(&self->rows, why) : TMB_OK;
  }
  if (!status && n_pieces && !piece_before(recording)) {
    tmb_queued_name(
      recording,
      self->options->channel == TMB_CHANNELS_EACH ? recording->n_out + 1U : 0U);
    status = tmb_row_maker_open(
      self->maker, recording->name, &recording->opened, &self->rows, why);
  }
  if (!status) {
    status = make_notes(self, piece, why);
  }
  if (status) {
    return status;
  }

  ++recording->n_out;
  if (piece->end.status) {
    recording->status = piece->end.status;
    recording->why    = piece->end.why;
  } else if (n_pieces == 1U || recording->n_out == recording->n_parts) {
    return tmb_row_maker_close(self->maker, piece->end.end, why);
  }
  return TMB_OK;
}

/// Say why a recording has no label.
static void
report(TmbLabelRun* const self, const TmbQueued* const recording)
{
  ++self->progress.n_failed;
  if (self->speaks) {
    tmb_label_progress_wipe(&self->progress);
    tmb_complain("%s", recording->why.text);
    tmb_label_errors_add(&self->errors,
                         recording->path,
                         tmb_rows_reason(recording->why.text, recording->path));
  }
}

/// Put out the first recording, all of whose rows are made.
static TmbStatus
finish(TmbLabelRun* const self,
       TmbQueued* const   recording,
       TmbMessage* const  why)
{
  TmbStatus status = TMB_OK;
  call_off(self, recording);
  if (recording->status) {
    status =
      tmb_rows_error(&self->rows,
                     recording->name,
                     tmb_rows_reason(recording->why.text, recording->path),
                     why);
  }
  if (!status) {
    status = tmb_label_output_put(self->output, recording, self->rows.out, why);
  }
  if (status == TMB_NO_FILE) {
    recording->status = status;
    recording->why    = *why;
    rewind(self->rows.out);
    status = TMB_OK;
  }
  if (!status) {
    status = tmb_label_output_log(self->output, recording, why);
  }
  if (status) {
    return status;
  }

  ++self->progress.n_done;
  if (recording->status) {
    report(self, recording);
    if (self->options->fails_fast) {
      tmb_label_stop(self, TMB_OK, &recording->why);
    }
  }
  tmb_label_queue_drop(&self->queue);
  return TMB_OK;
}

void
tmb_label_put_out(TmbLabelRun* const self)
{
  TmbStatus  status = TMB_OK;
  TmbMessage why;
  for (TmbQueued* first = self->queue.first;
       first && !status && !self->has_stopped;
       first = self->queue.first) {
    if (first->status || first->n_out == first->n_parts) {
      status = finish(self, first, &why);
    } else if (!first->pieces[first->n_out].is_done) {
      break;
    } else if (must_be_whole(first)) {
      start_again(self, first);
    } else {
      status = make_rows(self, first, &why);
    }
  }
  if (status) {
    tmb_label_stop(self, status, &why);
  }
}
