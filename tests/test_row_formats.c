// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/cmocka.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "trainer/rows.h"

#include <jansson.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// A guess without a family of its own.
#define SURELY(instrument, confidence)  \
  {                                     \
    (instrument), (confidence), NULL, 0 \
  }

static const TmbClass  viola = { "viola d'amore", "strings", 41 };
static const TmbClass  drum  = { "B\xC3\xA4ngu\t\n2", "percussion", -1 };
static const TmbClass  last  = { "last", "", 127 };
static const TmbFamily brass = { "brass", "brass?" };

/// Three days lie between some, more than MIDI has room for between two events.
static const TmbNoteRow notes[] = {
  { .onset_s        = 0.1,
    .duration_s     = 0.4,
    .guess          = SURELY(&viola, 0.75),
    .class_index    = 1,
    .n_alternatives = 2U,
    .alternatives   = { SURELY(&viola, 0.75), SURELY(&last, 0.125) } },
  { .onset_s        = 0.5,
    .duration_s     = 0.25,
    .guess          = { NULL, 0.3, &brass, 0.65 },
    .class_index    = -1,
    .n_alternatives = 1U,
    .alternatives   = { SURELY(&last, 0.3) } },
  { .onset_s     = 1.0,
    .duration_s  = (double)NAN,
    .guess       = SURELY(NULL, 0.0),
    .class_index = -1 },
  { .onset_s     = 300000.0,
    .duration_s  = 0.0001,
    .guess       = SURELY(&drum, 1.0),
    .class_index = 91 },
  { .onset_s     = 300001.0,
    .duration_s  = 1.0,
    .guess       = SURELY(&last, 0.5),
    .class_index = 92 },
};

#define N_NOTES (sizeof(notes) / sizeof(*notes))

static const TmbFileRow whole  = { .guess   = SURELY(&viola, 0.5),
                                   .n_notes = N_NOTES,
                                   .seconds = 300002.5,
                                   .rate_hz = 44100.0 };
static const TmbFileRow silent = { .seconds = 2.0, .rate_hz = 8000.0 };

#define PATH "a/\xF6 b.wav"

static char script[PATH_MAX]; ///< tests/python/read_labels.py

/// Write a recording with `n` notes to a file in a format; `out` is closed.
static TmbStatus
write_rows(const TmbRowFormat* const format,
           const size_t              n,
           FILE* const               out,
           FILE* const               aside,
           TmbMessage* const         why)
{
  TmbRows rows = {
    .out = out, .format = format, .name = "\"out\"", .aside = aside
  };
  TmbStatus status = tmb_rows_start(&rows, why);
  status           = status ? status : tmb_rows_open(&rows, PATH, why);
  for (size_t i = 0U; !status && i < n; ++i) {
    status = tmb_rows_note(&rows, PATH, &notes[i], why);
  }
  if (!status) {
    status = tmb_rows_file(&rows, PATH, n ? &whole : &silent, why);
  }
  (void)fclose(out);
  (void)fclose(aside);
  return status;
}

