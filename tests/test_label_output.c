// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"
#include "trainer/rows.h"

#include <sndfile.h>

#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LABEL "label --model " CLI_MODEL " --threshold 0 "
#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

static const char* const formats[] = { "table", "jsonl", "csv", "audacity",
                                       "lab",   "jams",  "midi" };

#define N_FORMATS (sizeof(formats) / sizeof(*formats))

static char script[PATH_MAX]; ///< tests/python/read_labels.py

/// Where a recording's file is, in "out"; valid until the next call.
static const char*
place(const char* const path, const char* const format)
{
  static char text[128];
  (void)snprintf(text,
                 sizeof(text),
                 "out/%s%s",
                 path,
                 tmb_row_format_extension(tmb_row_format(format)));
  return text;
}

static Process
label(const int status, const char* const format, const char* const arguments)
{
  char line[256];
  (void)snprintf(line, sizeof(line), LABEL "--format %s %s", format, arguments);
  return cli_expect(status, line);
}

/// What another program reads in a recording's file, released by the test.
static json_t*
read_back(const char* const path, const char* const format)
{
  const char* const arguments[] = {
    "/usr/bin/python3", script, format, place(path, format), NULL
  };
  Process process = process_run(arguments, NULL);
  if (process.status) {
    fail_msg("%s: %s", format, process.err);
  }
  json_t* const json = json_loads(process.out, 0, NULL);
  assert_non_null(json);
  process_free(&process);
  return json;
}

static void
a_file_has_what_stdout_would_have(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("sub", 0700), 0);
  assert_int_equal(mkdir("sub/sub", 0700), 0);
  (void)tone_write("sub/sub/\xF6.wav", WAV_16, 22050, 2, 2U);
  (void)tone_write("sub/silence.wav", WAV_16, 8000, 1, 0U);

  static const char* const paths[] = { "good.wav",
                                       "sub/sub/\xF6.wav",
                                       "sub/silence.wav" };
  for (size_t i = 0U; i < N_FORMATS; ++i) {
    Process process = label(0, formats[i], "-d out good.wav sub");
    assert_string_equal(process.out, "");
    process_free(&process);
    for (size_t k = 0U; k < 3U; ++k) {
      const ProcessSetup to_file = { .stdout_path = "alone" };
      char               line[256];
      (void)snprintf(
        line, sizeof(line), LABEL "--format %s %s", formats[i], paths[k]);
      bytes_save("", 0U, "alone");
      process = cli_run(line, &to_file);
      assert_int_equal(process.status, 0);
      if (!files_are_equal("alone", place(paths[k], formats[i]))) {
        fail_msg("%s: %s", formats[i], paths[k]);
      }
      process_free(&process);
    }
  }
}

static bool
is_near(const double a, const double b, const double tolerance)
{
  return fabs(a - b) <= tolerance;
}

/// The event of a type that `n` others of it precede.
static const json_t*
nth_event(const json_t* const events, const char* const type, size_t n)
{
  size_t        i     = 0U;
  const json_t* event = NULL;
  json_array_foreach(events, i, event)
  {
    if (!strcmp(row_text(event, "type"), type) && !n--) {
      return event;
    }
  }
  return NULL;
}

/// Whether a note of each format is the one of `jsonl`.
static bool
notes_agree(const json_t* const  jsonl,
            const json_t* const* others,
            const size_t         i)
{
  const double        onset      = row_number(jsonl, "onset");
  const double        duration   = row_number(jsonl, "duration");
  const double        confidence = row_number(jsonl, "confidence");
  const char* const   name       = row_text(jsonl, "label");
  const json_t* const csv        = json_array_get(others[0], i);
  const json_t* const line       = json_array_get(others[1], i);
  const json_t* const notes =
    json_array_get(json_object_get(others[2], "annotations"), 0U);
  const json_t* const segment =
    json_array_get(json_object_get(notes, "data"), i);
  const json_t* const more = json_array_get(
    json_object_get(json_object_get(notes, "sandbox"), "notes"), i);
  const json_t* const text = nth_event(others[3], "text", i);
  const json_t* const on   = nth_event(others[3], "note_on", i);
  return is_near(strtod(row_text(csv, "onset"), NULL), onset, 1e-9) &&
         !strcmp(row_text(csv, "label"), name) &&
         is_near(json_number_value(json_array_get(line, 0U)), onset, 1e-9) &&
         is_near(json_number_value(json_array_get(line, 1U)),
                 onset + duration,
                 2e-6) &&
         !strcmp(json_string_value(json_array_get(line, 2U)), name) &&
         is_near(row_number(segment, "time"), onset, 1e-9) &&
         is_near(row_number(segment, "duration"), duration, 2e-6) &&
         is_near(row_number(segment, "confidence"), confidence, 1e-9) &&
         json_equal(json_object_get(more, "alternatives"),
                    json_object_get(jsonl, "alternatives")) &&
         !strcmp(row_text(text, "text"), name) &&
         is_near(row_number(on, "s"), onset, 1e-3) &&
         is_near(row_number(on, "velocity"), 1.0 + (126.0 * confidence), 0.51);
}

