// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "tests/support/soundfont.h"
#include "trainer/commands.h"
#include "trainer/corpus.h"
#include "trainer/csv_table.h"
#include "trainer/dataset.h"

#include <sndfile.h>

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXTS " --source tiny --licence CC0"
#define N_GUITAR 42U ///< Three velocities of every third key from 40 to 79
#define RATE_HZ 44100
#define MAX_SAMPLES 88200U

static const unsigned programs[] = { 0U, 24U, 80U, SOUNDFONT_DRUMS };

static int
setup(void** const state)
{
  const int failed = scratch_setup(state);
  if (!failed) {
    soundfont_write("tiny.sf2", programs, sizeof(programs) / sizeof(*programs));
  }
  return failed;
}

/// Files whose name begins with a text.
static unsigned
count_files(const char* const start)
{
  DIR* const entries = opendir(".");
  unsigned   n       = 0U;
  assert_non_null(entries);
  for (const struct dirent* entry = NULL; (entry = readdir(entries));) {
    n += !strncmp(entry->d_name, start, strlen(start));
  }
  assert_int_equal(closedir(entries), 0);
  return n;
}

static uint32_t
load_mono(const char* const path, float mono[MAX_SAMPLES])
{
  SF_INFO        info = { .format = 0 };
  SNDFILE* const file = sf_open(path, SFM_READ, &info);
  assert_non_null(file);
  assert_int_equal(info.samplerate, RATE_HZ);
  assert_int_equal(info.channels, 1);
  const sf_count_t n = sf_read_float(file, mono, MAX_SAMPLES);
  assert_int_equal(sf_close(file), 0);
  return (uint32_t)n;
}

static void
each_note_begins_at_the_very_sample_that_the_manifest_tells(void** const state)
{
  (void)state;
  cli_run_well("corpus render tiny.sf2 -o exact --programs 24" TEXTS);

  TmbCsvTable* table = NULL;
  TmbMessage   why;
  assert_int_equal(tmb_csv_table_read("exact/manifest.csv", &table, &why),
                   TMB_OK);
  assert_int_equal(tmb_csv_table_rows(table), N_GUITAR);
  const size_t path  = tmb_csv_table_column(table, "path");
  const size_t onset = tmb_csv_table_column(table, "onset");
  for (size_t i = 0U; i < N_GUITAR; ++i) {
    static float mono[MAX_SAMPLES];
    char         file[256];
    (void)snprintf(
      file, sizeof(file), "exact/%s", tmb_csv_table_field(table, i, path));
    const double   onset_s = strtod(tmb_csv_table_field(table, i, onset), NULL);
    const uint32_t start   = (uint32_t)lrint(RATE_HZ * onset_s);
    const uint32_t n       = load_mono(file, mono);
    assert_in_range(n, start + RATE_HZ, MAX_SAMPLES - 1U);
    for (uint32_t j = 0U; j < start; ++j) {
      assert_true(mono[j] == 0.0f);
    }
    // The synthesiser begins with a ramp of a block
    assert_true(mono[start + 2U] != 0.0f);
  }
  tmb_csv_table_free(table);
}

static void
what_is_rendered_is_a_corpus_whose_onsets_are_found(void** const state)
{
  static const TmbLicenceFilter nothing = { NULL, 0U };

  (void)state;
  cli_run_well("corpus render tiny.sf2 -o found --programs 24,128,80" TEXTS);
  const char* const path    = "found";
  TmbCorpus*        corpus  = NULL;
  TmbDataset*       dataset = NULL;
  TmbMessage        why;
  assert_int_equal(tmb_corpus_open(&path, 1U, &nothing, &corpus, &why), TMB_OK);
  assert_int_equal(corpus->n_classes, 3U);
  assert_string_equal(corpus->classes[0], "acoustic_guitar");
  assert_string_equal(corpus->classes[1], "percussion");
  assert_string_equal(corpus->classes[2], "unknown");
  assert_int_equal(corpus->n_sources, 1U);
  assert_string_equal(corpus->sources[0], "tiny");
  assert_int_equal(
    tmb_dataset_new(corpus, &tmb_default_front_end, NULL, 1U, &dataset),
    TMB_OK);
  assert_int_equal(dataset->n_notes, corpus->n_recordings);
  assert_int_equal(dataset->n_missed, 0U);
  tmb_dataset_free(dataset);
  tmb_corpus_free(corpus);
}

static void
the_same_font_gives_the_same_files(void** const state)
{
  static const char* const names[] = { "manifest.csv",
                                       "percussion-128-037-115.flac",
                                       "percussion-128-081-045.flac" };

  (void)state;
  cli_run_well("corpus render tiny.sf2 -o one --programs 128" TEXTS);
  cli_run_well("corpus render tiny.sf2 -o two/ --programs 128" TEXTS);
  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    char a[64];
    char b[64];
    (void)snprintf(a, sizeof(a), "one/%s", names[i]);
    (void)snprintf(b, sizeof(b), "two/%s", names[i]);
    assert_true(files_are_equal(a, b));
  }
}

