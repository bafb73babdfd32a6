// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel spectrogram`, as it is called, with the gnuplot of the PATH

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"
#include "trainer/gnuplot.h"
#include "trainer/spectrogram_notes.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAW "spectrogram --model " CLI_MODEL " --threshold 0 "
#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

/// Run and demand status 0 and no output.
static void
draw(const char* const line)
{
  Process process = cli_expect(0, line);
  assert_string_equal(process.out, "");
  process_free(&process);
}

static uint32_t
big_endian(const uint8_t* const bytes)
{
  return ((uint32_t)bytes[0] << 24U) | ((uint32_t)bytes[1] << 16U) |
         ((uint32_t)bytes[2] << 8U) | bytes[3];
}

/// Demand a PNG of this size, and colours in it.
static void
expect_png(const char* const path, const uint32_t width, const uint32_t height)
{
  Bytes bytes = bytes_load(path);
  assert_true(bytes.n > 5000U);
  assert_memory_equal(bytes.bytes, "\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16U);
  assert_int_equal(big_endian(bytes.bytes + 16), width);
  assert_int_equal(big_endian(bytes.bytes + 20), height);
  assert_memory_equal(bytes.bytes + bytes.n - 8U, "IEND\xAE\x42\x60\x82", 8U);
  bytes_free(&bytes);
}

static void
a_png_has_the_size_that_was_asked_for(void** const state)
{
  (void)state;
  draw(DRAW "good.wav -o a.png");
  expect_png("a.png", 1200U, 600U);
  draw(DRAW "good.wav -o B.PNG --width 640 --height 360 --bands 32");
  expect_png("B.PNG", 640U, 360U);
  draw(DRAW "good.wav -o c.png --start 0.25 --end 0.75");
  expect_png("c.png", 1200U, 600U);

  const Folder here = { "." };
  assert_int_equal(folder_count(&here), 5U); // With the model and good.wav
}

/// Demand that tags are closed in order, and that nothing else looks like one.
static void
expect_well_formed(const char* const text)
{
  enum { MAX_DEPTH = 32 };
  const char* names[MAX_DEPTH]   = { NULL };
  size_t      lengths[MAX_DEPTH] = { 0U };
  size_t      depth              = 0U;
  for (const char* at = strchr(text, '<'); at; at = strchr(at, '<')) {
    const char* const name = at + 1 + (at[1] == '/');
    const size_t      n    = strcspn(name, " \n\t/>");
    const char* const end  = strchr(at, '>');
    assert_non_null(end);
    if (at[1] == '/') {
      if (!depth--) {
        fail_msg("%.20s closes nothing", at);
        return;
      }
      assert_int_equal(lengths[depth], n);
      assert_memory_equal(names[depth], name, n);
    } else if (at[1] != '?' && at[1] != '!' && end[-1] != '/') {
      assert_true(n && depth < MAX_DEPTH);
      names[depth]     = name;
      lengths[depth++] = n;
    }
    at = end;
  }
  assert_int_equal(depth, 0U);

  for (const char* at = strchr(text, '&'); at; at = strchr(at + 1, '&')) {
    const size_t n = strcspn(at, ";< \n");
    assert_true(n >= 3U && n <= 6U && at[n] == ';');
  }
}

/// A file as a string, which the test frees.
static char*
load_text(const char* const path)
{
  Bytes bytes          = bytes_load(path);
  bytes.bytes[bytes.n] = '\0';
  assert_int_equal(strlen((const char*)bytes.bytes), bytes.n);
  return (char*)bytes.bytes;
}

static char*
load_svg(const char* const path)
{
  char* const text = load_text(path);
  assert_memory_equal(text, "<?xml ", 6U);
  expect_well_formed(text);
  return text;
}

static unsigned
count_texts(const char* const text, const char* const part)
{
  unsigned n = 0U;
  for (const char* at = strstr(text, part); at; at = strstr(at + 1, part)) {
    ++n;
  }
  return n;
}

static void
an_svg_holds_names_axes_and_units(void** const state)
{
  (void)state;
  draw(DRAW "good.wav -o x.svg");
  char* const svg = load_svg("x.svg");
  assert_non_null(strstr(svg, "width=\"1200\" height=\"600\""));
  assert_non_null(strstr(svg, "good.wav"));
  assert_non_null(strstr(svg, "time (s)"));
  assert_non_null(strstr(svg, "frequency (Hz)"));
  assert_non_null(strstr(svg, "level (dBFS)"));
  assert_non_null(strstr(svg, "<text>1000</text>"));
  assert_int_equal(count_texts(svg, "violin</text>") +
                     count_texts(svg, "percussion</text>") +
                     count_texts(svg, "Orgel \"groß\"</text>"),
                   CLI_NOTES);
  assert_null(strstr(svg, "unknown"));
  free(svg);

  draw("spectrogram --model " CLI_MODEL " --threshold 1 good.wav -o x.svg");
  char* const doubtful = load_svg("x.svg");
  assert_int_equal(count_texts(doubtful, "unknown"), CLI_NOTES);
  free(doubtful);
}

static void
only_notes_of_the_part_are_marked(void** const state)
{
  (void)state;
  draw("spectrogram --model " CLI_MODEL
       " --threshold 1 good.wav -o x.svg --start 0.3 --end 0.8");
  char* const svg = load_svg("x.svg");
  assert_int_equal(count_texts(svg, "unknown"), 1U);
  assert_non_null(strstr(svg, "<text>0.3</text>"));
  assert_non_null(strstr(svg, "<text>0.8</text>"));
  free(svg);
}

static void
a_name_of_any_bytes_is_no_command(void** const state)
{
  static const char name[] = "'`touch a`\"{_}^\\\n%d <&>; $(touch b) \xF6.wav";

  (void)state;
  assert_int_equal(rename("good.wav", name), 0);
  const char* const arguments[] = { process_command(), "spectrogram", "--model",
                                    CLI_MODEL,         name,          "-o",
                                    "x.svg",           NULL };
  Process           process     = process_run(arguments, NULL);
  assert_string_equal(process.err, "");
  assert_int_equal(process.status, 0);
  process_free(&process);

  char* const svg = load_svg("x.svg");
  assert_non_null(strstr(svg,
                         "'`touch a`\"{_}^\\\xEF\xBF\xBD%d &lt;&amp;>; "
                         "$(touch b) \xEF\xBF\xBD.wav"));
  assert_int_not_equal(access("a", F_OK), 0);
  assert_int_not_equal(access("b", F_OK), 0);
  free(svg);
}

static void
a_text_for_gnuplot_is_one_constant(void** const state)
{
  static const struct {
    const char* text;
    const char* constant;
  } rows[] = {
    { "", "\"\"" },
    { "violin 1", "\"violin 1\"" },
    { "a_b.wav", "\"a\\137b\\056wav\"" },
    { "take-01.wav", "\"take\\055\\060\\061\\056wav\"" },
    { "`'\"\\", "\"\\140\\047\\042\\134\"" },
    { "a\nb",
      "\"a\xEF\xBF\xBD"
      "b\"" },
    { "\xC3\xA9\xFF", "\"\xC3\xA9\xEF\xBF\xBD\"" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char  text[64] = "";
    FILE* file     = fmemopen(text, sizeof(text), "w");
    assert_non_null(file);
    tmb_gnuplot_text(file, rows[i].text);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, rows[i].constant);
  }
}

static void
any_recording_can_be_drawn(void** const state)
{
  static const struct {
    const char* file;
    int         format;
    int         rate_hz;
    int         n_channels;
    unsigned    n_notes;
  } rows[] = {
    { "silence.wav", WAV_16, 44100, 1, 0U },
    { "low.wav", WAV_16, 8000, 1, 2U },
    { "high.wav", WAV_16, 384000, 2, 2U },
    { "stream.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 48000, 1, 3U },
    { "long.wav", WAV_16, 8000, 1, 120U },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[256];
    (void)tone_write(rows[i].file,
                     rows[i].format,
                     rows[i].rate_hz,
                     rows[i].n_channels,
                     rows[i].n_notes);
    (void)snprintf(line, sizeof(line), DRAW "%s -o x.png", rows[i].file);
    draw(line);
    expect_png("x.png", 1200U, 600U);
  }

  // A hundredth of a second
  draw(DRAW "low.wav -o x.png --start 0.2 --end 0.21");
  expect_png("x.png", 1200U, 600U);
}

/// The commands that mark `n` notes of one name, evenly over ten seconds.
static char*
mark_notes(const size_t n, const char* const label)
{
  TmbPlotNote* const notes = (TmbPlotNote*)calloc(n + 1U, sizeof(TmbPlotNote));
  FILE* const        file  = fopen("marks", "w");
  assert_non_null(notes);
  assert_non_null(file);
  for (size_t i = 0U; i < n; ++i) {
    notes[i] = (TmbPlotNote){ 10.0 * (double)i / (double)n, label };
  }

  const TmbPlotNotes marks = { notes, n,     0.0,  10.0, 100U,
                               1100U, 1200U, 600U, 44U };
  assert_true(tmb_plot_notes_height(&marks) <= 60U);
  tmb_plot_notes_write(&marks, file);
  assert_int_equal(fclose(file), 0);
  free(notes);
  return load_text("marks");
}

static void
names_that_find_no_room_are_left_out(void** const state)
{
  static const struct {
    size_t   n;
    unsigned n_lines;
    unsigned n_names;
  } rows[] = {
    { 0U, 0U, 0U },    { 1U, 1U, 1U },
    { 10U, 10U, 10U }, // 100 pixels each, on one row
    { 30U, 30U, 23U }, // 33 pixels each: every fourth finds no row free
    { 101U, 0U, 1U },  // Too many: a summary
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char* const text = mark_notes(rows[i].n, "viola");
    assert_int_equal(count_texts(text, "graph 0 to"), rows[i].n_lines);
    assert_int_equal(count_texts(text, "set label \"viola\""),
                     rows[i].n_lines ? rows[i].n_names : 0U);
    free(text);
  }

  // Names of almost half the axis: three, then two when these have ended, since
  // one more would not fit the picture
  char* const wide = mark_notes(
    30U, "viola viola viola viola viola viola viola viola viola viola viola");
  assert_int_equal(count_texts(wide, "set label \"viola"), 5U);
  free(wide);

  char* const many = mark_notes(2000U, NULL);
  assert_non_null(strstr(many, "\"2000 notes\\072 2000 unknown\""));
  free(many);
}

static void
a_missing_gnuplot_is_named_with_its_package(void** const state)
{
  (void)state;
  const Folder       here    = { "." };
  const ProcessSetup nowhere = { .environment = "PATH=/nowhere" };
  Process            process = cli_run(DRAW "good.wav -o x.png", &nowhere);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "gnuplot", "package gnuplot-nox"));
  assert_int_equal(folder_count(&here), 2U);
  process_free(&process);
}

