// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel summary`, as it is called, on results that are written by hand

#include "trainer/summary.h"

#include "tests/support/alloc.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/report_files.h"
#include "tests/support/scratch.h"
#include "tests/support/xml.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE(file, label, family, confidence)                                 \
  "{\"type\":\"note\",\"file\":\"" file "\",\"onset\":0.5,\"duration\":0.25," \
  "\"label\":\"" label "\",\"family\":" family ",\"confidence\":" confidence  \
  ",\"program\":0,\"alternatives\":[]}\n"
#define HEARD(file, label, family, confidence, seconds)                 \
  "{\"type\":\"file\",\"file\":\"" file "\",\"label\":\"" label         \
  "\",\"family\":" family ",\"confidence\":" confidence ",\"notes\":0," \
  "\"seconds\":" seconds ",\"rate\":44100}\n"
#define FAILED(file, reason) \
  "{\"type\":\"error\",\"file\":\"" file "\",\"error\":\"" reason "\"}\n"

#define STRINGS "\"strings\""
#define BRASS "\"brass\""

/// Four recordings, of which one has no note, and three that have no label.
static const char first[] =
  NOTE("a.wav", "violin", STRINGS, "0.95") NOTE("a.wav", "violin", STRINGS, "1")
    NOTE("a.wav", "unknown", "\"strings?\"", "0.4")
      HEARD("a.wav", "violin", STRINGS, "0.8", "1800")
        NOTE("b.wav", "trumpet", BRASS, "0.5")
          NOTE("b.wav", "unknown", "null", "0")
            NOTE("b.wav", "cello", STRINGS, "null")
              HEARD("b.wav", "trumpet", BRASS, "0.5", "900")
                HEARD("silent.wav", "unknown", "null", "null", "900.5")
                  FAILED("bad.wav", "not a sound file")
                    NOTE("half.wav", "violin", STRINGS, "0.99") FAILED(
                      "half.wav",
                      "it ends early") FAILED("worse.wav", "not a sound file")
                      HEARD("\xC3\xA9.wav", "violin", STRINGS, "0.11", "null");

static void
save(const char* const text, const char* const path)
{
  bytes_save(text, strlen(text), path);
}

/// The document that --json FILE wrote.
static json_t*
load_json(void)
{
  json_t* const json = json_load_file("x.json", JSON_REJECT_DUPLICATES, NULL);
  assert_non_null(json);
  return json;
}

/// Run with arguments, demand an exit status, and give the document.
static json_t*
summarise(const int status, const char* const results)
{
  char line[256];
  (void)snprintf(line, sizeof(line), "summary --json x.json %s", results);
  Process process = cli_expect(status, line);
  process_free(&process);
  return load_json();
}

static const json_t*
find(const json_t* const json,
     const char* const   list,
     const char* const   key,
     const char* const   name)
{
  size_t        i    = 0U;
  json_t*       item = NULL;
  const json_t* all  = json_object_get(json, list);
  json_array_foreach(all, i, item)
  {
    if (!strcmp(row_text(item, key), name)) {
      return item;
    }
  }
  fail_msg("there is no %s in %s", name, list);
  return NULL;
}

static double
number(const json_t* const json, const char* const key)
{
  return row_number(json, key);
}

