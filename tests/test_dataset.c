// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/dataset.h"

#include "dsp/front_end.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <sndfile.h>

#include <stdio.h>
#include <string.h>

#define N_NOTES 3U
#define RATE_HZ 22050

/// The notes of a manifest's recordings.
typedef struct {
  TmbCorpus*  corpus;
  TmbDataset* dataset;
} Heard;

static Heard
listen(const char* const manifest)
{
  static const TmbLicenceFilter nothing = { NULL, 0U };

  const char* const path  = "manifest.csv";
  Heard             heard = { NULL, NULL };
  TmbMessage        why;
  bytes_save(manifest, strlen(manifest), path);
  assert_int_equal(tmb_corpus_open(&path, 1U, &nothing, &heard.corpus, &why),
                   TMB_OK);
  assert_int_equal(
    tmb_dataset_new(
      heard.corpus, &tmb_default_front_end, NULL, 1U, &heard.dataset),
    TMB_OK);
  return heard;
}

static void
clear(Heard* const heard)
{
  tmb_dataset_free(heard->dataset);
  tmb_corpus_free(heard->corpus);
}

static int
setup(void** const state)
{
  const int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  const int failed = scratch_setup(state);
  if (!failed) {
    (void)tone_write("notes.wav", format, RATE_HZ, 1, N_NOTES);
    (void)tone_write("silence.wav", format, RATE_HZ, 1, 0U);
  }
  return failed;
}

static void
without_an_onset_all_notes_of_a_recording_count(void** const state)
{
  (void)state;
  Heard heard = listen("path,class,onset\nnotes.wav,a,\nsilence.wav,b,\n");
  const TmbDataset* const dataset = heard.dataset;
  assert_int_equal(dataset->n_notes, N_NOTES);
  assert_int_equal(dataset->n_silent, 1U);
  assert_int_equal(dataset->n_missed, 0U);
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    assert_int_equal(dataset->notes[i].number, i);
  }
  clear(&heard);
}

static void
the_note_nearest_to_the_onset_is_the_recordings_only_one(void** const state)
{
  (void)state;
  Heard                   all   = listen("path,class\nnotes.wav,a\n");
  const TmbDataset* const whole = all.dataset;
  for (uint32_t i = 0U; i < N_NOTES; ++i) {
    static const double shifts_s[] = { -0.035, 0.0, 0.035 };
    for (size_t j = 0U; j < sizeof(shifts_s) / sizeof(*shifts_s); ++j) {
      char manifest[128];
      (void)snprintf(manifest,
                     sizeof(manifest),
                     "path,class,onset\nnotes.wav,a,%g\n",
                     tone_onset(i) + shifts_s[j]);
      Heard                   one     = listen(manifest);
      const TmbDataset* const dataset = one.dataset;
      assert_int_equal(dataset->n_notes, 1U);
      assert_int_equal(dataset->n_missed, 0U);
      assert_int_equal(dataset->notes[0].number, i);
      assert_int_equal(dataset->notes[0].n_available,
                       whole->notes[i].n_available);
      assert_memory_equal(dataset->levels,
                          whole->levels + whole->notes[i].start,
                          (size_t)whole->notes[i].n_available *
                            tmb_default_front_end.n_bands * sizeof(int16_t));
      clear(&one);
    }
  }
  clear(&all);
}

static void
an_onset_at_which_nothing_is_found_is_missed(void** const state)
{
  static const struct {
    const char* what;
    const char* row;
  } rows[] = {
    { "between two notes", "notes.wav,a,0.3\n" },
    { "after the end", "notes.wav,a,60\n" },
    { "in silence", "silence.wav,a,0.1\n" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char manifest[128];
    (void)snprintf(
      manifest, sizeof(manifest), "path,class,onset\n%s", rows[i].row);
    Heard                   heard   = listen(manifest);
    const TmbDataset* const dataset = heard.dataset;
    if (dataset->n_notes || dataset->n_silent || dataset->n_missed != 1U) {
      fail_msg("%s: %u notes, %u silent, %u missed",
               rows[i].what,
               dataset->n_notes,
               dataset->n_silent,
               dataset->n_missed);
    }
    clear(&heard);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(without_an_onset_all_notes_of_a_recording_count),
    cmocka_unit_test(the_note_nearest_to_the_onset_is_the_recordings_only_one),
    cmocka_unit_test(an_onset_at_which_nothing_is_found_is_missed),
  };
  return cmocka_run_group_tests_name("dataset", tests, setup, scratch_teardown);
}
