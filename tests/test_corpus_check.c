// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"
#include "trainer/commands.h"

#include <sndfile.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RATE_HZ 22050
#define N_SAMPLES 11025U
#define WAV (SF_FORMAT_WAV | SF_FORMAT_PCM_16)
#define FLAC (SF_FORMAT_FLAC | SF_FORMAT_PCM_16)

/// Write a tone of some length that is cut at full scale, or not.
static void
write_sine(const char* const path, const uint32_t n, const float height)
{
  static float samples[N_SAMPLES];
  for (uint32_t i = 0U; i < n; ++i) {
    const float triangle = (float)(i % 100U) / 50.0f - 1.0f;
    const float sample   = height * triangle;
    samples[i] = sample > 1.0f ? 1.0f : sample < -1.0f ? -1.0f : sample;
  }

  SF_INFO        info = { .samplerate = RATE_HZ, .channels = 1, .format = WAV };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  assert_non_null(file);
  assert_int_equal(sf_write_float(file, samples, n), n);
  assert_int_equal(sf_close(file), 0);
}

static int
setup(void** const state)
{
  const int failed = scratch_setup(state);
  if (failed) {
    return failed;
  }
  (void)tone_write("one.wav", WAV, RATE_HZ, 1, 1U);
  (void)tone_write("one.flac", FLAC, RATE_HZ, 1, 1U);
  (void)tone_write("two.wav", WAV, RATE_HZ, 1, 2U);
  (void)tone_write("three.wav", WAV, RATE_HZ, 1, 3U);
  (void)tone_write("silence.wav", WAV, RATE_HZ, 1, 0U);
  write_sine("loud.wav", N_SAMPLES, 1.5f);
  write_sine("full.wav", N_SAMPLES, 1.0f);
  write_sine("short.wav", RATE_HZ / 20U, 0.5f);
  write_sine("faint.wav", N_SAMPLES, 0.00005f);
  bytes_save("not a recording", 15U, "text.wav");
  return 0;
}

/// Check a manifest of some rows; what is printed.
static Process
check(const char* const rows, const int status)
{
  char text[512];
  (void)snprintf(text, sizeof(text), "path,class,source\n%s", rows);
  bytes_save(text, strlen(text), "list.csv");
  Process process = cli_run("corpus check list.csv", NULL);
  if (process.status != status || process.err[0]) {
    fail_msg("%d: %s%s", process.status, process.out, process.err);
  }
  return process;
}

static void
a_sound_corpus_is_told_by_class_and_source(void** const state)
{
  (void)state;
  Process process = check("one.wav,a,s\ntwo.wav,a,t\nthree.wav,b,s\n", 0);
  assert_string_equal(process.out,
                      "3 recordings of 2 classes from 2 sources, 3 s\n"
                      "\n"
                      "class                recordings sources\n"
                      "a                             2       2  s 1, t 1\n"
                      "b                             1       1  s 1\n"
                      "\n"
                      "fewer than three sources: a b\n");
  process_free(&process);
}

static void
each_trouble_is_told_with_the_recordings_that_have_it(void** const state)
{
  static const struct {
    const char* what;
    const char* file;
    int         status;
    const char* told; ///< Null for nothing
  } rows[] = {
    { "text", "text.wav", 1, "\ncan't be read: 1\n  ./text.wav: " },
    { "nothing there", "none.wav", 1, "\ncan't be read: 1\n  ./none.wav: " },
    { "zeros",
      "silence.wav",
      0,
      "\nsilent: 1\n  ./silence.wav: all samples are zero\n" },
    { "below 80 dB",
      "faint.wav",
      0,
      "\nsilent: 1\n  ./faint.wav: the peak is -8" },
    { "cut at full scale", "loud.wav", 0, "\nclipped: 1\n  ./loud.wav\n" },
    { "one peak at full scale", "full.wav", 0, NULL },
    { "50 ms", "short.wav", 0, "\ntoo short: 1\n  ./short.wav: 50 ms\n" },
    { "sound", "three.wav", 0, NULL },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char list[128];
    (void)snprintf(list, sizeof(list), "one.wav,a,s\n%s,b,s\n", rows[i].file);
    Process           process = check(list, rows[i].status);
    const char* const told    = rows[i].told ? rows[i].told : "\n\nclass ";
    if (!strstr(process.out, told)) {
      fail_msg("%s: %s", rows[i].what, process.out);
    }
    process_free(&process);
  }
}

static void
the_same_samples_are_found_in_any_format(void** const state)
{
  (void)state;
  Process process = check("one.wav,a,s\none.flac,b,s\ntwo.wav,a,t\n", 0);
  assert_non_null(strstr(
    process.out, "\nthe same samples:\n  ./one.flac (s)\n  ./one.wav (s)\n"));
  process_free(&process);
}

static void
what_stands_in_two_sources_is_a_failure(void** const state)
{
  (void)state;
  Process process = check("one.wav,a,s\none.flac,a,t\ntwo.wav,a,t\n", 1);
  assert_non_null(strstr(process.out,
                         "\nthe same samples in several sources:\n"
                         "  ./one.flac (t)\n  ./one.wav (s)\n"));
  process_free(&process);
}

static void
several_folders_are_checked_together(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("x", 0777), 0);
  assert_int_equal(mkdir("x/a", 0777), 0);
  assert_int_equal(mkdir("y", 0777), 0);
  assert_int_equal(mkdir("y/a", 0777), 0);
  assert_int_equal(mkdir("y/a/far", 0777), 0);
  (void)tone_write("x/a/1.wav", WAV, RATE_HZ, 1, 1U);
  (void)tone_write("y/a/far/1.wav", WAV, RATE_HZ, 1, 1U);
  Process process = cli_run("corpus check x y", NULL);
  assert_int_equal(process.status, TMB_EXIT_FAILED);
  assert_non_null(
    strstr(process.out, "  x/a/1.wav (local)\n  y/a/far/1.wav (far)\n"));
  process_free(&process);
}

static void
what_can_not_be_checked_is_refused_in_one_sentence(void** const state)
{
  (void)state;
  Process process = cli_run("corpus check nowhere", NULL);
  assert_int_equal(process.status, TMB_EXIT_FAILED);
  assert_true(is_sentence(process.err, "nowhere", "No such file"));
  process_free(&process);
  cli_expect_usage_error("corpus check", "which corpus");
  cli_expect_usage_error("corpus check --what x", "unknown option --what");
  cli_expect_help("corpus check");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_sound_corpus_is_told_by_class_and_source),
    cmocka_unit_test(each_trouble_is_told_with_the_recordings_that_have_it),
    cmocka_unit_test(the_same_samples_are_found_in_any_format),
    cmocka_unit_test(what_stands_in_two_sources_is_a_failure),
    cmocka_unit_test(several_folders_are_checked_together),
    cmocka_unit_test(what_can_not_be_checked_is_refused_in_one_sentence),
  };
  return cmocka_run_group_tests_name(
    "corpus check", tests, setup, scratch_teardown);
}
