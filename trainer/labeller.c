// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/labeller.h"

#include "trainer/audio_file.h"
#include "trainer/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_S 600.0    ///< About the length of a piece
#define MAX_PIECES 4096U ///< Of a recording, which may claim any length
#define WARM_UP_S 10.0   ///< Heard before a piece

#define PROBE_BYTES (32U << 20U) ///< More than a decoder takes to know a file

#define BLOCK_SAMPLES 8192U
#define BEAT_SAMPLES (1U << 20U) ///< Read between two signs of life

struct TmbLabellerImpl {
  const TmbModel* model;
  TmbSettings     settings;
  TmbPart         part;
  TmbRecogniser*  recogniser; ///< Null, or of the newest recording's rate
  double          rate_hz;
  float*          block; ///< [BLOCK_SAMPLES]
};

/// The piece at hand; its samples are counted from the part's begin.
typedef struct {
  const char*   path;
  TmbAudioFile* file;
  FILE*         out;
  uint64_t      first; ///< Sample of the recording with which the part begins
  uint64_t      begin; ///< Of the piece
  uint64_t      end;   ///< Same; UINT64_MAX for the recording's end
  uint64_t      position; ///< Read up to here
  uint64_t      told;     ///< Up to where messages have told of it
  uint32_t      n_beat;   ///< Samples read since the last sign of life
} Piece;

TmbStatus
tmb_labeller_new(const TmbModel* const    model,
                 const TmbSettings* const settings,
                 const TmbPart* const     part,
                 TmbLabeller** const      labeller)
{
  *labeller = NULL;
  if (!tmb_model_front_end(model)) {
    return TMB_EXTERNAL_FEATURES;
  }

  TmbLabeller* const self = (TmbLabeller*)calloc(1U, sizeof(TmbLabeller));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->model    = model;
  self->settings = *settings;
  self->part     = *part;
  self->block    = (float*)calloc(BLOCK_SAMPLES, sizeof(float));
  if (!self->block) {
    tmb_labeller_free(self);
    return TMB_NO_MEMORY;
  }
  *labeller = self;
  return TMB_OK;
}

void
tmb_labeller_free(TmbLabeller* const labeller)
{
  if (labeller) {
    tmb_recogniser_free(labeller->recogniser);
    free(labeller->block);
    free(labeller);
  }
}

/// Most recordings of an archive share a rate, and a new one takes under 1 ms.
static TmbStatus
prepare_recogniser(TmbLabeller* const self, const double rate_hz)
{
  if (self->recogniser && self->rate_hz == rate_hz) {
    return TMB_OK;
  }

  tmb_recogniser_free(self->recogniser);
  self->rate_hz = rate_hz;

  const TmbStatus status =
    tmb_recogniser_new(self->model, rate_hz, &self->recogniser);
  if (!status) {
    tmb_recogniser_set(self->recogniser, &self->settings);
  }
  return status;
}

static void
tell_note(const TmbLabeller* const self,
          const Piece* const       piece,
          const TmbEvent* const    event)
{
  if (event->onset >= piece->position) {
    return; // The cut to the silence after the end is no note
  }

  const uint64_t     left = piece->position - event->onset;
  const TmbPieceNote note = {
    .onset    = piece->first + event->onset,
    .duration = event->duration < left ? event->duration : left,
    .verdict  = event->verdict,
  };
  tmb_piece_tell(piece->out,
                 TMB_PIECE_NOTE,
                 &note,
                 sizeof(note),
                 event->posterior,
                 tmb_model_n_outputs(self->model) * sizeof(float));
}

/// Hear a block; what ends before the piece is told of by the one before.
static void
push(TmbLabeller* const self, const Piece* const piece, const uint32_t n)
{
  TmbEvent event = { .type = TMB_EVENT_NONE };
  uint32_t taken = 0U;
  do {
    taken += tmb_recogniser_push(
      self->recogniser, self->block + taken, n - taken, &event);
    if (event.type == TMB_EVENT_END && piece->position > piece->begin) {
      tell_note(self, piece, &event);
    }
  } while (event.type != TMB_EVENT_NONE);
}

/// Samples that were labelled since this was asked last.
static uint64_t
take_progress(Piece* const piece)
{
  const uint64_t before = piece->told;
  piece->told = piece->position > piece->begin ? piece->position : piece->begin;
  return piece->told - before;
}

static void
give_sign_of_life(Piece* const piece, const uint32_t n)
{
  piece->n_beat += n;
  if (piece->n_beat >= BEAT_SAMPLES) {
    const TmbBeat beat = { take_progress(piece) };
    piece->n_beat      = 0U;
    tmb_piece_tell(piece->out, TMB_PIECE_BEAT, &beat, sizeof(beat), NULL, 0U);
    (void)fflush(piece->out);
  }
}

/// Hear all up to `end`, or to the recording's.
static TmbStatus
hear_until(TmbLabeller* const self,
           Piece* const       piece,
           const uint64_t     end,
           TmbMessage* const  why)
{
  TmbStatus status = TMB_OK;
  for (size_t n = 1U; !status && n && piece->position < end;) {
    const uint64_t left = end - piece->position;
    status              = tmb_audio_read(piece->file,
                            self->block,
                            left < BLOCK_SAMPLES ? (size_t)left : BLOCK_SAMPLES,
                            &n,
                            why);
    piece->position += n;
    push(self, piece, (uint32_t)n);
    give_sign_of_life(piece, (uint32_t)n);
  }
  return status;
}

