// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 44100
#define LABEL "label --model " CLI_MODEL " --format jsonl --min-confidence 0 "
#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

/**
   Write channels of good.wav's tone, `n` samples from `first` on: all are
   silent, but that with the number `channel`, from 1 on.
*/
static void
write_part(const char* const path,
           const uint32_t    first,
           const uint32_t    n,
           const int         n_channels,
           const int         channel)
{
  SF_INFO        info  = { .samplerate = RATE_HZ,
                           .channels   = n_channels,
                           .format     = WAV_16 };
  SNDFILE* const file  = sf_open(path, SFM_WRITE, &info);
  float* const   frame = (float*)calloc((size_t)n_channels, sizeof(float));
  assert_non_null(file);
  assert_non_null(frame);
  for (uint32_t i = 0U; i < n; ++i) {
    frame[channel - 1] = tone_sample(first + i, RATE_HZ, CLI_NOTES);
    assert_int_equal(sf_writef_float(file, frame, 1), 1);
  }
  free(frame);
  assert_int_equal(sf_close(file), 0);
}

static json_t*
label(const char* const options)
{
  char line[256];
  (void)snprintf(line, sizeof(line), LABEL "%s", options);
  Process       process = cli_expect(0, line);
  json_t* const rows    = rows_parse(process.out);
  process_free(&process);
  return rows;
}

/// Make the rows of one file those of another, whose begin is at `start_s`.
static void
rename_and_move(json_t* const     rows,
                const char* const name,
                const double      start_s)
{
  size_t  i = 0U;
  json_t* row;
  json_array_foreach(rows, i, row)
  {
    (void)json_object_set_new(row, "file", json_string(name));
    if (!strcmp(row_text(row, "type"), "note")) {
      const double onset = row_number(row, "onset") + start_s;
      (void)json_object_set_new(
        row, "onset", json_real(round(onset * 1e6) / 1e6));
    }
  }
}

static void
expect_equal(json_t* const a, json_t* const b)
{
  if (!json_equal(a, b)) {
    char* const x = json_dumps(a, JSON_INDENT(1));
    char* const y = json_dumps(b, JSON_INDENT(1));
    fail_msg("%s\nis not\n%s", x, y);
  }
  json_decref(a);
  json_decref(b);
}

static void
a_part_has_the_rows_of_a_file_that_holds_no_more(void** const state)
{
  static const struct {
    const char* options;
    uint32_t    first;
    uint32_t    n;
    unsigned    n_notes;
  } rows[] = {
    { "good.wav --start 0.4", 17640U, 44100U, 2U },
    { "good.wav --end 0.9", 0U, 39690U, 2U },
    { "good.wav --start 0.4 --end 0.9", 17640U, 22050U, 1U },
    { "good.wav --start 0.4 --end 100", 17640U, 44100U, 2U },
    { "good.wav --start 0 --end 1.4", 0U, 61740U, 3U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    write_part("part.wav", rows[i].first, rows[i].n, 1, 1);
    json_t* const part  = label("part.wav");
    json_t* const whole = label(rows[i].options);
    assert_true(json_array_size(part) >= rows[i].n_notes + 1U);
    rename_and_move(part, "good.wav", (double)rows[i].first / RATE_HZ);
    expect_equal(whole, part);
  }
}

static void
a_channel_has_the_rows_of_a_file_that_holds_no_other(void** const state)
{
  static const struct {
    const char* option;
    int         n_channels;
    int         channel;
  } rows[] = {
    { "--channel left", 1, 1 },  { "--channel left", 2, 1 },
    { "--channel right", 2, 2 }, { "--channel right", 3, 2 },
    { "--channel 1", 3, 1 },     { "--channel 32", 32, 32 },
    { "--channel mix", 1, 1 },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char options[64];
    (void)snprintf(options, sizeof(options), "%s part.wav", rows[i].option);
    write_part("part.wav", 0U, 61740U, rows[i].n_channels, rows[i].channel);
    json_t* const channel = label(options);
    json_t* const good    = label("good.wav");
    assert_int_equal(json_array_size(good), CLI_NOTES + 1U);
    rename_and_move(good, "part.wav", 0.0);
    expect_equal(channel, good);
  }
}

static void
each_channel_is_like_a_file(void** const state)
{
  (void)state;
  write_part("part.wav", 0U, 61740U, 3, 2);
  json_t* const rows = label("--channel each part.wav good.wav");
  assert_int_equal(json_array_size(rows), (2U * (CLI_NOTES + 1U)) + 2U);
  assert_int_equal(rows_count(rows, "note", "part.wav#2"), CLI_NOTES);
  assert_int_equal(rows_count(rows, "note", "good.wav#1"), CLI_NOTES);
  assert_int_equal(rows_count(rows, "file", "part.wav#1"), 1U);
  assert_int_equal(rows_count(rows, "file", "part.wav#2"), 1U);
  assert_int_equal(rows_count(rows, "file", "part.wav#3"), 1U);
  assert_int_equal(rows_count(rows, "file", "good.wav#1"), 1U);
  json_decref(rows);
}

static void
a_file_without_the_part_is_told(void** const state)
{
  static const struct {
    const char* options;
    const char* file;
    const char* reason;
  } rows[] = {
    { "--start 1.4", "good.wav", "it has no sound from 1.4 s on" },
    { "--start 99", "good.wav", "it has no sound from 99 s on" },
    { "--channel right", "good.wav", "it has no channel 2, only 1" },
    { "--channel each --start 9", "good.wav#1", "it has no sound from 9 s on" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)snprintf(line, sizeof(line), LABEL "%s good.wav", rows[i].options);
    Process             process = cli_run(line, NULL);
    json_t* const       found   = rows_parse(process.out);
    const json_t* const row     = json_array_get(found, 0U);
    assert_int_equal(process.status, 1);
    assert_int_equal(json_array_size(found), 1U);
    assert_string_equal(row_text(row, "type"), "error");
    assert_string_equal(row_text(row, "file"), rows[i].file);
    assert_string_equal(row_text(row, "error"), rows[i].reason);
    assert_true(is_sentence(process.err, "good.wav: ", rows[i].reason));
    json_decref(found);
    process_free(&process);
  }
}

static void
the_threshold_has_two_names(void** const state)
{
  (void)state;
  json_t* const a = label("good.wav --min-confidence 0.9");
  json_t* const b = label("good.wav --threshold 0.9");
  assert_string_equal(row_text(json_array_get(a, 0U), "label"), "unknown");
  expect_equal(a, b);
}

static void
what_can_be_no_part_is_wrong_usage(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "label --start 2 --end 1 good.wav", "--start must be before --end" },
    { "label --start 1 --end 1 good.wav", "--start must be before --end" },
    { "label --start -1 good.wav", "\"-1\"" },
    { "label --end nan good.wav", "\"nan\"" },
    { "label --channel 0 good.wav", "\"0\"" },
    { "label --channel 1.5 good.wav", "whole number" },
    { "label --channel both good.wav", "\"both\"" },
    { "label --null good.wav", "--from-file" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_part_has_the_rows_of_a_file_that_holds_no_more),
    TEST(a_channel_has_the_rows_of_a_file_that_holds_no_other),
    TEST(each_channel_is_like_a_file),
    TEST(a_file_without_the_part_is_told),
    TEST(the_threshold_has_two_names),
    TEST(what_can_be_no_part_is_wrong_usage),
  };
  return cmocka_run_group_tests_name("label_parts", tests, NULL, NULL);
}
