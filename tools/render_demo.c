// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  Renders the demo recordings: six solo phrases from a General MIDI soundfont,
  dry, with the onset times beside them.

  usage: render_demo SOUNDFONT FOLDER
*/

#include "trainer/audio_writer.h"
#include "trainer/synth.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE TMB_SYNTH_RATE
#define MAX_NOTES 16U
#define SETTLING (RATE / 4U) ///< Until the phrase before has faded
#define LEAD_S 0.25          ///< Silence before the first note
#define TAIL_S 1.0           ///< For the last note to fade
#define VELOCITIES 3U

typedef struct {
  const char* name;
  double      beat_s;
  double      legato;  ///< Held part of a note's time
  int         program; ///< General MIDI, from 0
  uint32_t    n_notes;
  int         keys[MAX_NOTES];  ///< MIDI key numbers
  int         beats[MAX_NOTES]; ///< Lengths
} Phrase;

static const Phrase phrases[] = {
  { "acoustic_guitar",
    0.33,
    1.0,
    25,
    12U,
    { 40, 47, 52, 55, 59, 64, 62, 59, 57, 55, 54, 52 },
    { 2, 1, 1, 2, 2, 2, 1, 1, 2, 2, 2, 4 } },
  { "flute",
    0.45,
    0.85,
    73,
    10U,
    { 74, 76, 79, 81, 83, 81, 79, 86, 83, 79 },
    { 1, 1, 2, 1, 1, 2, 2, 2, 1, 3 } },
  { "piano",
    0.30,
    0.9,
    0,
    12U,
    { 60, 64, 67, 72, 71, 67, 69, 65, 62, 59, 55, 48 },
    { 2, 1, 1, 3, 1, 2, 2, 2, 2, 2, 2, 5 } },
  { "trumpet",
    0.40,
    0.8,
    56,
    10U,
    { 67, 72, 72, 76, 74, 72, 69, 71, 67, 72 },
    { 1, 2, 1, 2, 1, 2, 2, 1, 2, 4 } },
  { "vibraphone",
    0.42,
    0.95,
    11,
    11U,
    { 65, 69, 72, 76, 74, 72, 67, 70, 74, 77, 65 },
    { 1, 1, 2, 2, 1, 1, 2, 1, 1, 2, 4 } },
  { "violin",
    0.50,
    0.9,
    40,
    9U,
    { 67, 71, 74, 79, 78, 76, 74, 69, 67 },
    { 1, 1, 2, 2, 1, 1, 2, 2, 4 } },
};

/// Render `seconds` more, and tell where that ends.
static uint32_t
render(TmbSynth* const synth,
       float* const    mono,
       const uint32_t  start,
       const double    seconds)
{
  const uint32_t n = (uint32_t)(seconds * RATE);
  tmb_synth_render(synth, mono + start, n);
  return start + n;
}

static double
phrase_seconds(const Phrase* const phrase)
{
  int n_beats = 0;
  for (uint32_t i = 0U; i < phrase->n_notes; ++i) {
    n_beats += phrase->beats[i];
  }
  return LEAD_S + (n_beats * phrase->beat_s) + TAIL_S;
}

/// Play a phrase into `mono`, writing its onsets to `truth`.
static uint32_t
play(TmbSynth* const     synth,
     const Phrase* const phrase,
     float* const        mono,
     FILE* const         truth)
{
  static const int velocities[VELOCITIES] = { 80, 100, 115 };
  tmb_synth_start(synth, phrase->program);
  tmb_synth_render(synth, mono, SETTLING);

  uint32_t n = render(synth, mono, 0U, LEAD_S);
  for (uint32_t i = 0U; i < phrase->n_notes; ++i) {
    const double length_s = phrase->beats[i] * phrase->beat_s;
    (void)fprintf(truth, "%.4f\n", (double)n / RATE);
    tmb_synth_press(synth, phrase->keys[i], velocities[i % VELOCITIES]);
    n = render(synth, mono, n, length_s * phrase->legato);
    tmb_synth_release(synth, phrase->keys[i]);
    n = render(synth, mono, n, length_s * (1.0 - phrase->legato));
  }
  return render(synth, mono, n, TAIL_S);
}

static int
render_phrase(TmbSynth* const     synth,
              const Phrase* const phrase,
              const char* const   folder)
{
  char flac_path[1024];
  char truth_path[1024];
  (void)snprintf(
    flac_path, sizeof(flac_path), "%s/%s.flac", folder, phrase->name);
  (void)snprintf(
    truth_path, sizeof(truth_path), "%s/%s.onsets", folder, phrase->name);

  float* const mono =
    (float*)calloc((size_t)(phrase_seconds(phrase) * RATE) + 1U, sizeof(float));
  FILE* const truth = fopen(truth_path, "w");
  if (!mono || !truth) {
    perror(truth_path);
    free(mono);
    return 1;
  }

  TmbMessage     why;
  const uint32_t n      = play(synth, phrase, mono, truth);
  int            status = ferror(truth) ? 1 : 0;
  status |= fclose(truth);
  if (tmb_audio_write(flac_path, mono, n, RATE, &why)) {
    (void)fprintf(stderr, "%s\n", why.text);
    status = 1;
  }
  free(mono);
  return status;
}

int
main(const int argc, char** const argv)
{
  if (argc != 3) {
    (void)fprintf(stderr, "usage: %s SOUNDFONT FOLDER\n", argv[0]);
    return 2;
  }

  TmbSynth*  synth = NULL;
  TmbMessage why;
  if (tmb_synth_new(argv[1], &synth, &why)) {
    (void)fprintf(stderr, "%s\n", why.text);
    return 1;
  }

  int status = 0;
  for (size_t i = 0U; !status && i < sizeof(phrases) / sizeof(*phrases); ++i) {
    status = render_phrase(synth, &phrases[i], argv[2]);
  }
  tmb_synth_free(synth);
  return status ? 1 : 0;
}
