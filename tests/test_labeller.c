// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/labeller.h"

#include "dsp/model.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/long_tone.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"
#include "trainer/audio_file.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)
#define FLAC_16 (SF_FORMAT_FLAC | SF_FORMAT_PCM_16)
#define OGG (SF_FORMAT_OGG | SF_FORMAT_VORBIS)

#define MAX_NOTES 4096U
#define MAX_OUTPUTS 8U

static const TmbPart all = { 0.0, (double)INFINITY };

static TmbModel* model;

/// A note as a message tells it.
typedef struct {
  TmbPieceNote note;
  float        posterior[MAX_OUTPUTS];
} Note;

/// All that is told of a piece.
typedef struct {
  unsigned    n_opened;
  TmbOpened   opened;
  size_t      n_notes;
  Note        notes[MAX_NOTES];
  uint64_t    n_samples;
  unsigned    n_ends;
  TmbPieceEnd end;
} Told;

static int
load_model(void** const state)
{
  return cli_setup(state) || tmb_model_load(CLI_MODEL, &model, NULL);
}

static int
free_model(void** const state)
{
  tmb_model_free(model);
  return scratch_teardown(state);
}

static void
take_note(Told* const told, const TmbPieceMessage* const message)
{
  const size_t n_posterior = tmb_model_n_outputs(model) * sizeof(float);
  assert_true(told->n_notes < MAX_NOTES);
  assert_true(n_posterior <= sizeof(told->notes[0].posterior));
  assert_int_equal(message->n, sizeof(TmbPieceNote) + n_posterior);

  Note* const note = &told->notes[told->n_notes++];
  memcpy(&note->note, message->bytes, sizeof(note->note));
  memcpy(note->posterior, message->bytes + sizeof(note->note), n_posterior);
}

/// Messages come in their order: opened, notes and beats, end.
static void
take(Told* const told, const TmbPieceMessage* const message)
{
  TmbBeat beat = { 0U };
  assert_int_equal(told->n_ends, 0U);
  switch (message->word) {
    case TMB_PIECE_OPENED:
      assert_int_equal(message->n, sizeof(told->opened));
      memcpy(&told->opened, message->bytes, sizeof(told->opened));
      assert_int_equal(told->n_opened++, 0U);
      break;
    case TMB_PIECE_NOTE:
      assert_int_equal(told->n_opened, 1U);
      take_note(told, message);
      break;
    case TMB_PIECE_BEAT:
      assert_int_equal(told->n_opened, 1U);
      assert_int_equal(message->n, sizeof(beat));
      memcpy(&beat, message->bytes, sizeof(beat));
      told->n_samples += beat.n_samples;
      break;
    case TMB_PIECE_END:
      assert_int_equal(message->n, sizeof(told->end));
      memcpy(&told->end, message->bytes, sizeof(told->end));
      told->n_samples += told->end.n_samples;
      ++told->n_ends;
      break;
  }
}

/// Have a piece labelled; released by the caller with free().
static Told*
label(TmbLabeller* const labeller,
      const char* const  path,
      const uint32_t     channel,
      const uint32_t     number,
      const uint32_t     n_pieces)
{
  const TmbPieceJob job   = { .channel  = channel,
                              .number   = number,
                              .n_pieces = n_pieces };
  char*             bytes = NULL;
  size_t            n     = 0U;
  FILE* const       out   = open_memstream(&bytes, &n);
  Told* const       told  = (Told*)calloc(1U, sizeof(Told));
  assert_non_null(out);
  assert_non_null(told);
  tmb_label_piece(labeller, path, &job, out);
  assert_int_equal(fclose(out), 0);

  TmbPieceMessage message;
  size_t          at = 0U;
  for (size_t more = 1U; more; at += more) {
    more = tmb_piece_parse((const uint8_t*)bytes + at, n - at, &message);
    if (more) {
      assert_true(more <= TMB_MAX_PIECE_MESSAGE);
      take(told, &message);
    }
  }
  assert_int_equal(at, n);
  assert_int_equal(told->n_ends, 1U);
  free(bytes);
  return told;
}

static TmbLabeller*
new_labeller(const TmbPart* const part)
{
  TmbLabeller* labeller = NULL;
  assert_int_equal(
    tmb_labeller_new(model, &tmb_default_settings, part, &labeller), TMB_OK);
  return labeller;
}

static bool
is_same_posterior(const Note* const a, const Note* const b)
{
  bool is_same = true;
  for (size_t i = 0U; i < MAX_OUTPUTS; ++i) {
    is_same = is_same && a->posterior[i] == b->posterior[i];
  }
  return is_same;
}

