// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/note_cache.h"

#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"
#include "tests/support/toy_training.h"
#include "trainer/commands.h"
#include "trainer/dataset.h"

#include <sndfile.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE "notes.cache"
#define RATE_HZ 22050
#define WAV (SF_FORMAT_WAV | SF_FORMAT_PCM_16)
#define N_NOTES 6U ///< In all recordings

/// Listen to the recordings of tones.csv; the cache may be null.
static TmbDataset*
listen(const TmbFrontEnd* const front_end, const char* const cache)
{
  static const TmbLicenceFilter nothing = { NULL, 0U };

  const char* const path    = "tones.csv";
  TmbCorpus*        corpus  = NULL;
  TmbDataset*       dataset = NULL;
  TmbMessage        why;
  assert_int_equal(tmb_corpus_open(&path, 1U, &nothing, &corpus, &why), TMB_OK);
  assert_int_equal(tmb_dataset_new(corpus, front_end, cache, 1U, &dataset),
                   TMB_OK);
  tmb_corpus_free(corpus);
  return dataset;
}

/// Listen with and without the cache, and demand the same.
static void
expect_same(const TmbFrontEnd* const front_end)
{
  TmbDataset* const    plain = listen(front_end, NULL);
  TmbDataset* const    kept  = listen(front_end, CACHE);
  const TmbNote* const last  = &plain->notes[plain->n_notes - 1U];
  const size_t         n_levels =
    last->start + ((size_t)last->n_available * front_end->n_bands);
  assert_int_equal(kept->n_notes, plain->n_notes);
  assert_int_equal(kept->n_silent, plain->n_silent);
  assert_int_equal(kept->n_unreadable, plain->n_unreadable);
  for (uint32_t i = 0U; i < plain->n_notes; ++i) {
    assert_int_equal(kept->notes[i].recording, plain->notes[i].recording);
    assert_int_equal(kept->notes[i].number, plain->notes[i].number);
    assert_int_equal(kept->notes[i].n_available, plain->notes[i].n_available);
    assert_int_equal(kept->notes[i].start, plain->notes[i].start);
  }
  assert_memory_equal(kept->levels, plain->levels, n_levels * sizeof(int16_t));
  tmb_dataset_free(kept);
  tmb_dataset_free(plain);
}

static int
setup(void** const state)
{
  static const char manifest[] = "path,class\none.wav,a\ntwo.wav,a\n"
                                 "three.wav,b\nsilence.wav,b\n";

  const int failed = toy_setup(state);
  if (!failed) {
    (void)tone_write("one.wav", WAV, RATE_HZ, 1, 1U);
    (void)tone_write("two.wav", WAV, RATE_HZ, 1, 2U);
    (void)tone_write("three.wav", WAV, RATE_HZ, 1, 3U);
    (void)tone_write("silence.wav", WAV, RATE_HZ, 1, 0U);
    bytes_save(manifest, strlen(manifest), "tones.csv");
  }
  return failed;
}

/// Keep a note as what there is in a recording.
static void
plant_note(const char* const path, TmbHeardNote note, const int16_t level)
{
  TmbNoteCache* cache = NULL;
  TmbMessage    why;
  TmbHeard      heard = { .notes = &note, .n_notes = 1U, .is_new = true };
  heard.n_levels      = (size_t)note.n_frames * tmb_default_front_end.n_bands;
  heard.levels        = (int16_t*)calloc(heard.n_levels + 1U, sizeof(int16_t));
  assert_non_null(heard.levels);
  heard.levels[0] = level;
  tmb_file_digest(path, heard.digest);
  assert_int_equal(tmb_note_cache_open(CACHE, &tmb_default_front_end, &cache),
                   TMB_OK);
  assert_int_equal(tmb_note_cache_write(cache, &heard, 1U, &why), TMB_OK);
  tmb_note_cache_free(cache);
  free(heard.levels);
}

/// Keep a note of one frame: who has it looked in the cache, and did not
/// listen.
static void
plant(const char* const path, const int16_t level)
{
  plant_note(path, (TmbHeardNote){ 0.1, 1U }, level);
}