/// Push silence until the recording's last note is complete.
static TmbStatus
end_recording(TmbLabeller* const self,
              const Piece* const piece,
              TmbMessage* const  why)
{
  if (!piece->position) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s: it has no sound from %g s on",
                    tmb_text_shown(piece->path),
                    self->part.start_s);
  }

  memset(self->block, 0, BLOCK_SAMPLES * sizeof(float));
  for (uint32_t n = tmb_recogniser_tail(self->recogniser); n;) {
    const uint32_t n_now = n < BLOCK_SAMPLES ? n : BLOCK_SAMPLES;
    push(self, piece, n_now);
    n -= n_now;
  }
  return TMB_OK;
}

/// Samples of the part, or 0 if the recording does not say.
static uint64_t
count_samples(const TmbLabeller* const self, const Piece* const piece)
{
  const uint64_t n_frames = tmb_audio_info(piece->file)->n_frames;
  const double   end      = round(self->part.end_s * self->rate_hz);
  const uint64_t last     = end < (double)n_frames ? (uint64_t)end : n_frames;
  return last > piece->first ? last - piece->first : 0U;
}

static uint32_t
count_pieces(const TmbLabeller* const self, const Piece* const piece)
{
  const double n =
    round((double)count_samples(self, piece) / (PIECE_S * self->rate_hz));
  if (!tmb_audio_info(piece->file)->seeks_well || n < 2.0) {
    return 1U;
  }
  return n < (double)MAX_PIECES ? (uint32_t)n : MAX_PIECES;
}

/// Find where a piece begins and ends.
static void
place(const TmbLabeller* const self,
      Piece* const             piece,
      const uint32_t           number,
      const uint32_t           n_pieces)
{
  const uint64_t n_each = count_samples(self, piece) / n_pieces;
  const double   end    = round(self->part.end_s * self->rate_hz);
  piece->begin          = number * n_each;
  piece->told           = piece->begin;
  if (number + 1U < n_pieces) {
    piece->end = piece->begin + n_each;
  } else {
    piece->end = isfinite(end) ? (uint64_t)end - piece->first : UINT64_MAX;
  }
}

/// Go to some time before a piece, and hear what is between.
static TmbStatus
approach(TmbLabeller* const self, Piece* const piece, TmbMessage* const why)
{
  const uint64_t n_before = (uint64_t)(WARM_UP_S * self->rate_hz);
  piece->position = piece->begin > n_before ? piece->begin - n_before : 0U;
  tmb_recogniser_begin(self->recogniser, piece->position);

  const uint64_t  sample = piece->first + piece->position;
  const uint64_t  n_all  = tmb_audio_info(piece->file)->n_frames;
  const TmbStatus status =
    tmb_audio_seek(piece->file, n_all && sample > n_all ? n_all : sample, why);
  return status ? status : hear_until(self, piece, piece->begin, why);
}

/// Label a piece of a recording that is open.
static TmbStatus
label_open_file(TmbLabeller* const       self,
                Piece* const             piece,
                const TmbPieceJob* const job,
                TmbPieceEnd* const       end,
                TmbMessage* const        why)
{
  const TmbAudioInfo* const info   = tmb_audio_info(piece->file);
  TmbStatus                 status = prepare_recogniser(self, info->rate_hz);
  if (status) {
    return tmb_fail(status,
                    why,
                    "%s: %s",
                    tmb_text_shown(piece->path),
                    tmb_strstatus(status));
  }

  piece->first           = (uint64_t)round(self->part.start_s * self->rate_hz);
  const TmbOpened opened = {
    .rate_hz    = info->rate_hz,
    .first      = piece->first,
    .n_channels = info->n_channels,
    .n_pieces   = job->n_pieces ? job->n_pieces : count_pieces(self, piece),
  };
  tmb_piece_tell(
    piece->out, TMB_PIECE_OPENED, &opened, sizeof(opened), NULL, 0U);
  (void)fflush(piece->out); // Others may take pieces now
  place(self, piece, job->number, opened.n_pieces);

  status = approach(self, piece, why);
  if (!status) {
    end->begin_digest = tmb_recogniser_digest(self->recogniser);
    status            = hear_until(self, piece, piece->end, why);
  }
  end->end_digest = tmb_recogniser_digest(self->recogniser);
  if (!status && job->number + 1U == opened.n_pieces) {
    status = end_recording(self, piece, why);
  }
  return status;
}

void
tmb_label_piece(TmbLabeller* const       labeller,
                const char* const        path,
                const TmbPieceJob* const job,
                FILE* const              out)
{
  Piece       piece = { .path = path, .out = out };
  TmbPieceEnd end   = { .status = tmb_audio_open(path, &piece.file, &end.why) };
  if (!end.status) {
    end.status = tmb_audio_choose(piece.file, job->channel, &end.why);
  }
  if (!end.status) {
    end.status = label_open_file(labeller, &piece, job, &end, &end.why);
  }
  tmb_audio_close(piece.file);

  end.n_samples = take_progress(&piece);
  end.end       = piece.position;
  tmb_piece_tell(out, TMB_PIECE_END, &end, sizeof(end), NULL, 0U);
  (void)fflush(out);
}

void
tmb_probe_piece(const char* const path, FILE* const out)
{
  TmbPieceEnd end = { .status = TMB_OK };
  if (!tmb_audio_is_known(path)) {
    // Decoders that lack memory know nothing
    void* const room = malloc(PROBE_BYTES);
    end.status       = room ? TMB_BAD_FILE : TMB_NO_MEMORY;
    free(room);
  }
  tmb_piece_tell(out, TMB_PIECE_END, &end, sizeof(end), NULL, 0U);
  (void)fflush(out);
}
