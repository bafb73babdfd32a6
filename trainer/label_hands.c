// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Finding recordings, dealing them out, and hearing what workers tell of them.

#include "trainer/interrupt.h"
#include "trainer/label_run_impl.h"
#include "trainer/path_hash.h"
#include "trainer/text.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PIECES 65536U ///< That are believed

bool
tmb_label_is_mine(const TmbLabelRun* const self,
                  const TmbFinder* const   finder,
                  const char* const        path)
{
  const uint32_t n = self->options->n_shards;
  return !n || tmb_path_hash(tmb_finder_relative(finder, path)) % n ==
                 self->options->shard - 1U;
}

/// Queue what was found, unless it was done before.
static TmbStatus
take(TmbLabelRun* const      self,
     const char* const       path,
     const TmbStatus         found,
     const TmbMessage* const reason)
{
  TmbMessage why      = *reason;
  bool       was_done = false;
  char*      place    = NULL;
  TmbStatus  status =
    tmb_label_output_claim(self->output, path, &was_done, &place, &why);
  if (was_done) {
    ++self->progress.n_done;
    ++self->progress.n_before;
    return TMB_OK;
  }

  TmbQueued* const recording =
    status == TMB_NO_MEMORY
      ? NULL
      : tmb_label_queue_add(&self->queue, path, self->n_found - 1U);
  if (!recording) {
    free(place);
    return TMB_NO_MEMORY;
  }
  if (found) {
    status = found;
    why    = *reason;
  } else if (!status && strlen(path) >= PATH_MAX) {
    status = tmb_fail(TMB_NO_FILE,
                      &why,
                      "%s: %s",
                      tmb_text_shown(path),
                      strerror(ENAMETOOLONG));
  }
  recording->place    = place;
  recording->status   = status;
  recording->why      = why;
  recording->is_whole = self->options->n_jobs == 1U;
  return TMB_OK;
}

/// Find one more recording that is to be labelled; false if there is none.
static bool
find(TmbLabelRun* const self)
{
  const TmbQueued* const last = self->queue.last;
  while (!self->finder_is_over && self->queue.last == last) {
    TmbMessage      why   = { "" };
    const char*     path  = NULL;
    const TmbStatus found = tmb_finder_next(self->finder, &path, &why);
    self->finder_is_over  = !path;
    self->n_found += path != NULL;
    if (path && tmb_label_is_mine(self, self->finder, path) &&
        take(self, path, found, &why)) {
      const TmbStatus status = tmb_fail(
        TMB_NO_MEMORY, &why, "%s: out of memory", tmb_text_shown(path));
      tmb_label_stop(self, status, &why);
      return false;
    }
  }
  return self->queue.last != last;
}

/// The next recording that has something for a worker, or null.
static TmbQueued*
next_work(TmbLabelRun* const self)
{
  TmbQueued* recording = tmb_label_queue_next(&self->queue);
  while (!recording && self->queue.n_waiting < TMB_MAX_WAITING &&
         !tmb_interrupted() && find(self)) {
    recording = tmb_label_queue_next(&self->queue);
  }
  return recording;
}

/// Give a hand's job to its worker.
static void
give(TmbHand* const hand)
{
  hand->is_busy  = true;
  hand->heard_s  = 0.0;
  hand->silent_s = 0.0;
  if (!tmb_worker_give(&hand->worker, &hand->job, hand->recording->path)) {
    // It has died; that is seen when it is listened to
    hand->silent_s = (double)INFINITY;
  }
}

/// Let a worker begin a recording's next part.
static TmbStatus
begin(TmbLabelRun* const self,
      TmbHand* const     hand,
      TmbQueued* const   recording,
      TmbMessage* const  why)
{
  hand->recording        = recording;
  hand->part             = recording->n_begun;
  const TmbStatus status = tmb_label_queue_begin(
    &self->queue, recording, self->options->channel, &hand->job, why);
  if (!status) {
    give(hand);
  }
  return status;
}

/// Whether anybody is at work.
static bool
is_any_busy(const TmbLabelRun* const self)
{
  for (uint32_t i = 0U; i < self->options->n_jobs; ++i) {
    if (self->hands[i].is_busy) {
      return true;
    }
  }
  return false;
}

/// Have a worker; if so many can't be had, fewer do all the work.
static TmbStatus
hire(TmbLabelRun* const self, TmbHand* const hand, TmbMessage* const why)
{
  if (hand->worker.pid) {
    return TMB_OK;
  }
  hand->is_used = false;
  return tmb_worker_start(
    &hand->worker, self->labeller, self->options->memory_mib, why);
}

void
tmb_label_deal(TmbLabelRun* const self)
{
  for (uint32_t i = 0U; i < self->options->n_jobs && !self->has_stopped; ++i) {
    TmbHand* const hand = &self->hands[i];
    if (hand->is_busy) {
      continue;
    }

    TmbMessage       why;
    TmbQueued* const recording = next_work(self);
    if (!recording) {
      return;
    }
    TmbStatus status = hire(self, hand, &why);
    if (status && is_any_busy(self)) {
      tmb_worker_end(&hand->worker, NULL);
      continue;
    }
    if (!status) {
      status = begin(self, hand, recording, &why);
    }
    if (status) {
      tmb_label_stop(self, status, &why);
    }
  }
}

static bool
take_opened(const TmbLabelRun* const     self,
            TmbHand* const               hand,
            const TmbPieceMessage* const message)
{
  TmbOpened opened;
  if (message->n != sizeof(opened)) {
    return false;
  }
  memcpy(&opened, message->bytes, sizeof(opened));
  return opened.rate_hz > 0.0 && opened.n_pieces &&
         opened.n_pieces <= MAX_PIECES && opened.n_channels &&
         opened.n_channels <= MAX_PIECES &&
         !tmb_label_queue_open(
           hand->recording, self->options->channel, &opened);
}