static bool
is_same(const Note* const a, const Note* const b)
{
  const TmbVerdict* const v = &a->note.verdict;
  const TmbVerdict* const w = &b->note.verdict;
  return a->note.onset == b->note.onset &&
         a->note.duration == b->note.duration &&
         v->instrument == w->instrument && v->confidence == w->confidence &&
         v->family == w->family &&
         v->family_confidence == w->family_confidence &&
         is_same_posterior(a, b);
}

/// Demand that the pieces of a channel are what it is as a whole.
static void
expect_pieces(TmbLabeller* const labeller,
              const char* const  path,
              const uint32_t     channel,
              const uint32_t     n_pieces)
{
  Told* const whole     = label(labeller, path, channel, 0U, 1U);
  Told*       before    = NULL;
  size_t      n_notes   = 0U;
  uint64_t    n_samples = 0U;
  assert_int_equal(whole->opened.n_pieces, 1U);
  assert_int_equal(whole->end.status, TMB_OK);
  for (uint32_t i = 0U; i < n_pieces; ++i) {
    // The first one is to say how many there are
    Told* const piece = label(labeller, path, channel, i, i ? n_pieces : 0U);
    assert_int_equal(piece->end.status, TMB_OK);
    assert_int_equal(piece->opened.n_pieces, n_pieces);
    assert_int_equal(piece->opened.first, whole->opened.first);
    assert_true(n_notes + piece->n_notes <= whole->n_notes);
    for (size_t k = 0U; k < piece->n_notes; ++k) {
      if (!is_same(&whole->notes[n_notes + k], &piece->notes[k])) {
        fail_msg("%s: piece %u has another note %zu", path, i, k);
      }
    }
    assert_true(piece->n_notes > 10U);
    assert_true(!before || before->end.end_digest == piece->end.begin_digest);
    assert_true(!before ||
                before->end.end + piece->n_samples == piece->end.end);
    n_notes += piece->n_notes;
    n_samples += piece->n_samples;
    free(before);
    before = piece;
  }
  assert_int_equal(n_notes, whole->n_notes);
  assert_true(n_samples == whole->n_samples);
  assert_true(before && before->end.end == whole->end.end);
  free(before);
  free(whole);
}