/// What another program reads in a file, released by the test.
static json_t*
read_back(const char* const format, const char* const path)
{
  const char* const arguments[] = {
    "/usr/bin/python3", script, format, path, NULL
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

// clang-format off
#define META "\"annotation_metadata\": {\"annotation_tools\": \"timbrel " \
  TMB_VERSION "\", \"data_source\": \"program\"}, \"time\": 0.0, "
#define TRACK "{\"s\": 0.0, \"type\": \"track_name\", \"name\": \"\xEF\xBF\xBD b.wav\"}," \
  "{\"s\": 0.0, \"type\": \"set_tempo\", \"tempo\": 500000}"
#define EVENT(s, type) "{\"s\": " s ", \"type\": \"" type "\", "
#define TEXT(s, text) ", " EVENT(s, "text") "\"text\": \"" text "\"}"
#define PROGRAM(s, program) ", " EVENT(s, "program_change") \
  "\"program\": " program ", \"channel\": 0}"
#define NOTE(s, onoff, channel, note, velocity) ", " EVENT(s, onoff) \
  "\"channel\": " channel ", \"note\": " note ", \"velocity\": " velocity "}"
#define END(s) ", {\"s\": " s ", \"type\": \"end_of_track\"}"
#define JAMS_END(seconds) "\"file_metadata\": {\"jams_version\": \"0.3.4\", " \
  "\"duration\": " seconds ", \"identifiers\": " \
  "{\"file\": \"a/\xEF\xBF\xBD b.wav\"}}, \"sandbox\": {}}"

static const struct {
  const char* what;
  const char* format;
  size_t      n;
  const char* read;
} rows[] = {
  { "labels", "audacity", N_NOTES,
    "[[0.1, 0.5, \"viola d'amore\"], [0.5, 0.75, \"unknown\"],"
    " [1.0, 1.0, \"unknown\"], [300000.0, 300000.0001, \"B\xC3\xA4ngu__2\"],"
    " [300001.0, 300002.0, \"last\"]]" },
  { "no labels", "audacity", 0U, "[]" },
  { "labels of one word", "lab", N_NOTES,
    "[[0.1, 0.5, \"viola_d'amore\"], [0.5, 0.75, \"unknown\"],"
    " [1.0, 1.0, \"unknown\"], [300000.0, 300000.0001, \"B\xC3\xA4ngu__2\"],"
    " [300001.0, 300002.0, \"last\"]]" },
  { "no labels of one word", "lab", 0U, "[]" },
  { "annotations", "jams", N_NOTES,
    "{\"annotations\": [{\"namespace\": \"segment_open\", \"data\": ["
    "{\"time\": 0.1, \"duration\": 0.4, \"value\": \"viola d'amore\", \"confidence\": 0.75},"
    "{\"time\": 0.5, \"duration\": 0.25, \"value\": \"unknown\", \"confidence\": 0.3},"
    "{\"time\": 1.0, \"duration\": 0.0, \"value\": \"unknown\", \"confidence\": 0.0},"
    "{\"time\": 300000.0, \"duration\": 0.0001, \"value\": \"B\xC3\xA4ngu\\t\\n2\", \"confidence\": 1.0},"
    "{\"time\": 300001.0, \"duration\": 1.0, \"value\": \"last\", \"confidence\": 0.5}], "
    META "\"duration\": 300002.5, \"sandbox\": {\"notes\": ["
    "{\"family\": \"strings\", \"program\": 41, \"alternatives\": ["
    "{\"label\": \"viola d'amore\", \"confidence\": 0.75}, {\"label\": \"last\", \"confidence\": 0.125}]},"
    "{\"family\": \"brass?\", \"program\": null, \"alternatives\": [{\"label\": \"last\", \"confidence\": 0.3}]},"
    "{\"family\": null, \"program\": null, \"alternatives\": []},"
    "{\"family\": \"percussion\", \"program\": -1, \"alternatives\": []},"
    "{\"family\": \"\", \"program\": 127, \"alternatives\": []}]}},"
    "{\"namespace\": \"tag_open\", \"data\": [{\"time\": 0.0, \"duration\": 300002.5, "
    "\"value\": \"viola d'amore\", \"confidence\": 0.5}], " META
    "\"duration\": 300002.5, \"sandbox\": {\"family\": \"strings\", \"notes\": 5, \"rate\": 44100}}], "
    JAMS_END("300002.5") },
  { "no annotations", "jams", 0U,
    "{\"annotations\": [{\"namespace\": \"segment_open\", \"data\": [], "
    META "\"duration\": 2.0, \"sandbox\": {\"notes\": []}},"
    "{\"namespace\": \"tag_open\", \"data\": [{\"time\": 0.0, \"duration\": 2.0, "
    "\"value\": \"unknown\", \"confidence\": 0.0}], " META
    "\"duration\": 2.0, \"sandbox\": {\"family\": null, \"notes\": 0, \"rate\": 8000}}], "
    JAMS_END("2.0") },
  { "events", "midi", N_NOTES,
    "[" TRACK TEXT("0.1", "viola d'amore") PROGRAM("0.1", "41")
    NOTE("0.1", "note_on", "0", "37", "96") NOTE("0.5", "note_off", "0", "37", "0")
    TEXT("0.5", "unknown") TEXT("1.0", "unknown") TEXT("268436.455", "")
    TEXT("300000.0", "B\xC3\xA4ngu\\t\\n2")
    NOTE("300000.0", "note_on", "9", "127", "127") NOTE("300000.001", "note_off", "9", "127", "0")
    TEXT("300001.0", "last") PROGRAM("300001.0", "127") END("300002.5") "]" },
  { "no events", "midi", 0U, "[" TRACK END("2.0") "]" },
};
// clang-format on

/// Round what is seconds, which other programs compute in another way.
static void
round_numbers(json_t* const value)
{
  size_t      i    = 0U;
  json_t*     item = NULL;
  const char* key  = NULL;
  if (json_is_real(value)) {
    (void)json_real_set(value, round(json_real_value(value) * 1e6) / 1e6);
  }
  json_array_foreach(value, i, item)
  {
    round_numbers(item);
  }
  json_object_foreach (value, key, item) {
    round_numbers(item);
  }
}

static void
other_programs_read_what_is_known(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbRowFormat* const format = tmb_row_format(rows[i].format);
    TmbMessage                why    = { "" };
    if (write_rows(format, rows[i].n, fopen("out", "wb"), tmpfile(), &why)) {
      fail_msg("%s: %s", rows[i].what, why.text);
    }

    json_t* const found    = read_back(rows[i].format, "out");
    json_t* const expected = json_loads(rows[i].read, 0, NULL);
    round_numbers(found);
    round_numbers(expected);
    if (!expected || !json_equal(found, expected)) {
      fail_msg("%s: %s", rows[i].what, json_dumps(found, JSON_SORT_KEYS));
    }
    json_decref(found);
    json_decref(expected);
  }
}

static void
the_next_recording_starts_afresh(void** const state)
{
  static const char* const names[] = { "audacity", "lab", "jams", "midi" };

  (void)state;
  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    TmbMessage why     = { "" };
    char*      text[2] = { NULL };
    size_t     n[2]    = { 0U };
    TmbRows    out     = { .format = tmb_row_format(names[i]),
                           .name   = "\"out\"",
                           .aside  = tmpfile() };
    for (unsigned k = 0U; k < 2U; ++k) {
      out.out = open_memstream(&text[k], &n[k]);
      assert_int_equal(tmb_rows_open(&out, PATH, &why), TMB_OK);
      assert_int_equal(tmb_rows_note(&out, PATH, &notes[0], &why), TMB_OK);
      if (k) { // What failed before leaves nothing
        assert_int_equal(tmb_rows_file(&out, PATH, &whole, &why), TMB_OK);
      }
      (void)fclose(out.out);
    }
    (void)fclose(out.aside);
    free(text[0]);

    char*  alone   = NULL;
    size_t n_alone = 0U;
    assert_int_equal(
      write_rows(
        out.format, 1U, open_memstream(&alone, &n_alone), tmpfile(), &why),
      TMB_OK);
    assert_int_equal(n[1], n_alone);
    assert_memory_equal(text[1], alone, n_alone);
    free(alone);
    free(text[1]);
  }
}