static void
what_was_found_is_added_up(void** const state)
{
  // Notes, share of 6, recordings and seconds of those labelled so
  static const struct {
    const char* list;
    const char* key;
    const char* name;
    double      notes;
    double      recordings;
    double      seconds;
  } shares[] = {
    { "instruments", "label", "violin", 2.0, 2.0, 1800.0 },
    { "instruments", "label", "unknown", 2.0, 1.0, 900.5 },
    { "instruments", "label", "trumpet", 1.0, 1.0, 900.0 },
    { "instruments", "label", "cello", 1.0, 0.0, 0.0 },
    { "families", "name", "strings", 3.0, 2.0, 1800.0 },
    { "families", "name", "brass", 1.0, 1.0, 900.0 },
    { "families", "name", "strings?", 1.0, 0.0, 0.0 },
    { "families", "name", "unknown", 1.0, 1.0, 900.5 },
  };

  // .95 and 1 are in the last bin, .4 begins the fifth, .5 the sixth, 0 the
  // first; one note and one recording have no confidence
  static const double bins[10][3] = {
    [0] = { 1.0, 1.0, 0.0 }, [1] = { 0.0, 0.0, 1.0 }, [4] = { 1.0, 1.0, 0.0 },
    [5] = { 1.0, 0.0, 1.0 }, [8] = { 0.0, 0.0, 1.0 }, [9] = { 2.0, 0.0, 0.0 },
  };

  (void)state;
  save(first, "first.jsonl");
  json_t* const       json    = summarise(0, "first.jsonl");
  const json_t* const unknown = json_object_get(json, "unknown");
  assert_true(number(json, "recordings") == 4.0);
  assert_true(number(json, "seconds") == 3600.5);
  assert_true(number(json, "notes") == 6.0);
  assert_true(number(unknown, "notes") == 2.0);
  assert_true(fabs(number(unknown, "note_rate") - 1.0 / 3.0) < 1e-12);
  assert_true(number(unknown, "recordings") == 1.0);
  assert_true(number(unknown, "recording_rate") == 0.25);
  assert_true(number(json, "failed") == 3.0);
  assert_true(number(json, "duplicates") == 0.0);
  for (size_t i = 0U; i < sizeof(shares) / sizeof(*shares); ++i) {
    const json_t* const share =
      find(json, shares[i].list, shares[i].key, shares[i].name);
    if (number(share, "notes") != shares[i].notes ||
        number(share, "recordings") != shares[i].recordings ||
        number(share, "seconds") != shares[i].seconds ||
        fabs(number(share, "share") - shares[i].notes / 6.0) > 1e-12) {
      fail_msg("%s", shares[i].name);
    }
  }
  assert_int_equal(json_array_size(json_object_get(json, "instruments")), 4U);
  assert_int_equal(json_array_size(json_object_get(json, "families")), 4U);

  const json_t* const histogram = json_object_get(json, "confidence");
  assert_int_equal(json_array_size(histogram), 10U);
  for (size_t i = 0U; i < 10U; ++i) {
    const json_t* const bin = json_array_get(histogram, i);
    assert_true(fabs(number(bin, "from") - 0.1 * (double)i) < 1e-12);
    assert_true(number(bin, "notes") == bins[i][0]);
    assert_true(number(bin, "unknown") == bins[i][1]);
    assert_true(number(bin, "recordings") == bins[i][2]);
  }

  const json_t* const errors = json_object_get(json, "errors");
  assert_int_equal(json_array_size(errors), 2U);
  assert_string_equal(row_text(json_array_get(errors, 0U), "error"),
                      "not a sound file");
  assert_true(number(json_array_get(errors, 0U), "files") == 2.0);
  assert_string_equal(row_text(json_array_get(errors, 1U), "error"),
                      "it ends early");
  json_decref(json);
}

static void
a_table_tells_it_to_people(void** const state)
{
  static const char* const parts[] = {
    "4 recordings, 1.000 hours, 6 notes\n",
    "unknown: 33.3 % of the notes, 25.0 % of the recordings\n",
    "3 files have no label\n",
    "\nviolin                       2    33.3 %           2      0.500\n",
    "\nbrass                        1    16.7 %           1      0.250\n",
    "\n 90 to 100 %                 2         0           0\n",
    "\n         2  not a sound file\n         1  it ends early\n",
  };

  (void)state;
  save(first, "first.jsonl");
  Process process = cli_expect(0, "summary first.jsonl");
  for (size_t i = 0U; i < sizeof(parts) / sizeof(*parts); ++i) {
    if (!strstr(process.out, parts[i])) {
      fail_msg("there is no %sin %s", parts[i], process.out);
    }
  }
  process_free(&process);
}

