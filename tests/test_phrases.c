// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/phrases.h"

#include "dsp/recogniser.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/phrase_list.h"
#include "tests/support/scratch.h"
#include "trainer/marks.h"
#include "trainer/onset_finders.h"
#include "trainer/onset_score.h"
#include "trainer/phrase_note.h"
#include "trainer/walk.h"

#include <sndfile.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TWO_PI 6.283185307179586
#define N_TOTAL 22050U
#define CORPUS "../shared/audio" ///< From the repository's root, or $TMB_CORPUS

/// A synthetic recording of half a second: a tone of 440 Hz after a noise.
typedef struct {
  const char* label;
  double      start_s;
  double      rise_s;   ///< From nothing, linear
  double      decay_s;  ///< To 1 / e, from the start or the last repetition
  double      again_s;  ///< A second attack, if not 0
  double      noise_hz; ///< Of a sine up to the start
  double      noise;    ///< Its amplitude; the tone has 0.5
  int         rate_hz;
  bool        is_taken;
  double      expected_s; ///< Start of a note that is taken
} Recording;

static void
write_recording(const Recording* const self, const char* const path)
{
  static float y[N_TOTAL];
  for (unsigned i = 0U; i < N_TOTAL; ++i) {
    const double t   = (double)i / self->rate_hz;
    const double age = t - self->start_s;
    const double since =
      (self->again_s > 0.0 && t >= self->again_s) ? t - self->again_s : age;
    y[i] = 0.0f;
    if (age >= 0.0) {
      const double rise =
        self->rise_s > 0.0 ? fmin(1.0, age / self->rise_s) : 1.0;
      y[i] = (float)(0.5 * rise * exp(-since / self->decay_s) *
                     cos(TWO_PI * 440.0 * age));
    } else {
      y[i] = (float)(self->noise * sin(TWO_PI * self->noise_hz * t));
    }
  }

  SF_INFO        info = { .samplerate = self->rate_hz,
                          .channels   = 1,
                          .format     = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  assert_non_null(file);
  assert_int_equal(sf_writef_float(file, y, N_TOTAL), N_TOTAL);
  assert_int_equal(sf_close(file), 0);
}

static void
a_note_starts_where_it_can_be_told_or_is_refused(void** const state)
{
  // clang-format off
  static const Recording rows[] = {
    // label       start  rise  decay again  noise            taken  expected
    { "plucked",    0.10, 0.00, 0.2, 0.0,   20.0, 0.00, 44100, true,  0.100 },
    { "cut before", 0.00, 0.00, 0.2, 0.0,   20.0, 0.00, 44100, true,  0.000 },
    { "bowed",      0.10, 0.15, 9.0, 0.0,   20.0, 0.00, 44100, true,  0.115 },
    { "rumble",     0.15, 0.00, 0.2, 0.0,   20.0, 0.10, 44100, true,  0.150 },
    { "thump",      0.15, 0.00, 0.2, 0.0,   20.0, 0.40, 44100, false, 0.0 },
    { "hiss",       0.15, 0.00, 0.2, 0.0, 2000.0, 0.01, 44100, true,  0.150 },
    { "breath",     0.15, 0.00, 0.2, 0.0, 2000.0, 0.03, 44100, false, 0.0 },
    { "two notes",  0.05, 0.00, 0.1, 0.3,   20.0, 0.00, 44100, false, 0.0 },
    { "too short",  0.45, 0.00, 0.2, 0.0,   20.0, 0.00, 44100, false, 0.0 },
    { "silent",     0.60, 0.00, 0.2, 0.0,   20.0, 0.00, 44100, false, 0.0 },
    { "other rate", 0.10, 0.00, 0.2, 0.0,   20.0, 0.00, 48000, false, 0.0 },
  };
  // clang-format on

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbPhraseNote note = { .n = 0U };
    write_recording(&rows[i], "x.wav");
    if (tmb_phrase_note_load("x.wav", (double)PHRASE_RATE, &note) !=
        rows[i].is_taken) {
      fail_msg(
        "%s is %s", rows[i].label, rows[i].is_taken ? "refused" : "taken");
    }
    if (rows[i].is_taken) {
      const double start_s =
        (double)(N_TOTAL - note.n + note.start) / PHRASE_RATE;
      if (!(fabs(start_s - rows[i].expected_s) < 0.0015)) {
        fail_msg("%s starts at %f s", rows[i].label, start_s);
      }
      assert_true(note.start <= (PHRASE_RATE * 56U) / 1000U);
      tmb_phrase_note_free(&note);
    }
  }
}