static void
texts_of_any_kind_come_back_from_the_manifest(void** const state)
{
  static const char* const arguments[] = {
    NULL,         "corpus",   "render",     "tiny.sf2",  "-o",
    "quoted",     "--source", "a, \"b\" ü", "--licence", "GPL, or\" not",
    "--programs", "128",      NULL
  };

  (void)state;
  const char* all[sizeof(arguments) / sizeof(*arguments)];
  memcpy(all, arguments, sizeof(arguments));
  all[0]          = process_command();
  Process process = process_run(all, NULL);
  assert_int_equal(process.status, TMB_EXIT_OK);
  process_free(&process);

  TmbCsvTable* table = NULL;
  TmbMessage   why;
  assert_int_equal(tmb_csv_table_read("quoted/manifest.csv", &table, &why),
                   TMB_OK);
  assert_string_equal(
    tmb_csv_table_field(table, 0U, tmb_csv_table_column(table, "source")),
    "a, \"b\" ü");
  assert_string_equal(
    tmb_csv_table_field(table, 0U, tmb_csv_table_column(table, "licence")),
    "GPL, or\" not");
  tmb_csv_table_free(table);
}

static void
what_can_not_be_rendered_is_refused_and_leaves_nothing(void** const state)
{
  static const struct {
    const char* line;
    const char* name;
    const char* reason;
    rlim_t      limit; ///< Bytes of a file
  } rows[] = {
    { "nothing.sf2 -o gone", "nothing.sf2", "No such file", RLIM_INFINITY },
    { "text.sf2 -o gone", "text.sf2", "not a soundfont", RLIM_INFINITY },
    { "cut.sf2 -o gone", "cut.sf2", "cut short", RLIM_INFINITY },
    { "tiny.sf2 -o gone", "tiny.sf2", "no program 20", RLIM_INFINITY },
    { "tiny.sf2 -o gone --programs 24,21",
      "tiny.sf2",
      "no program 21 (accordion",
      RLIM_INFINITY },
    { "tiny.sf2 -o full --programs 24", "full", "not empty", RLIM_INFINITY },
    { "tiny.sf2 -o text.sf2 --programs 24",
      "text.sf2",
      "File exists",
      RLIM_INFINITY },
    { "tiny.sf2 -o none/gone --programs 24",
      "none/gone",
      "No such file",
      RLIM_INFINITY },
    { "tiny.sf2 -o gone --programs 24", "gone", "File too large", 4096U },
  };

  (void)state;
  struct rlimit before;
  Bytes         font = bytes_load("tiny.sf2");
  bytes_save("not a soundfont", 15U, "text.sf2");
  bytes_save(font.bytes, font.n / 2U, "cut.sf2");
  bytes_free(&font);
  assert_int_equal(mkdir("full", 0777), 0);
  bytes_save("", 0U, "full/file");
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(line, sizeof(line), "corpus render %s" TEXTS, rows[i].line);
    const struct rlimit limit = { rows[i].limit, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    Process process = cli_run(line, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    if (process.status != TMB_EXIT_FAILED || process.out[0] ||
        !is_sentence(process.err, rows[i].name, rows[i].reason)) {
      fail_msg("%s: %d, %s", rows[i].line, process.status, process.err);
    }
    process_free(&process);
    assert_int_equal(count_files("gone"), 0U);
    assert_int_equal(count_files("full"), 1U);
  }
}

static void
a_folder_without_permission_is_refused(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("locked", 0555), 0);
  assert_int_equal(chmod(".", 0755), 0); // For somebody else
  const uid_t user = user_drop();
  Process     process =
    cli_run("corpus render tiny.sf2 -o locked/gone" TEXTS, NULL);
  user_restore(user);
  assert_int_equal(process.status, TMB_EXIT_FAILED);
  // A sanitizer, which can't look for leaks then, may add to it
  assert_non_null(
    strstr(process.err, "locked/gone can't be written: Permission denied\n"));
  process_free(&process);
}

static void
an_empty_folder_is_filled(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("empty", 0777), 0);
  cli_run_well("corpus render tiny.sf2 -o empty --programs 128" TEXTS);
  assert_int_equal(access("empty/manifest.csv", R_OK), 0);
  assert_int_equal(count_files("empty"), 1U);
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "corpus nothing", "no action \"nothing\"" },
    { "corpus render -o x" TEXTS, "which soundfont" },
    { "corpus render a b -o x" TEXTS, "which soundfont" },
    { "corpus render a" TEXTS, "which folder" },
    { "corpus render a -o x --source s", "--licence" },
    { "corpus render a -o x --licence s", "--source" },
    { "corpus render a -o x --programs 129" TEXTS, "--programs" },
    { "corpus render a -o x --programs 24,x" TEXTS, "--programs" },
    { "corpus render a -o x --programs 110" TEXTS, "program 110" },
    { "corpus render a -o", "-o needs a value" },
    { "corpus render --what", "unknown option --what" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }
  cli_expect_help("corpus");
  cli_expect_help("corpus render");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(
      each_note_begins_at_the_very_sample_that_the_manifest_tells),
    cmocka_unit_test(what_is_rendered_is_a_corpus_whose_onsets_are_found),
    cmocka_unit_test(the_same_font_gives_the_same_files),
    cmocka_unit_test(texts_of_any_kind_come_back_from_the_manifest),
    cmocka_unit_test(what_can_not_be_rendered_is_refused_and_leaves_nothing),
    cmocka_unit_test(a_folder_without_permission_is_refused),
    cmocka_unit_test(an_empty_folder_is_filled),
    cmocka_unit_test(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name(
    "corpus render", tests, setup, scratch_teardown);
}
