// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <csv.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

static void
json_lines_tell_each_note_and_the_file(void** const state)
{
  (void)state;
  Process process = cli_expect(
    0, "label --model " CLI_MODEL " --format jsonl --threshold 0 good.wav");
  json_t* const rows   = rows_parse(process.out);
  double        sum[3] = { 0.0 };
  assert_int_equal(json_array_size(rows), CLI_NOTES + 1U);
  for (unsigned i = 0U; i < CLI_NOTES; ++i) {
    const json_t* const note         = json_array_get(rows, i);
    const json_t* const alternatives = json_object_get(note, "alternatives");
    const json_t* const first        = json_array_get(alternatives, 0U);
    assert_string_equal(row_text(note, "type"), "note");
    assert_string_equal(row_text(note, "file"), "good.wav");
    assert_true(fabs(row_number(note, "onset") - tone_onset(i)) < 0.03);
    assert_true(row_number(note, "duration") > 0.2);
    assert_true(row_number(note, "onset") + row_number(note, "duration") <=
                1.4);
    assert_int_equal(json_array_size(alternatives), TEST_CLASSES);
    assert_string_equal(row_text(note, "label"), row_text(first, "label"));
    assert_true(row_number(note, "confidence") ==
                row_number(first, "confidence"));
    for (unsigned a = 0U; a < TEST_CLASSES; ++a) {
      const json_t* const guess = json_array_get(alternatives, a);
      for (unsigned c = 0U; c < TEST_CLASSES; ++c) {
        if (!strcmp(row_text(guess, "label"), test_classes[c].name)) {
          sum[c] += log(row_number(guess, "confidence"));
        }
      }
    }
  }

  // The file's posterior is the geometric mean of its notes'
  const json_t* const file  = json_array_get(rows, CLI_NOTES);
  double              total = 0.0;
  unsigned            best  = 0U;
  for (unsigned c = 0U; c < TEST_CLASSES; ++c) {
    best = sum[c] > sum[best] ? c : best;
    total += exp(sum[c] / CLI_NOTES);
  }
  assert_string_equal(row_text(file, "label"), test_classes[best].name);
  assert_string_equal(row_text(file, "family"), test_classes[best].family);
  assert_true(fabs(row_number(file, "confidence") -
                   (exp(sum[best] / CLI_NOTES) / total)) < 1e-4);
  assert_int_equal(row_number(file, "notes"), CLI_NOTES);
  assert_int_equal(row_number(file, "rate"), 44100);
  assert_true(fabs(row_number(file, "seconds") - 1.4) < 1e-6);
  json_decref(rows);
  process_free(&process);
}

/// What the CSV reader has seen.
typedef struct {
  const json_t* rows; ///< The same as JSON
  unsigned      row;
  unsigned      column;
} Csv;

static void
take_field(void* const bytes, const size_t n, void* const data)
{
  static const char* const columns[] = { "type",       "file",    "onset",
                                         "duration",   "label",   "family",
                                         "confidence", "program", "notes",
                                         "seconds",    "rate",    "error" };

  Csv* const        csv    = (Csv*)data;
  const char* const column = columns[csv->column++];
  char              text[256];
  (void)snprintf(text, sizeof(text), "%.*s", (int)n, (const char*)bytes);
  if (!csv->row) {
    assert_string_equal(text, column);
    return;
  }

  const json_t* const row   = json_array_get(csv->rows, csv->row - 1U);
  const json_t* const value = json_object_get(row, column);
  if (json_is_string(value)) {
    assert_string_equal(text, json_string_value(value));
  } else if (json_is_number(value)) {
    assert_true(fabs(strtod(text, NULL) - json_number_value(value)) < 2e-6);
  } else {
    assert_string_equal(text, "");
  }
}

static void
end_row(const int character, void* const data)
{
  (void)character;
  Csv* const csv = (Csv*)data;
  assert_int_equal(csv->column, 12);
  csv->column = 0U;
  ++csv->row;
}

static void
csv_tells_the_same_as_json(void** const state)
{
  (void)state;
  Process json = cli_expect(
    1, "label --model " CLI_MODEL " --format jsonl good.wav missing.wav");
  Process text = cli_expect(
    1, "label --model " CLI_MODEL " --format csv good.wav missing.wav");
  json_t* const rows = rows_parse(json.out);

  struct csv_parser parser;
  Csv               csv = { .rows = rows };
  assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
  const size_t n = strlen(text.out);
  assert_int_equal(csv_parse(&parser, text.out, n, take_field, end_row, &csv),
                   n);
  assert_int_equal(csv_fini(&parser, take_field, end_row, &csv), 0);
  csv_free(&parser);
  assert_int_equal(csv.row, 1U + CLI_NOTES + 2U);
  json_decref(rows);
  process_free(&text);
  process_free(&json);
}