static void
notes_are_the_same_with_a_cache_and_without(void** const state)
{
  (void)state;
  (void)remove(CACHE);
  expect_same(&tmb_default_front_end); // Writes it
  expect_same(&tmb_default_front_end); // Reads it
}

static void
what_is_known_is_not_listened_to_and_the_rest_is(void** const state)
{
  (void)state;
  (void)remove(CACHE);
  plant("three.wav", -1234);
  for (unsigned i = 0U; i < 2U; ++i) {
    TmbDataset* const dataset = listen(&tmb_default_front_end, CACHE);
    assert_int_equal(dataset->n_notes, N_NOTES - 2U);
    // Recordings are by name: one, silence, three, two
    const TmbNote* const planted = &dataset->notes[1];
    assert_int_equal(planted->n_available, 1U);
    assert_int_equal(dataset->levels[planted->start], -1234);
    assert_int_equal(dataset->n_silent, 1U);
    tmb_dataset_free(dataset);
  }
}

static void
a_recording_that_changed_is_listened_to_again(void** const state)
{
  struct stat before;

  (void)state;
  (void)remove(CACHE);
  plant("one.wav", -1);
  plant("three.wav", -2);
  // Of the same size and time, so that its content alone tells
  assert_int_equal(stat("three.wav", &before), 0);
  Bytes three = bytes_load("three.wav");
  Bytes other = bytes_load("three.wav");
  for (size_t i = 44U; i + 1U < other.n; i += 2U) { // Behind the header
    other.bytes[i]      = 0U;
    other.bytes[i + 1U] = 0U;
  }
  bytes_save(other.bytes, other.n, "three.wav");
  const struct timespec times[] = { before.st_atim, before.st_mtim };
  assert_int_equal(utimensat(AT_FDCWD, "three.wav", times, 0), 0);

  TmbDataset* const dataset = listen(&tmb_default_front_end, CACHE);
  assert_int_equal(dataset->n_notes, 3U); // One planted, and those of two.wav
  assert_int_equal(dataset->levels[dataset->notes[0].start], -1);
  assert_int_equal(dataset->n_silent, 2U);
  tmb_dataset_free(dataset);
  bytes_save(three.bytes, three.n, "three.wav");
  bytes_free(&other);
  bytes_free(&three);
}

static void
another_front_end_makes_it_anew(void** const state)
{
  TmbFrontEnd front_ends[3];

  (void)state;
  for (size_t i = 0U; i < 3U; ++i) {
    front_ends[i] = tmb_default_front_end;
  }
  front_ends[0].fmax_hz  = 9000.0;
  front_ends[1].n_bands  = 40U;
  front_ends[1].n_coeffs = 40U;
  front_ends[2].ages[front_ends[2].n_ages - 1U].n_frames -= 1U;
  for (size_t i = 0U; i < 3U; ++i) {
    (void)remove(CACHE);
    plant("one.wav", -1);
    expect_same(&front_ends[i]);
    expect_same(&front_ends[i]);
    expect_same(&tmb_default_front_end);
  }
}

/// Demand that the cache is made anew as it was when it was whole.
static void
expect_mended(const Bytes* const whole)
{
  tmb_dataset_free(listen(&tmb_default_front_end, CACHE));
  Bytes again = bytes_load(CACHE);
  assert_int_equal(again.n, whole->n);
  assert_memory_equal(again.bytes, whole->bytes, whole->n);
  bytes_free(&again);
}

static void
a_damaged_cache_is_made_anew(void** const state)
{
  static const size_t sizes[] = { 0U, 3U, 8U, 60U, 90U, 20000U };

  (void)state;
  (void)remove(CACHE);
  expect_same(&tmb_default_front_end);
  Bytes whole = bytes_load(CACHE);
  assert_true(whole.n > 20000U);
  for (size_t i = 0U; i < sizeof(sizes) / sizeof(*sizes); ++i) {
    bytes_save(whole.bytes, sizes[i], CACHE);
    expect_mended(&whole);
  }
  for (size_t at = 8U; at < whole.n; at += whole.n / 5U) {
    whole.bytes[at] ^= 0x10U;
    bytes_save(whole.bytes, whole.n, CACHE);
    whole.bytes[at] ^= 0x10U;
    expect_mended(&whole);
  }
  bytes_free(&whole);
}