static void
a_gnuplot_that_fails_leaves_the_old_picture(void** const state)
{
  static const struct {
    const char* script;
    const char* reason;
  } rows[] = {
    { "echo odd >&2\nexit 3\n", "gnuplot failed with status 3: odd" },
    { "cat >/dev/null\necho half a picture\n", "no whole picture" },
    { "cat >/dev/null\n", "no whole picture" },
    { "kill -9 $$\n", "gnuplot was ended by signal 9" },
  };

  (void)state;
  assert_int_equal(mkdir("bin", 0700), 0);
  bytes_save("old", 3U, "x.png");
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char script[256];
    (void)snprintf(script,
                   sizeof(script),
                   "#!/bin/sh\nPATH=/usr/bin:/bin\n%s",
                   rows[i].script);
    bytes_save(script, strlen(script), "bin/gnuplot");
    assert_int_equal(chmod("bin/gnuplot", 0700), 0);

    const Folder       here    = { "." };
    const ProcessSetup fake    = { .environment = "PATH=bin" };
    Process            process = cli_run(DRAW "good.wav -o x.png", &fake);
    if (process.status != 1 || !is_sentence(process.err, rows[i].reason, "")) {
      fail_msg("%s: %d, %s", rows[i].script, process.status, process.err);
    }
    process_free(&process);

    Bytes bytes = bytes_load("x.png");
    assert_int_equal(bytes.n, 3U);
    assert_int_equal(folder_count(&here), 4U);
    bytes_free(&bytes);
  }
}