static bool
take_note(const TmbLabelRun* const     self,
          const TmbHand* const         hand,
          const TmbPieceMessage* const message)
{
  const size_t n_posterior = tmb_model_n_outputs(self->model) * sizeof(float);
  TmbPieceNote note;
  if (message->n != sizeof(note) + n_posterior) {
    return false;
  }
  memcpy(&note, message->bytes, sizeof(note));

  const TmbVerdict* const verdict   = &note.verdict;
  const int               n_classes = (int)tmb_model_n_classes(self->model);
  const int n_families = (int)tmb_model_families(self->model)->n_families;
  if (verdict->instrument < TMB_UNKNOWN || verdict->instrument >= n_classes ||
      verdict->family < TMB_UNKNOWN || verdict->family >= n_families) {
    return false;
  }
  // A full disk shows when this is read
  (void)fwrite(
    message->bytes, 1U, message->n, hand->recording->pieces[hand->part].notes);
  return true;
}

static void
add_progress(TmbLabelRun* const self,
             TmbHand* const     hand,
             const uint64_t     n_samples)
{
  TmbQueued* const recording = hand->recording;
  if (recording->opened.rate_hz > 0.0) {
    const double seconds = (double)n_samples / recording->opened.rate_hz;
    hand->heard_s += seconds;
    recording->heard_s += seconds;
    self->progress.heard_s += seconds;
  }
}

static bool
take_beat(TmbLabelRun* const           self,
          TmbHand* const               hand,
          const TmbPieceMessage* const message)
{
  TmbBeat beat;
  if (message->n != sizeof(beat)) {
    return false;
  }
  memcpy(&beat, message->bytes, sizeof(beat));
  add_progress(self, hand, beat.n_samples);
  return true;
}

static bool
take_end(TmbLabelRun* const           self,
         TmbHand* const               hand,
         const TmbPieceMessage* const message)
{
  TmbPieceEnd end;
  if (message->n != sizeof(end)) {
    return false;
  }
  memcpy(&end, message->bytes, sizeof(end));
  if (end.status && hand->is_used) {
    return false;
  }

  hand->is_busy = false;
  hand->is_used = true;
  if (hand->recording) {
    TmbQueuedPiece* const piece = &hand->recording->pieces[hand->part];
    piece->end                  = end;
    piece->is_done              = true;
    add_progress(self, hand, end.n_samples);
  }
  return true;
}

/// Take in a message; false if it makes no sense, or may be the fault of what
/// the worker did before.
static bool
take_message(TmbLabelRun* const           self,
             TmbHand* const               hand,
             const TmbPieceMessage* const message)
{
  hand->silent_s = 0.0;
  if (message->word == TMB_PIECE_END) {
    return take_end(self, hand, message);
  }
  if (!hand->recording) {
    return true;
  }
  switch (message->word) {
    case TMB_PIECE_OPENED:
      return take_opened(self, hand, message);
    case TMB_PIECE_NOTE:
      return take_note(self, hand, message);
    case TMB_PIECE_BEAT:
      return take_beat(self, hand, message);
    case TMB_PIECE_END:
    default:
      return false;
  }
}

/// End a worker, and what it was at with it.
static void
lose(TmbHand* const hand, const char* const reason)
{
  int signal = 0;
  tmb_worker_end(&hand->worker, &signal);
  if (hand->is_busy && hand->recording) {
    TmbQueuedPiece* const piece = &hand->recording->pieces[hand->part];
    piece->is_done              = true;
    piece->end                  = (TmbPieceEnd){ .status = TMB_BAD_FILE };
    (void)tmb_fail(TMB_BAD_FILE,
                   &piece->end.why,
                   "%s: %s%s%s",
                   tmb_text_shown(hand->recording->path),
                   reason ? reason : "its decoder crashed",
                   reason || !signal ? "" : ": ",
                   reason || !signal ? "" : strsignal(signal));
  }
  hand->is_busy = false;
}

/**
   Do a job again, in a worker of its own.

   An earlier file may have left too little memory, or a decoder in disorder.
*/
static void
do_again(TmbLabelRun* const self, TmbHand* const hand)
{
  TmbMessage why;
  tmb_worker_end(&hand->worker, NULL);
  rewind(hand->recording->pieces[hand->part].notes);
  hand->recording->heard_s -= hand->heard_s;
  self->progress.heard_s -= hand->heard_s;

  const TmbStatus status = hire(self, hand, &why);
  if (status) {
    hand->is_busy = false;
    tmb_label_stop(self, status, &why);
  } else {
    give(hand);
  }
}

void
tmb_label_hear(TmbLabelRun* const self, TmbHand* const hand)
{
  const bool      is_alive = tmb_worker_receive(&hand->worker);
  size_t          n_taken  = 0U;
  bool            is_sane  = true;
  TmbPieceMessage message;
  while (is_sane && tmb_worker_next(&hand->worker, &n_taken, &message)) {
    is_sane = take_message(self, hand, &message);
  }
  // What is left is part of one, and none is so long
  is_sane = is_sane && hand->worker.n_received < TMB_MAX_PIECE_MESSAGE;
  if (is_alive && is_sane) {
    return;
  }
  if (hand->is_busy && hand->recording && hand->is_used) {
    do_again(self, hand);
  } else {
    lose(hand, is_alive ? "its decoder wrote where it must not" : NULL);
  }
}

void
tmb_label_give_up(TmbLabelRun* const self, TmbHand* const hand)
{
  char reason[64];
  (void)snprintf(reason,
                 sizeof(reason),
                 "its decoder did nothing for %g s",
                 self->options->time_limit_s);
  lose(hand, reason);
}