/// A corpus of one note under many names: class, source and number of each.
static void
write_corpus(void)
{
  static const struct {
    const char* class_name;
    const char* source;
    const char* kind;
    unsigned    n;
  } rows[] = {
    { "oboe", "b", "note", 8U },   { "oboe", "d", "note", 7U },
    { "oboe", "a", "note", 9U },   { "oboe", "c", "note", 8U },
    { "oboe", "e", "phrase", 8U }, { "harp", "z", "note", 9U },
  };
  static const Recording note = {
    .start_s = 0.02, .rise_s = 0.01, .decay_s = 0.3, .rate_hz = PHRASE_RATE
  };

  assert_int_equal(mkdir("corpus", 0777), 0);
  FILE* const manifest = fopen("corpus/manifest.csv", "w");
  assert_non_null(manifest);
  (void)fputs("path,class,source,kind\n", manifest);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    for (unsigned k = 0U; k < rows[i].n; ++k) {
      char path[64];
      (void)snprintf(path,
                     sizeof(path),
                     "%s%s%u.wav",
                     rows[i].class_name,
                     rows[i].source,
                     k);
      (void)fprintf(manifest,
                    "%s,%s,%s,%s\n",
                    path,
                    rows[i].class_name,
                    rows[i].source,
                    rows[i].kind);
      (void)snprintf(path,
                     sizeof(path),
                     "corpus/%s%s%u.wav",
                     rows[i].class_name,
                     rows[i].source,
                     k);
      write_recording(&note, path);
    }
  }
  assert_int_equal(fclose(manifest), 0);
}

static void
halves_share_no_recording_and_if_they_can_no_source(void** const state)
{
  (void)state;
  PhraseList list;
  TmbMessage why = { "" };
  write_corpus();
  assert_int_equal(phrase_list_read("corpus", &list, &why), TMB_OK);
  assert_int_equal(list.n, 9U + 9U + 8U + 8U);
  for (uint32_t i = 0U; i < list.n; ++i) {
    const PhraseEntry* const entry   = &list.entries[i];
    const bool               is_even = strcmp(entry->class_name, "harp")
                                         ? !strcmp(entry->source, "b")
                                         : (entry->path[strlen("harpz")] - '0') % 2 == 1;
    assert_true(strcmp(entry->source, "d") && strcmp(entry->source, "e"));
    assert_int_equal(entry->is_even, is_even);
  }
  // Harps 0, 2, 4, 6, 8 and 1, 3, 5, 7; oboes a, c and b
  assert_int_equal(phrase_list_half(list.entries, list.n), 5U);
  assert_int_equal(phrase_list_half(list.entries + 5U, list.n - 5U), 4U);
  assert_int_equal(phrase_list_half(list.entries + 9U, list.n - 9U), 17U);
  assert_int_equal(phrase_list_source(list.entries + 9U, list.n - 9U), 9U);
  phrase_list_free(&list);
}

/// A whole phrase; `*n` samples.
static float*
read_phrase(const char* const path, size_t* const n)
{
  SF_INFO        info = { .format = 0 };
  SNDFILE* const file = sf_open(path, SFM_READ, &info);
  assert_non_null(file);
  *n             = (size_t)info.frames;
  float* const y = (float*)calloc(*n, sizeof(float));
  assert_non_null(y);
  assert_int_equal(sf_readf_float(file, y, info.frames), info.frames);
  assert_int_equal(sf_close(file), 0);
  return y;
}

static void
the_truth_is_where_the_sound_begins(void** const state)
{
  static const PhrasePlan plan = { "corpus", "out", 1U, 1U, 4.0 };

  (void)state;
  TmbMessage why = { "" };
  write_corpus();
  if (phrases_render(&plan, &why)) {
    fail_msg("%s", why.text);
  }

  TmbMarks     truth = { .n = 0U };
  size_t       n     = 0U;
  float* const y     = read_phrase("out/even/harp/z_1.flac", &n);
  assert_int_equal(
    tmb_annotation_read("out/even/harp/z_1.onsets", &truth, &why), TMB_OK);
  assert_int_equal(n, 4U * PHRASE_RATE);
  assert_in_range(truth.n, 3U, 16U);

  // The first is preceded by noise alone
  const size_t first  = (size_t)(truth.items[0].onset_s * PHRASE_RATE + 0.5);
  float        before = 0.0f;
  float        peak   = 0.0f;
  for (size_t i = 0U; i < n; ++i) {
    peak   = fmaxf(peak, fabsf(y[i]));
    before = i + (PHRASE_RATE / 200U) < first ? peak : before;
  }
  assert_true(fabsf(peak - 0.708f) < 0.02f); // -3 dBFS
  assert_true(before < 0.02f);
  float after = 0.0f;
  for (size_t i = first; i < first + (PHRASE_RATE / 100U); ++i) {
    after = fmaxf(after, fabsf(y[i]));
  }
  assert_true(after > 5.0f * before);
  tmb_marks_free(&truth);
  free(y);
}