static void
of_one_recording_the_last_result_counts(void** const state)
{
  (void)state;
  save(first, "first.jsonl");
  save(NOTE("a.wav", "cello", STRINGS, "0.7")
         HEARD("a.wav", "cello", STRINGS, "0.7", "1800")
           HEARD("bad.wav", "harp", "\"plucked\"", "0.7", "10"),
       "second.jsonl");
  json_t* json = summarise(0, "first.jsonl second.jsonl");
  assert_true(number(json, "recordings") == 5.0);
  assert_true(number(json, "seconds") == 3610.5);
  assert_true(number(json, "notes") == 4.0);
  assert_true(number(json, "failed") == 2.0);
  assert_true(number(json, "duplicates") == 2.0);
  assert_true(number(find(json, "instruments", "label", "cello"), "notes") ==
              2.0);
  json_decref(json);

  // All seven files of the first are in it again
  json = summarise(0, "second.jsonl first.jsonl first.jsonl");
  assert_true(number(json, "recordings") == 4.0);
  assert_true(number(json, "notes") == 6.0);
  assert_true(number(json, "duplicates") == 9.0);
  json_decref(json);
}

static void
a_line_that_is_no_row_costs_nothing_else(void** const state)
{
  static const struct {
    const char* name;
    const char* line;
    const char* reason;
  } rows[] = {
    { "nothing", "\n", "it is not JSON" },
    { "text", "violin\n", "it is not JSON" },
    { "NaN", HEARD("x", "harp", "null", "NaN", "1"), "it is not JSON" },
    { "a huge number",
      HEARD("x", "harp", "null", "1", "1e999"),
      "it is not JSON" },
    { "control character", "{\"type\":\"\x1B\"}\n", "it is not JSON" },
    { "NUL", HEARD("x\\u0000", "harp", "null", "1", "1"), "it is not JSON" },
    { "Latin-1", HEARD("\xE9", "harp", "null", "1", "1"), "it is not JSON" },
    { "twice", "{\"type\":\"file\",\"type\":\"note\"}\n", "it is not JSON" },
    { "array", "[]\n", "it has no text \"file\"" },
    { "other type",
      "{\"type\":\"sum\",\"file\":\"x\"}\n",
      "its \"type\" is none of" },
    { "no type", "{\"file\":\"x\"}\n", "its \"type\" is none of" },
    { "no file", "{\"type\":\"file\"}\n", "it has no text \"file\"" },
    { "a number for a file",
      "{\"type\":\"file\",\"file\":1}\n",
      "it has no text \"file\"" },
    { "no label", "{\"type\":\"file\",\"file\":\"x\"}\n", "\"label\"" },
    { "long label",
      HEARD("x",
            "a label of more than the forty-seven bytes that one has",
            "null",
            "1",
            "1"),
      "its \"label\" is too long" },
    { "empty label", HEARD("x", "", "null", "1", "1"), "is empty" },
    { "family 1", HEARD("x", "harp", "1", "1", "1"), "\"family\"" },
    { "confidence 1.1",
      HEARD("x", "harp", "null", "1.1", "1"),
      "its \"confidence\" is not a number from 0 to 1" },
    { "confidence text", NOTE("x", "harp", "null", "\"1\""), "confidence" },
    { "negative length", HEARD("x", "harp", "null", "1", "-1"), "seconds" },
    { "endless", HEARD("x", "harp", "null", "1", "1e300"), "seconds" },
    { "no reason", "{\"type\":\"error\",\"file\":\"x\"}\n", "\"error\"" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char text[sizeof(first) + 1024U];
    (void)snprintf(text, sizeof(text), "%s%s", rows[i].line, first);
    save(text, "x.jsonl");
    Process       process = cli_run("summary --json x.json x.jsonl", NULL);
    json_t* const json    = load_json();
    if (process.status != 1 ||
        !is_sentence(process.err, "x.jsonl: line 1 ", rows[i].reason) ||
        number(json, "recordings") != 4.0 || number(json, "notes") != 6.0 ||
        number(json, "failed") != 3.0) {
      fail_msg("%s: %d, %s", rows[i].name, process.status, process.err);
    }
    json_decref(json);
    process_free(&process);
  }
}

static unsigned
count_lines(const char* const text)
{
  unsigned n = 0U;
  for (const char* c = text; *c; ++c) {
    n += *c == '\n';
  }
  return n;
}

static void
many_such_lines_are_counted(void** const state)
{
  (void)state;
  FILE* const file = fopen("x.jsonl", "w");
  assert_non_null(file);
  (void)fputs("{\"a\":\"", file);
  for (unsigned i = 0U; i < 1000000U; ++i) {
    (void)fputc('x', file); // One long line
  }
  (void)fputs("\"}\n", file);
  for (unsigned i = 0U; i < 1000U; ++i) {
    (void)fputs("<b>\x1B[31m\xFF\n", file);
  }
  (void)fputs(first, file);
  assert_int_equal(fclose(file), 0);

  Process process = cli_run("summary --json x.json x.jsonl", NULL);
  assert_int_equal(process.status, 1);
  assert_int_equal(count_lines(process.err), 4U);
  assert_non_null(strstr(process.err, "line 1 does not count: it has more "));
  assert_non_null(strstr(process.err, "x.jsonl: 998 more such lines"));
  assert_null(strchr(process.err, '\x1B'));
  process_free(&process);
  json_t* const json = load_json();
  assert_true(number(json, "recordings") == 4.0);
  json_decref(json);
}

static void
a_run_that_was_cut_off_is_told(void** const state)
{
  static const char note[] = NOTE("c.wav", "harp", "null", "0.9");
  static const struct {
    const char* name;
    size_t      n; ///< Bytes of the note that are there
    bool        has_rest;
    const char* reason;
  } rows[] = {
    { "amid a line", 40U, false, "it ends amid line 15" },
    { "before a newline", sizeof(note) - 2U, false, "amid the notes of c.wav" },
    { "amid notes", sizeof(note) - 1U, false, "amid the notes of c.wav" },
    { "amid notes, gone on with",
      sizeof(note) - 1U,
      true,
      "what comes before line 16 does not count" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char text[2U * sizeof(first)];
    (void)snprintf(text,
                   sizeof(text),
                   "%s%.*s%s",
                   first,
                   (int)rows[i].n,
                   note,
                   rows[i].has_rest ? HEARD("d", "harp", "null", "1", "1")
                                    : "");
    save(text, "x.jsonl");
    Process       process = cli_run("summary --json x.json x.jsonl", NULL);
    json_t* const json    = load_json();
    if (process.status != 1 ||
        !is_sentence(process.err, "x.jsonl: ", rows[i].reason) ||
        number(json, "recordings") != (rows[i].has_rest ? 5.0 : 4.0) ||
        number(json, "notes") != 6.0) {
      fail_msg("%s: %d, %s", rows[i].name, process.status, process.err);
    }
    json_decref(json);
    process_free(&process);
  }
}

static void
a_last_row_needs_no_newline(void** const state)
{
  (void)state;
  bytes_save(first, sizeof(first) - 2U, "x.jsonl");
  json_t* const json = summarise(0, "x.jsonl");
  assert_true(number(json, "recordings") == 4.0);
  json_decref(json);
}

static void
nothing_gives_no_nan(void** const state)
{
  (void)state;
  save("", "x.jsonl");
  json_t* const json = summarise(0, "x.jsonl");
  assert_true(number(json, "recordings") == 0.0);
  assert_true(json_is_null(
    json_object_get(json_object_get(json, "unknown"), "note_rate")));
  json_decref(json);
  Process process = cli_expect(0, "summary x.jsonl");
  assert_string_equal(process.out, "0 recordings, 0.000 hours, 0 notes\n");
  process_free(&process);
}

static void
a_file_that_cannot_be_read_costs_nothing_else(void** const state)
{
  (void)state;
  save(first, "first.jsonl");
  assert_int_equal(mkdir("folder", 0700), 0);
  Process process =
    cli_run("summary none.jsonl folder first.jsonl --json x.json", NULL);
  assert_int_equal(process.status, 1);
  assert_int_equal(count_lines(process.err), 2U);
  assert_non_null(strstr(process.err, "none.jsonl: No such file"));
  assert_non_null(strstr(process.err, "folder: Is a directory"));
  process_free(&process);
  json_t* const json = load_json();
  assert_true(number(json, "recordings") == 4.0);
  json_decref(json);

  bytes_save("old", 3U, "x.json");
  process = cli_run("summary none.jsonl --json x.json", NULL);
  assert_int_equal(process.status, 1);
  assert_string_equal(process.out, "");
  process_free(&process);
  Bytes bytes = bytes_load("x.json");
  assert_int_equal(bytes.n, 3U);
  bytes_free(&bytes);
}

static void
results_are_not_written_over(void** const state)
{
  static const char* const lines[] = {
    "summary first.jsonl --json first.jsonl",
    "summary first.jsonl --json none/x.json",
    "summary first.jsonl --json .",
    "summary first.jsonl --json x.json --html first.jsonl",
    "summary first.jsonl --json x.json --html none/x.html",
  };

  (void)state;
  save(first, "first.jsonl");
  for (size_t i = 0U; i < sizeof(lines) / sizeof(*lines); ++i) {
    Process process = cli_run(lines[i], NULL);
    if (process.status != 1 || *process.out ||
        !is_sentence(process.err, "can't be written", "")) {
      fail_msg("%s: %d, %s", lines[i], process.status, process.err);
    }
    process_free(&process);
  }
  const Folder here = { "." };
  assert_int_equal(folder_count(&here), 1U);
}

/// A page that --html FILE wrote, which the test frees, after xmllint saw it.
static char*
write_page(const char* const results)
{
  char line[256];
  (void)snprintf(line, sizeof(line), "summary --html x.html %s", results);
  Process process = cli_expect(0, line);
  process_free(&process);
  xml_expect("x.html");

  Bytes bytes          = bytes_load("x.html");
  bytes.bytes[bytes.n] = '\0';
  assert_int_equal(strlen((const char*)bytes.bytes), bytes.n);
  return (char*)bytes.bytes;
}

/// What the page's script reads, which the test releases.
static json_t*
page_data(const char* const page)
{
  const char* const begin = strstr(page, "id=\"data\">");
  assert_non_null(begin);
  const char* const end = strstr(begin, "</script>");
  assert_non_null(end);
  json_t* const data =
    json_loadb(begin + 10, (size_t)(end - begin - 10), 0U, NULL);
  assert_non_null(data);
  return data;
}

static void
a_page_has_graphs_and_all_files(void** const state)
{
  static const char* const parts[] = {
    "<h1>Timbrel summary</h1>",
    "<dt>recordings</dt><dd>4</dd>",
    "<dt>of the notes are unknown</dt><dd>33.3 %</dd>",
    "<dt>files have no label</dt><dd>3</dd>",
    "<h2>Instruments</h2>",
    "violin</th><td>2</td><td>33.3&#160;%</td><td>2</td><td>0.50</td>",
    "<h2>Families</h2>",
    "<text x=\"119\" y=\"14\" text-anchor=\"end\">strings</text>",
    "<h2>Confidence</h2>",
    "<th scope=\"row\">90 to 100&#160;%</th><td>2</td><td>0</td><td>0</td>",
    "<h2>Errors</h2>",
    "<th scope=\"row\">2</th><td>not a sound file</td>",
    "<h2>Files</h2>",
  };

  (void)state;
  save(first, "first.jsonl");
  char* const page = write_page("first.jsonl");
  for (size_t i = 0U; i < sizeof(parts) / sizeof(*parts); ++i) {
    if (!strstr(page, parts[i])) {
      fail_msg("there is no %s", parts[i]);
    }
  }

  json_t* const       data  = page_data(page);
  const json_t* const files = json_object_get(data, "files");
  const json_t* const kinds = json_object_get(data, "kinds");
  const json_t* const a     = json_array_get(files, 0U);
  const json_t* const bad   = json_array_get(files, 2U);
  const json_t* const kind =
    json_array_get(kinds, (size_t)json_integer_value(json_array_get(a, 1U)));
  assert_int_equal(json_array_size(files), 7U);
  assert_string_equal(json_string_value(json_array_get(a, 0U)), "a.wav");
  assert_string_equal(json_string_value(json_array_get(kind, 0U)), "violin");
  assert_string_equal(json_string_value(json_array_get(kind, 1U)), "strings");
  assert_true(json_real_value(json_array_get(a, 2U)) == 0.8);
  assert_int_equal(json_integer_value(json_array_get(a, 3U)), 3);
  assert_true(json_real_value(json_array_get(a, 4U)) == 1800.0);
  assert_string_equal(json_string_value(json_array_get(bad, 0U)), "bad.wav");
  assert_string_equal(json_string_value(json_array_get(bad, 1U)),
                      "not a sound file");
  json_decref(data);
  free(page);
}

static void
a_page_of_nothing_is_a_page(void** const state)
{
  (void)state;
  save("", "x.jsonl");
  char* const page = write_page("x.jsonl");
  assert_null(strstr(page, "nan"));
  assert_null(strstr(page, "<svg"));
  json_t* const data = page_data(page);
  assert_int_equal(json_array_size(json_object_get(data, "files")), 0U);
  json_decref(data);
  free(page);
}

static void
any_text_is_only_text(void** const state)
{
#define ODD "</script><b>\\\"a\\\" & 'b'</b><!--]]>\\u001B%s"
  static const char shown[] =
    "</script><b>\"a\" & 'b'</b><!--]]>\xEF\xBF\xBD%s";

  (void)state;
  save(NOTE(ODD, "<i>", "\"<u>\"", "1") HEARD(ODD, "<i>", "\"<u>\"", "1", "1")
         FAILED("x" ODD, ODD),
       "x.jsonl");
  char* const         page  = write_page("x.jsonl");
  json_t* const       data  = page_data(page);
  const json_t* const files = json_object_get(data, "files");
  const json_t* const file  = json_array_get(files, 0U);
  const json_t* const bad   = json_array_get(files, 1U);
  assert_string_equal(json_string_value(json_array_get(file, 0U)), shown);
  assert_string_equal(json_string_value(json_array_get(bad, 1U)), shown);
  assert_non_null(strstr(page, "<th scope=\"row\">&lt;i&gt;</th>"));
  assert_non_null(strstr(page, "<td>&lt;/script&gt;&lt;b&gt;"));
  assert_null(strstr(page, "<b>"));
  assert_null(strstr(page, "<i>"));
  assert_null(strstr(page, "<u>"));
  assert_null(strchr(page, '\x1B'));
  json_decref(data);
  free(page);

  Process process = cli_expect(0, "summary x.jsonl");
  assert_null(strchr(process.out, '\x1B'));
  process_free(&process);
}

static void
a_page_asks_for_nothing_else(void** const state)
{
  static const char* const outside[] = { "<link", "<img",  "src=",  "@import",
                                         "url(",  "fetch", "https:" };

  (void)state;
  report_save_results("x.jsonl", 300U);
  char* const page = write_page("x.jsonl");
  for (size_t i = 0U; i < sizeof(outside) / sizeof(*outside); ++i) {
    if (strstr(page, outside[i])) {
      fail_msg("there is %s", outside[i]);
    }
  }
  assert_non_null(strstr(page, "default-src 'none'"));
  free(page);
}

/// Write results of `n_files` recordings with `n_notes` each.
static void
save_many(const unsigned n_files, const unsigned n_notes)
{
  FILE* const file = fopen("many.jsonl", "w");
  assert_non_null(file);
  for (unsigned i = 0U; i < n_files; ++i) {
    for (unsigned j = 0U; j < n_notes; ++j) {
      (void)fprintf(file,
                    "{\"type\":\"note\",\"file\":\"%u.wav\",\"onset\":%u,"
                    "\"duration\":1,\"label\":\"instrument %u\","
                    "\"family\":null,\"confidence\":%.2f,\"program\":1,"
                    "\"alternatives\":[]}\n",
                    i,
                    j,
                    j % 27U,
                    0.01 * (j % 100U));
    }
    (void)fprintf(
      file, HEARD("%u.wav", "instrument 0", "null", "0.5", "100"), i);
  }
  assert_int_equal(fclose(file), 0);
}

static void
memory_is_for_files_and_not_for_notes(void** const state)
{
  (void)state;
  struct rlimit       before;
  const struct rlimit small = { 6U << 20U, RLIM_INFINITY };
  save_many(100U, 999U);
  struct stat info;
  assert_int_equal(stat("many.jsonl", &info), 0);
  assert_true(info.st_size > (off_t)(2U * small.rlim_cur));

  assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
#ifndef TMB_SANITIZED // Whose shadow takes more
  assert_int_equal(setrlimit(RLIMIT_DATA, &small), 0);
#endif
  json_t* const json = summarise(0, "many.jsonl");
  assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
  assert_true(number(json, "recordings") == 100.0);
  assert_true(number(json, "notes") == 99900.0);
  assert_true(number(json, "seconds") == 10000.0);

  // 999 notes hold instrument 0 exactly 37 times
  assert_true(number(find(json, "instruments", "label", "instrument 0"),
                     "notes") == 3700.0);
  json_decref(json);
}

/// Add rows of two files and finish; what the first failure is.
static TmbStatus
add_two(TmbSummary* const self)
{
  static const TmbResultRow rows[] = {
    { NULL, TMB_RESULT_NOTE, "a", "harp", "plucked", 1.0, 0.0, NULL },
    { NULL, TMB_RESULT_FILE, "a", "harp", "plucked", 1.0, 1.0, NULL },
    { NULL, TMB_RESULT_ERROR, "b", NULL, "", 0.0, 0.0, "lost" },
  };

  TmbStatus status = self ? TMB_OK : TMB_NO_MEMORY;
  for (size_t i = 0U; !status && i < sizeof(rows) / sizeof(*rows); ++i) {
    status = tmb_summary_add(self, &rows[i], NULL);
  }
  return status ? status : tmb_summary_finish(self);
}

static void
a_failed_allocation_is_told(void** const state)
{
  (void)state;
  bool      has_failed = true;
  TmbStatus status     = TMB_NO_MEMORY;
  unsigned  n          = 0U;
  for (; has_failed; ++n) {
    alloc_fail_from(n);
    TmbSummary* const self = tmb_summary_new();
    status                 = add_two(self);
    has_failed             = alloc_restore();
    assert_int_equal(status, has_failed ? TMB_NO_MEMORY : TMB_OK);
    tmb_summary_free(self);
  }
  assert_true(n > 8U);
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "summary", "which results" },
    { "summary first.jsonl --json", "--json needs a value" },
    { "summary first.jsonl --sing", "unknown option --sing" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }
  cli_expect_help("summary");
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(what_was_found_is_added_up),
    TEST(a_table_tells_it_to_people),
    TEST(of_one_recording_the_last_result_counts),
    TEST(a_line_that_is_no_row_costs_nothing_else),
    TEST(many_such_lines_are_counted),
    TEST(a_run_that_was_cut_off_is_told),
    TEST(a_last_row_needs_no_newline),
    TEST(nothing_gives_no_nan),
    TEST(a_file_that_cannot_be_read_costs_nothing_else),
    TEST(results_are_not_written_over),
    TEST(a_page_has_graphs_and_all_files),
    TEST(a_page_of_nothing_is_a_page),
    TEST(any_text_is_only_text),
    TEST(a_page_asks_for_nothing_else),
    TEST(memory_is_for_files_and_not_for_notes),
    TEST(a_failed_allocation_is_told),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