static void
all_formats_tell_the_same_notes(void** const state)
{
  static const char* const read[] = { "csv", "audacity", "jams", "midi" };

  (void)state;
  json_t* found[4] = { NULL };
  for (size_t k = 0U; k < 4U; ++k) {
    Process process = label(0, read[k], "-d out good.wav");
    process_free(&process);
    found[k] = read_back("good.wav", read[k]);
  }
  Process process = label(0, "jsonl", "-d out good.wav");
  process_free(&process);
  json_t* const jsonl = read_back("good.wav", "jsonl");
  assert_int_equal(json_array_size(jsonl), CLI_NOTES + 1U);
  assert_int_equal(json_array_size(found[1]), CLI_NOTES);

  const json_t* const others[] = { found[0], found[1], found[2], found[3] };
  for (size_t i = 0U; i < CLI_NOTES; ++i) {
    assert_true(notes_agree(json_array_get(jsonl, i), others, i));
  }
  for (size_t k = 0U; k < 4U; ++k) {
    json_decref(found[k]);
  }
  json_decref(jsonl);
}

/// Half of a recording, whose first notes are found before it ends.
static void
write_half(const char* const path)
{
  Bytes bytes = bytes_load("good.wav");
  bytes_save(bytes.bytes, bytes.n / 2U, path);
  bytes_free(&bytes);
}

static void
a_recording_that_fails_leaves_no_file(void** const state)
{
  (void)state;
  const Folder out = { "out" };
  write_half("cut.wav");
  for (size_t i = 0U; i < N_FORMATS; ++i) {
    Process process =
      label(1, formats[i], "-d out cut.wav good.wav missing.wav good.wav");
    const char* line = process.err;
    assert_non_null(strstr(line, "cut.wav: the file is cut short"));
    assert_non_null(strstr(line, "missing.wav: No such file or directory\n"));
    assert_non_null(strstr(line,
                           "good.wav: its file is another recording's already: "
                           "out/good.wav."));
    unsigned n = 0U;
    for (; (line = strchr(line, '\n')); ++line) {
      ++n;
    }
    assert_int_equal(n, 3U + 4U); // And the table of reasons
    assert_string_equal(process.out, "");
    assert_int_equal(access(place("good.wav", formats[i]), F_OK), 0);
    assert_int_equal(folder_count(&out), 1U);
    assert_int_equal(remove(place("good.wav", formats[i])), 0);
    process_free(&process);

    if (tmb_row_format_is_single(tmb_row_format(formats[i]))) {
      process = label(1, formats[i], "cut.wav");
      assert_string_equal(process.out, "");
      assert_true(is_sentence(process.err, "cut.wav: ", "cut short"));
      process_free(&process);
    }
  }
}

static void
several_recordings_need_a_folder(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < N_FORMATS; ++i) {
    if (tmb_row_format_is_single(tmb_row_format(formats[i]))) {
      char line[256];
      (void)snprintf(
        line, sizeof(line), LABEL "--format %s good.wav x", formats[i]);
      cli_expect_usage_error(line, "--output");
      (void)snprintf(line, sizeof(line), LABEL "--format %s .", formats[i]);
      cli_expect_usage_error(line, "--output");
    }
  }
  cli_expect_usage_error(LABEL "--format lab --from-file x", "--output");
  cli_expect_usage_error(LABEL "--format lab --channel each -d out good.wav",
                         "--channel each");
  cli_expect_usage_error(LABEL "--output= good.wav", "empty");
  cli_expect_usage_error(LABEL "--format mid good.wav", "or midi");
}

static void
a_full_disk_is_one_sentence_and_no_file(void** const state)
{
  (void)state;
  const ProcessSetup full = { .stdout_path = "/dev/full" };
  for (size_t i = 0U; i < N_FORMATS; ++i) {
    char line[256];
    (void)snprintf(
      line, sizeof(line), LABEL "--format %s good.wav", formats[i]);
    Process process = cli_run(line, &full);
    assert_int_equal(process.status, 1);
    assert_true(
      is_sentence(process.err, "the output can't be", "No space left"));
    process_free(&process);
  }

  // As if the disk had room for a part of the first file
  struct rlimit whole;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
  const struct rlimit part  = { 600U, whole.rlim_max };
  void (*const before)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &part), 0);
  Process process =
    cli_run(LABEL "--format jsonl -d out good.wav ./x/../missing.wav", NULL);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
  (void)signal(SIGXFSZ, before);
  const Folder out = { "out" };
  assert_int_equal(process.status, 1);
  assert_string_equal(
    process.err,
    "timbrel: not all was done; the same command with --resume goes on\n"
    "timbrel: a temporary file can't be written: File too large\n");
  assert_int_equal(folder_count(&out), 0U);
  process_free(&process);
}

static void
a_folder_that_takes_no_files_is_one_sentence(void** const state)
{
  (void)state;
  Process process = label(1, "jams", "-d good.wav good.wav");
  assert_true(is_sentence(process.err, "good.wav can't", "Not a directory"));
  process_free(&process);

  assert_int_equal(mkdir("locked", 0500), 0);
  if (!access("locked", W_OK)) {
    print_message("a locked folder left out: root may write there\n");
    return;
  }
  process = label(1, "jams", "-d locked good.wav missing.wav");
  assert_true(is_sentence(process.err, "locked can't", "Permission denied"));
  process_free(&process);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_file_has_what_stdout_would_have),
    TEST(all_formats_tell_the_same_notes),
    TEST(a_recording_that_fails_leaves_no_file),
    TEST(several_recordings_need_a_folder),
    TEST(a_full_disk_is_one_sentence_and_no_file),
    TEST(a_folder_that_takes_no_files_is_one_sentence),
  };
  return realpath("tests/python/read_labels.py", script)
           ? cmocka_run_group_tests_name("label_output", tests, NULL, NULL)
           : 1;
}