static void
what_cannot_be_drawn_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* reason;
  } rows[] = {
    { DRAW "missing.wav -o x.png", "missing.wav: No such file" },
    { DRAW CLI_MODEL " -o x.png", "not a sound file" },
    { DRAW "good.wav -o x.png --start 1.4", "good.wav: it ends before 1.4 s" },
    { DRAW "cut.flac -o x.png", "cut.flac: the file is " },
    { DRAW "good.wav -o missing/x.png", "missing/x.png can't be written: No" },
    { DRAW "good.wav -o folder.png", "folder.png can't be written: Is a" },
    { "spectrogram --model none good.wav -o x.png", "none: No such file" },
  };

  (void)state;
  (void)tone_write(
    "whole", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 1, CLI_NOTES);
  Bytes bytes = bytes_load("whole");
  bytes_save(bytes.bytes, bytes.n / 2U, "cut.flac");
  bytes_free(&bytes);
  assert_int_equal(mkdir("folder.png", 0700), 0);

  const Folder   here = { "." };
  const unsigned n    = folder_count(&here);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_run(rows[i].line, NULL);
    if (process.status != 1 || *process.out ||
        !is_sentence(process.err, rows[i].reason, "") ||
        folder_count(&here) != n) {
      fail_msg("%s: %d, %s", rows[i].line, process.status, process.err);
    }
    process_free(&process);
  }
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "spectrogram -o x.png", "which recording" },
    { "spectrogram a.wav b.wav -o x.png", "which recording" },
    { "spectrogram good.wav", "which picture" },
    { "spectrogram good.wav -o x.jpg", ".png or .svg, not \"x.jpg\"" },
    { "spectrogram good.wav -o .png", "\".png\"" },
    { "spectrogram good.wav -o x.png --start 2 --end 1", "--start must be" },
    { "spectrogram good.wav -o x.png --start -1", "\"-1\"" },
    { "spectrogram good.wav -o x.png --width 10", "--width takes" },
    { "spectrogram good.wav -o x.png --bands 2.5", "whole number" },
    { "spectrogram good.wav -o x.png --threshold 2", "\"2\"" },
    { "spectrogram good.wav -o x.png --sing", "unknown option --sing" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }

  cli_expect_help("spectrogram");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_png_has_the_size_that_was_asked_for),
    TEST(an_svg_holds_names_axes_and_units),
    TEST(only_notes_of_the_part_are_marked),
    TEST(a_name_of_any_bytes_is_no_command),
    cmocka_unit_test(a_text_for_gnuplot_is_one_constant),
    TEST(any_recording_can_be_drawn),
    TEST(names_that_find_no_room_are_left_out),
    TEST(a_missing_gnuplot_is_named_with_its_package),
    TEST(a_gnuplot_that_fails_leaves_the_old_picture),
    TEST(what_cannot_be_drawn_is_one_sentence),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("spectrogram", tests, NULL, NULL);
}