static void
a_note_that_can_not_be_is_not_taken(void** const state)
{
  static const struct {
    const char*  label;
    TmbHeardNote note;
  } rows[] = {
    { "of no frames", { 0.1, 0U } },
    { "longer than a note can be", { 0.1, TMB_MAX_NOTE_FRAMES } },
    { "before its recording", { -0.1, 1U } },
    { "at no time", { (double)NAN, 1U } },
    { "never", { (double)INFINITY, 1U } },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    print_message("%s\n", rows[i].label);
    (void)remove(CACHE);
    plant_note("one.wav", rows[i].note, -1);
    expect_same(&tmb_default_front_end);
  }
}

static void
what_is_no_cache_is_left_as_it_is(void** const state)
{
  (void)state;
  bytes_save("my diary", 8U, CACHE);
  expect_same(&tmb_default_front_end);
  Bytes bytes = bytes_load(CACHE);
  assert_int_equal(bytes.n, 8U);
  assert_memory_equal(bytes.bytes, "my diary", 8U);
  bytes_free(&bytes);
  assert_int_equal(remove(CACHE), 0);
}

static void
models_are_the_same_with_a_cache_and_without(void** const state)
{
  static const char* const plain[] = {
    "--split", "recordings", "--epochs", "3", NULL
  };
  static const char* const cached[]    = { "--split", "recordings", "--epochs",
                                           "3",       "--cache",    "toy.cache",
                                           NULL };
  static const char* const arguments[] = {
    "--cache", "toy.cache", "plain", "toy", NULL
  };

  (void)state;
  toy_train_well("toy", "plain", plain);
  Process process = toy_run("evaluate", arguments);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_string_equal(process.err, "");
  process_free(&process);
  assert_int_equal(access("toy.cache", R_OK), 0);
  toy_train_well("toy", "cached", cached);
  assert_true(files_are_equal("plain", "cached"));
}

static void
a_cache_that_was_cut_off_is_told(void** const state)
{
  static const char* const arguments[] = {
    "--cache", "cut.cache", "plain", "toy", NULL
  };

  (void)state;
  bytes_save("TMBNOTES", 8U, "cut.cache");
  Process process = toy_run("evaluate", arguments);
  assert_int_equal(process.status, TMB_EXIT_OK);
  assert_string_equal(
    process.err,
    "timbrel: cut.cache: the cache is cut short, and is made anew\n");
  process_free(&process);
}

static void
a_cache_never_replaces_what_is_read(void** const state)
{
  static const char* const paths[] = { "listed/manifest.csv", "plain" };

  (void)state;
  for (size_t i = 0U; i < sizeof(paths) / sizeof(*paths); ++i) {
    const char* const arguments[] = {
      "--cache", paths[i], "plain", "listed", NULL
    };
    toy_assert_refused(
      toy_run("evaluate", arguments), paths[i], paths[i], "it is read");
  }
  const char* const options[] = { "--cache", paths[0], NULL };
  toy_assert_refused(
    toy_train("listed", "model", options), paths[0], paths[0], "it is read");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(notes_are_the_same_with_a_cache_and_without),
    cmocka_unit_test(what_is_known_is_not_listened_to_and_the_rest_is),
    cmocka_unit_test(a_recording_that_changed_is_listened_to_again),
    cmocka_unit_test(another_front_end_makes_it_anew),
    cmocka_unit_test(a_damaged_cache_is_made_anew),
    cmocka_unit_test(a_note_that_can_not_be_is_not_taken),
    cmocka_unit_test(what_is_no_cache_is_left_as_it_is),
    cmocka_unit_test(models_are_the_same_with_a_cache_and_without),
    cmocka_unit_test(a_cache_that_was_cut_off_is_told),
    cmocka_unit_test(a_cache_never_replaces_what_is_read),
  };
  return cmocka_run_group_tests_name(
    "note cache", tests, setup, scratch_teardown);
}