static void
the_table_is_what_people_get(void** const state)
{
  (void)state;
  Process process = cli_expect(0, "label --model " CLI_MODEL " good.wav");
  assert_memory_equal(process.out, "good.wav\n     onset  duration", 26);
  assert_non_null(strstr(process.out, "3 notes in 1.400 s at 44100 Hz"));
  process_free(&process);
}

static void
a_doubtful_note_is_unknown(void** const state)
{
  (void)state;
  Process process = cli_expect(
    0, "label --model " CLI_MODEL " --format jsonl --threshold 1 good.wav");
  json_t* const rows = rows_parse(process.out);
  size_t        i    = 0U;
  const json_t* row;
  assert_int_equal(json_array_size(rows), CLI_NOTES + 1U);
  json_array_foreach(rows, i, row)
  {
    assert_string_equal(row_text(row, "label"), "unknown");
    assert_true(json_is_null(json_object_get(row, "family")));
    assert_true(row_number(row, "confidence") > 0.3);
    assert_true(i == CLI_NOTES ||
                json_is_null(json_object_get(row, "program")));
  }
  json_decref(rows);
  process_free(&process);
}

static void
what_is_none_of_the_classes_is_no_alternative(void** const state)
{
  (void)state;
  TestConvModel model;
  TmbMessage    why = { "" };
  test_conv_model_init(&model);
  model.bias2[TEST_CLASSES] = 5.0f;
  assert_int_equal(tmb_model_write("none.safetensors", &model.parts, &why),
                   TMB_OK);

  Process       process = cli_expect(0,
                               "label --model none.safetensors --format jsonl "
                                     "--threshold 0 good.wav");
  json_t* const rows    = rows_parse(process.out);
  assert_int_equal(json_array_size(rows), CLI_NOTES + 1U);
  for (unsigned i = 0U; i <= CLI_NOTES; ++i) {
    const json_t* const row = json_array_get(rows, i);
    assert_string_equal(row_text(row, "label"), "unknown");
    assert_true(json_is_null(json_object_get(row, "family")));
    assert_true(row_number(row, "confidence") < 0.5);
  }
  for (unsigned i = 0U; i < CLI_NOTES; ++i) {
    const json_t* const note         = json_array_get(rows, i);
    const json_t* const alternatives = json_object_get(note, "alternatives");
    assert_int_equal(json_array_size(alternatives), TEST_CLASSES);
    assert_true(row_number(note, "confidence") ==
                row_number(json_array_get(alternatives, 0U), "confidence"));
    for (unsigned a = 0U; a < TEST_CLASSES; ++a) {
      const json_t* const guess = json_array_get(alternatives, a);
      assert_string_not_equal(row_text(guess, "label"), "unknown");
    }
  }
  json_decref(rows);
  process_free(&process);
}