static void
pieces_together_are_the_whole(void** const state)
{
  static const struct {
    const char* name;
    int         format;
    int         rate_hz;
    int         n_channels;
    unsigned    minutes;
    uint32_t    channel;
    TmbPart     part;
    uint32_t    n_pieces;
  } rows[] = {
    { "a.wav", WAV_16, 8000, 1, 25U, 0U, { 0.0, (double)INFINITY }, 3U },
    { "b.flac", FLAC_16, 11025, 2, 15U, 2U, { 0.0, (double)INFINITY }, 2U },
    { "c.wav", WAV_16, 8000, 1, 18U, 0U, { 123.456, 1034.5 }, 2U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbLabeller* const labeller = new_labeller(&rows[i].part);
    (void)long_tone_write(rows[i].name,
                          rows[i].format,
                          rows[i].rate_hz,
                          rows[i].n_channels,
                          rows[i].minutes);
    expect_pieces(labeller, rows[i].name, rows[i].channel, rows[i].n_pieces);
    tmb_labeller_free(labeller);
  }
}

/// Pieces that the first one says there are.
static uint32_t
count_pieces(const char* const path, const int format, const unsigned minutes)
{
  TmbLabeller* const labeller = new_labeller(&all);
  (void)long_tone_write(path, format, 8000, 1, minutes);
  Told* const    told = label(labeller, path, 0U, 0U, 0U);
  const uint32_t n    = told->opened.n_pieces;
  assert_int_equal(told->end.status, TMB_OK);
  free(told);
  tmb_labeller_free(labeller);
  return n;
}

static void
what_is_short_or_must_be_read_in_order_is_not_cut(void** const state)
{
  static const struct {
    const char* name;
    int         format;
    unsigned    minutes;
    uint32_t    n_pieces;
  } rows[] = {
    { "a.wav", WAV_16, 14U, 1U },
    { "b.wav", WAV_16, 15U, 2U },
    { "c.ogg", OGG, 15U, 1U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const uint32_t n =
      count_pieces(rows[i].name, rows[i].format, rows[i].minutes);
    if (n != rows[i].n_pieces) {
      fail_msg("%s: %u pieces", rows[i].name, n);
    }
  }
}

/// One note from begin to end.
static void
write_drone(const char* const path, const unsigned minutes)
{
  SF_INFO        info = { .samplerate = 8000, .channels = 1, .format = WAV_16 };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  float          second[8000];
  assert_non_null(file);
  for (unsigned i = 0U; i < 8000U; ++i) {
    second[i] = 0.2f * sinf(6.2831853f * (float)(i % 20U) / 20.0f);
  }
  for (unsigned s = 0U; s < 60U * minutes; ++s) {
    assert_int_equal(sf_writef_float(file, second, 8000), 8000);
  }
  assert_int_equal(sf_close(file), 0);
}

static void
a_note_that_began_before_the_warm_up_shows_in_the_digest(void** const state)
{
  (void)state;
  TmbLabeller* const labeller = new_labeller(&all);
  write_drone("drone.wav", 15U);
  Told* const first = label(labeller, "drone.wav", 0U, 0U, 2U);
  Told* const next  = label(labeller, "drone.wav", 0U, 1U, 2U);
  assert_int_equal(first->end.status, TMB_OK);
  assert_int_equal(next->end.status, TMB_OK);
  assert_true(first->end.end_digest != next->end.begin_digest);
  free(next);
  free(first);
  tmb_labeller_free(labeller);
}

static void
an_error_is_told_at_the_end(void** const state)
{
  static const struct {
    const char* label;
    const char* path;
    uint32_t    channel;
    TmbPart     part;
    const char* why;
  } rows[] = {
    { "no file", "none.wav", 0U, { 0.0, 9.0 }, "none.wav: No such file" },
    { "no such channel",
      "good.wav",
      2U,
      { 0.0, 9.0 },
      "good.wav: it has no channel 2, only 1" },
    { "begins behind the end",
      "good.wav",
      0U,
      { 100.0, 900.0 },
      "good.wav: it has no sound from 100 s on" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbLabeller* const labeller = new_labeller(&rows[i].part);
    Told* const told = label(labeller, rows[i].path, rows[i].channel, 0U, 0U);
    if (!told->end.status || !strstr(told->end.why.text, rows[i].why)) {
      fail_msg("%s: %s", rows[i].label, told->end.why.text);
    }
    assert_int_equal(told->n_notes, 0U);
    assert_int_equal(told->n_samples, 0U);
    free(told);
    tmb_labeller_free(labeller);
  }
}

/// Heard by the recogniser alone, in blocks as hosts have them.
static void
pieces_have_the_notes_that_a_host_hears(void** const state)
{
  (void)state;
  const uint32_t     n        = long_tone_write("a.wav", WAV_16, 8000, 1, 15U);
  TmbLabeller* const labeller = new_labeller(&all);
  TmbAudioFile*      file     = NULL;
  TmbRecogniser*     host     = NULL;
  Told*              piece    = NULL;
  float              block[256];
  uint32_t           number  = 0U;
  size_t             next    = 0U;
  size_t             n_heard = 0U;
  assert_int_equal(tmb_audio_open("a.wav", &file, NULL), TMB_OK);
  assert_int_equal(tmb_recogniser_new(model, 8000.0, &host), TMB_OK);
  tmb_recogniser_set(host, &tmb_default_settings);
  for (uint32_t done = 0U; done < n; done += 256U) {
    size_t   n_block = 0U;
    uint32_t taken   = 0U;
    TmbEvent event   = { .type = TMB_EVENT_NONE };
    assert_int_equal(tmb_audio_read(file, block, 256U, &n_block, NULL), TMB_OK);
    do {
      taken += tmb_recogniser_push(
        host, block + taken, (uint32_t)n_block - taken, &event);
      if (event.type != TMB_EVENT_END) {
        continue;
      }
      while (!piece || next == piece->n_notes) {
        assert_true(number < 2U);
        free(piece);
        piece = label(labeller, "a.wav", 0U, number++, 2U);
        next  = 0U;
      }
      Note note = { .note = { event.onset, event.duration, event.verdict } };
      memcpy(note.posterior,
             event.posterior,
             tmb_model_n_outputs(model) * sizeof(float));
      assert_true(is_same(&note, &piece->notes[next++]));
      ++n_heard;
    } while (event.type != TMB_EVENT_NONE);
  }
  assert_int_equal(number, 2U);
  assert_true(n_heard > 1000U);
  free(piece);
  tmb_recogniser_free(host);
  tmb_audio_close(file);
  tmb_labeller_free(labeller);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(pieces_together_are_the_whole),
    cmocka_unit_test(what_is_short_or_must_be_read_in_order_is_not_cut),
    cmocka_unit_test(a_note_that_began_before_the_warm_up_shows_in_the_digest),
    cmocka_unit_test(an_error_is_told_at_the_end),
    cmocka_unit_test(pieces_have_the_notes_that_a_host_hears),
  };
  return cmocka_run_group_tests_name("labeller", tests, load_model, free_model);
}