static void
the_same_seed_gives_the_same_phrases(void** const state)
{
  static const PhrasePlan plans[] = {
    { "corpus", "one", 1U, 1U, 3.0 },
    { "corpus", "two", 1U, 1U, 3.0 },
    { "corpus", "three", 2U, 1U, 3.0 },
  };

  (void)state;
  write_corpus();
  Bytes bytes[3];
  for (unsigned i = 0U; i < 3U; ++i) {
    TmbMessage why = { "" };
    char       path[64];
    assert_int_equal(phrases_render(&plans[i], &why), TMB_OK);
    (void)snprintf(path, sizeof(path), "%s/odd/oboe/a_1.flac", plans[i].folder);
    bytes[i] = bytes_load(path);
  }
  assert_int_equal(bytes[0].n, bytes[1].n);
  assert_memory_equal(bytes[0].bytes, bytes[1].bytes, bytes[0].n);
  assert_false(bytes[0].n == bytes[2].n &&
               !memcmp(bytes[0].bytes, bytes[2].bytes, bytes[0].n));
  for (unsigned i = 0U; i < 3U; ++i) {
    bytes_free(&bytes[i]);
  }
}

/// Score all phrases in a folder, if it is there.
static void
score_folder(const char* const folder, TmbOnsetScore* const score)
{
  const TmbOnsetSettings settings = { tmb_default_settings.sensitivity,
                                      tmb_default_settings.gate_db };
  struct stat            status;
  if (stat(folder, &status)) {
    return;
  }

  TmbMessage  why  = { "" };
  TmbWalk*    walk = NULL;
  const char* path = NULL;
  assert_int_equal(tmb_walk_new(folder, NULL, NULL, &walk), TMB_OK);
  while (!tmb_walk_next(walk, &path, &why) && path) {
    TmbMarks    truth      = { .n = 0U };
    TmbMarks    told       = { .n = 0U };
    char* const annotation = tmb_annotation_path(path);
    if (tmb_annotation_read(annotation, &truth, &why) ||
        tmb_onsets_find(path, &settings, &told, &why)) {
      fail_msg("%s", why.text);
    }
    assert_int_equal(tmb_onset_score_add(score, &truth, &told), TMB_OK);
    tmb_marks_free(&truth);
    tmb_marks_free(&told);
    free(annotation);
  }
  tmb_walk_free(walk);
}

static char corpus[PATH_MAX]; ///< Empty if it is not there

static int
corpus_setup(void** const state)
{
  const char* const told = getenv("TMB_CORPUS");
  if (!realpath(told ? told : CORPUS, corpus)) {
    *corpus = '\0';
  }
  return scratch_setup(state);
}

static void
onsets_of_real_notes_are_found(void** const state)
{
  static const struct {
    const char* label;
    const char* folders[9]; ///< Up to null
    double      least_f;
  } rows[] = {
    { "all classes", { "odd", "even" }, 0.95 },
    { "bowed strings",
      { "odd/violin",
        "even/violin",
        "odd/viola",
        "even/viola",
        "odd/cello",
        "even/cello",
        "odd/double_bass",
        "even/double_bass" },
      0.90 },
    { "french horn", { "odd/french_horn", "even/french_horn" }, 0.90 },
    { "flute", { "odd/flute", "even/flute" }, 0.90 },
  };

  (void)state;
  if (!*corpus) {
    print_message("no corpus at $TMB_CORPUS or " CORPUS "\n");
    skip();
  }

  TmbMessage       why  = { "" };
  const PhrasePlan plan = { corpus, ".", 1U, 1U, 20.0 };
  if (phrases_render(&plan, &why)) {
    fail_msg("%s", why.text);
  }

  bool is_well = true;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    TmbOnsetScore score = { .n_files = 0U };
    for (const char* const* folder = rows[i].folders; *folder; ++folder) {
      score_folder(*folder, &score);
    }
    const double f = tmb_onset_rates(&score, TMB_WITHIN_50_MS).f;
    print_message("%s: F %.3f of %zu onsets, at least %.2f is demanded\n",
                  rows[i].label,
                  f,
                  score.n_annotated,
                  rows[i].least_f);
    is_well = is_well && f >= rows[i].least_f;
    tmb_onset_score_free(&score);
  }
  assert_true(is_well);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
      a_note_starts_where_it_can_be_told_or_is_refused,
      scratch_setup,
      scratch_teardown),
    cmocka_unit_test_setup_teardown(
      halves_share_no_recording_and_if_they_can_no_source,
      scratch_setup,
      scratch_teardown),
    cmocka_unit_test_setup_teardown(
      the_truth_is_where_the_sound_begins, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      the_same_seed_gives_the_same_phrases, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown(
      onsets_of_real_notes_are_found, corpus_setup, scratch_teardown),
  };
  return cmocka_run_group_tests_name("phrases", tests, NULL, NULL);
}