static void
silence_has_no_notes_and_no_label(void** const state)
{
  (void)state;
  (void)tone_write(
    "silence.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 8000, 2, 0U);
  Process process = cli_expect(
    0, "label --model " CLI_MODEL " --format jsonl --threshold 0 silence.flac");
  assert_string_equal(process.out,
                      "{\"type\":\"file\",\"file\":\"silence.flac\","
                      "\"label\":\"unknown\",\"family\":null,"
                      "\"confidence\":0.0,\"notes\":0,\"seconds\":0.2,"
                      "\"rate\":8000}\n");
  process_free(&process);
}

static void
one_run_takes_all_rates_formats_and_channels(void** const state)
{
  static const struct {
    const char* file;
    int         format;
    int         rate_hz;
    int         n_channels;
  } rows[] = {
    { "a.wav", WAV_16, 22050, 1 },
    { "b.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 48000, 2 },
    { "c.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 192000, 2 },
    { "d.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 44100, 32 },
    { "e.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 1 },
    { "f.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 2 },
    { "g.wav", WAV_16, 384000, 1 },
  };
  enum { N = sizeof(rows) / sizeof(*rows) };

  (void)state;
  assert_int_equal(mkdir("all", 0700), 0);
  assert_int_equal(chdir("all"), 0);
  for (size_t i = 0U; i < N; ++i) {
    (void)tone_write(rows[i].file,
                     rows[i].format,
                     rows[i].rate_hz,
                     rows[i].n_channels,
                     CLI_NOTES);
  }
  assert_int_equal(chdir(".."), 0);

  Process process =
    cli_expect(0, "label --model " CLI_MODEL " --format jsonl all");
  json_t* const found = rows_parse(process.out);
  assert_int_equal(json_array_size(found), N * (CLI_NOTES + 1U));
  for (size_t i = 0U; i < N; ++i) {
    char path[32];
    (void)snprintf(path, sizeof(path), "all/%s", rows[i].file);
    const json_t* const file =
      json_array_get(found, ((i + 1U) * (CLI_NOTES + 1U)) - 1U);
    assert_string_equal(row_text(file, "file"), path);
    assert_int_equal(row_number(file, "rate"), rows[i].rate_hz);
    assert_int_equal(row_number(file, "notes"), CLI_NOTES);
  }
  json_decref(found);
  process_free(&process);
}

static void
names_of_any_bytes_survive(void** const state)
{
  (void)state;
  assert_int_equal(rename("good.wav", "-\xF6\n\"\\.wav"), 0);
  const char* const arguments[] = { process_command(),
                                    "label",
                                    "--model=model.safetensors",
                                    "--format=jsonl",
                                    "--",
                                    "-\xF6\n\"\\.wav",
                                    NULL };
  Process           process     = process_run(arguments, NULL);
  json_t* const     rows        = rows_parse(process.out);
  assert_int_equal(process.status, 0);
  assert_int_equal(json_array_size(rows), CLI_NOTES + 1U);
  assert_string_equal(row_text(json_array_get(rows, 0U), "file"),
                      "-\xEF\xBF\xBD\n\"\\.wav");
  json_decref(rows);
  process_free(&process);

  const char* const missing[] = { process_command(), "info", "a\n\xF6", NULL };
  process                     = process_run(missing, NULL);
  assert_true(is_sentence(process.err, "\xEF\xBF\xBD: ", "No such"));
  process_free(&process);
}

/// Half of the good recording, in another format.
static void
write_half(const char* const path, const int format)
{
  (void)tone_write("whole", format, 44100, 1, CLI_NOTES);
  Bytes bytes = bytes_load("whole");
  bytes_save(bytes.bytes, bytes.n / 2U, path);
  bytes_free(&bytes);
}

static void
a_bad_file_costs_one_sentence_and_nothing_else(void** const state)
{
  static const struct {
    const char* path;
    const char* reason;
  } rows[] = {
    { "missing.wav", "No such file or directory" },
    { "empty.wav", "the file is empty" },
    { "text.wav", "not a sound file" },
    { "cut.wav", "the file is cut short" },
    { "cut.flac", "the file is damaged" },
    { "cut.ogg", ": " },
    { "bare.wav", "the sound has no samples" },
    { "fifo.wav", "is not a regular file" },
    { "folder.wav", "there is no sound file in this folder" },
    { "locked.wav", "Permission denied" },
  };

  (void)state;
  bytes_save("", 0U, "empty.wav");
  bytes_save("Not a sound.\n", 13U, "text.wav");
  write_half("cut.wav", WAV_16);
  write_half("cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  write_half("cut.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS);
  Bytes bare = bytes_load("good.wav");
  memset(bare.bytes + 40, 0, 4U); // The size of its data
  bytes_save(bare.bytes, 44U, "bare.wav");
  bytes_save(bare.bytes, bare.n, "locked.wav");
  bytes_free(&bare);
  assert_int_equal(chmod("locked.wav", 0000), 0);
  assert_int_equal(mkfifo("fifo.wav", 0600), 0);
  assert_int_equal(mkdir("folder.wav", 0700), 0);

  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    if (!access(rows[i].path, R_OK) && !strcmp(rows[i].path, "locked.wav")) {
      print_message("locked.wav left out: root may read it\n");
      continue;
    }

    char line[256];
    (void)snprintf(line,
                   sizeof(line),
                   "label --model " CLI_MODEL
                   " --format jsonl good.wav %s good.wav",
                   rows[i].path);
    Process       process = cli_run(line, NULL);
    json_t* const found   = rows_parse(process.out);
    if (process.status != 1 ||
        !is_sentence(process.err, rows[i].path, rows[i].reason) ||
        rows_count(found, "error", rows[i].path) != 1U ||
        rows_count(found, "file", rows[i].path) != 0U ||
        rows_count(found, "file", "good.wav") != 2U) {
      fail_msg("%s: status %d, %s%s",
               rows[i].path,
               process.status,
               process.err,
               process.out);
    }
    json_decref(found);
    process_free(&process);
  }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(json_lines_tell_each_note_and_the_file),
    TEST(csv_tells_the_same_as_json),
    TEST(the_table_is_what_people_get),
    TEST(a_doubtful_note_is_unknown),
    TEST(what_is_none_of_the_classes_is_no_alternative),
    TEST(silence_has_no_notes_and_no_label),
    TEST(one_run_takes_all_rates_formats_and_channels),
    TEST(names_of_any_bytes_survive),
    TEST(a_bad_file_costs_one_sentence_and_nothing_else),
  };
  return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