static void
a_full_disk_is_reported(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const TmbRowFormat* const format = tmb_row_format(rows[i].format);
    const bool                may_be_empty =
      !rows[i].n && rows[i].format[0] != 'j' && rows[i].format[0] != 'm';
    TmbMessage      why = { "" };
    const TmbStatus status =
      write_rows(format, rows[i].n, fopen("/dev/full", "wb"), tmpfile(), &why);
    assert_int_equal(status, may_be_empty ? TMB_OK : TMB_WRITE_FAILED);
    assert_string_equal(
      why.text,
      may_be_empty ? "" : "\"out\" can't be written: No space left on device");
  }
}

static void
some_formats_are_for_one_recording(void** const state)
{
  static const struct {
    const char* name;
    const char* extension;
    bool        is_single;
  } formats[] = {
    { "table", ".txt", false }, { "jsonl", ".jsonl", false },
    { "csv", ".csv", false },   { "audacity", ".txt", true },
    { "lab", ".lab", true },    { "jams", ".jams", true },
    { "midi", ".mid", true },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(formats) / sizeof(*formats); ++i) {
    const TmbRowFormat* const format = tmb_row_format(formats[i].name);
    assert_non_null(format);
    assert_non_null(strstr(TMB_ROW_FORMATS, formats[i].name));
    assert_string_equal(tmb_row_format_extension(format), formats[i].extension);
    assert_int_equal(tmb_row_format_is_single(format), formats[i].is_single);
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(other_programs_read_what_is_known),
    TEST(the_next_recording_starts_afresh),
    TEST(a_full_disk_is_reported),
    TEST(some_formats_are_for_one_recording),
  };
  return realpath("tests/python/read_labels.py", script)
           ? cmocka_run_group_tests_name("row_formats", tests, NULL, NULL)
           : 1;
}
