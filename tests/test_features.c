// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel features`, as it is called

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/notes.h"
#include "tests/support/npy.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/signals.h"
#include "tests/support/tone.h"
#include "tests/support/toy_corpus.h"

#include <jansson.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 128U
#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

/// The values of an array, whose shape is demanded.
static Bytes
load_array(const char* const path, const char* const type, const char* shape)
{
  char  header[HEADER_BYTES] = "";
  Bytes bytes                = bytes_load(path);
  (void)snprintf(header,
                 sizeof(header),
                 "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                 type,
                 shape);
  assert_true(bytes.n >= HEADER_BYTES);
  if (memcmp(bytes.bytes + 10, header, strlen(header)) != 0) {
    fail_msg("%s is %.117s, not %s", path, bytes.bytes + 10, header);
  }
  bytes.n -= HEADER_BYTES;
  memmove(bytes.bytes, bytes.bytes + HEADER_BYTES, bytes.n);
  return bytes;
}

static float
float_at(const Bytes* const array, const size_t i)
{
  float value = 0.0f;
  assert_true((i + 1U) * sizeof(value) <= array->n);
  memcpy(&value, array->bytes + (i * sizeof(value)), sizeof(value));
  return value;
}

static int32_t
int_at(const Bytes* const array, const size_t i)
{
  int32_t value = 0;
  assert_true((i + 1U) * sizeof(value) <= array->n);
  memcpy(&value, array->bytes + (i * sizeof(value)), sizeof(value));
  return value;
}

/// Demand the whole text of a file.
static void
expect_text(const char* const path, const char* const text)
{
  Bytes bytes          = bytes_load(path);
  bytes.bytes[bytes.n] = '\0';
  assert_string_equal((const char*)bytes.bytes, text);
  bytes_free(&bytes);
}

/// Run and demand status 0 and no output.
static void
write_features(const char* const line)
{
  Process process = cli_expect(0, line);
  assert_string_equal(process.out, "");
  process_free(&process);
}

static void
rows_of_notes_are_what_the_network_gets(void** const state)
{
  (void)state;
  write_features("features --model " CLI_MODEL " --decision 80 good.wav "
                 "-o X.npy");

  SF_INFO        info = { 0 };
  SNDFILE* const file = sf_open("good.wav", SFM_READ, &info);
  assert_non_null(file);
  Signal heard = signal_new((uint32_t)info.frames);
  assert_int_equal(sf_readf_float(file, heard.y, info.frames), info.frames);
  (void)sf_close(file);

  TmbExtractor* extractor = NULL;
  assert_int_equal(tmb_extractor_new(&test_front_end, 44100.0, &extractor),
                   TMB_OK);
  Signal signal = signal_with_tail(extractor, &heard);
  Notes  notes  = notes_collect(extractor, &test_front_end, &signal, 64U);
  assert_int_equal(notes.n, CLI_NOTES);

  const size_t n      = tmb_front_end_features(&test_front_end);
  Bytes        rows   = load_array("X.npy", "<f4", "(3, 13)");
  Bytes        labels = load_array("X.labels.npy", "<i4", "(3,)");
  assert_int_equal(n, 13U);
  char table[512] = "file,onset,duration,class,source\r\n";
  for (size_t i = 0U; i < CLI_NOTES; ++i) {
    const Note* const note   = &notes.notes[i];
    const double      left_s = (double)(heard.n - note->onset) / 44100.0;
    assert_memory_equal(rows.bytes + (i * n * sizeof(float)),
                        note->features.y,
                        n * sizeof(float));
    assert_int_equal(int_at(&labels, i), -1);
    (void)snprintf(table + strlen(table),
                   sizeof(table) - strlen(table),
                   "\"good.wav\",%.6f,%.6f,,\r\n",
                   (double)note->onset / 44100.0,
                   fmin((double)note->duration / 44100.0, left_s));
  }
  expect_text("X.csv", table);
  bytes_free(&labels);
  bytes_free(&rows);
  notes_free(&notes);
  signal_free(&signal);
  signal_free(&heard);
  tmb_extractor_free(extractor);
}

static void
the_settings_of_notes_tell_the_whole_front_end(void** const state)
{
  (void)state;
  write_features("features --model " CLI_MODEL " good.wav -o X.npy");

  json_t* const       about    = json_of_file("X.json");
  const json_t* const shape    = json_object_get(about, "shape");
  const json_t* const settings = json_object_get(about, "settings");
  json_t* const       written  = json_object_get(settings, "front_end");
  assert_string_equal(row_text(about, "creator"), "timbrel " TMB_VERSION);
  assert_string_equal(row_text(about, "rows"), "notes");
  assert_string_equal(row_text(settings, "model"), CLI_MODEL);
  assert_int_equal(row_number(about, "format"), 1);
  assert_int_equal(row_number(settings, "decision_ms"), 80);
  assert_int_equal(json_integer_value(json_array_get(shape, 0U)), CLI_NOTES);
  assert_int_equal(json_integer_value(json_array_get(shape, 1U)), 13);
  assert_int_equal(json_array_size(json_object_get(about, "skipped")), 0U);

  // As the model's own file has it
  TmbModel*  model = NULL;
  TmbMessage why;
  assert_int_equal(tmb_model_load(CLI_MODEL, &model, &why), TMB_OK);
  json_t* const expected =
    json_loads(tmb_model_metadata(model, TMB_KEY_FRONT_END), 0, NULL);
  assert_non_null(expected);
  assert_true(json_equal(written, expected));
  json_decref(expected);
  tmb_model_free(model);
  json_decref(about);
}

static void
folders_and_manifests_give_the_same_classes(void** const state)
{
  (void)state;
  toy_corpus_write("toy", 2U);
  toy_corpus_write("listed", 2U);
  toy_corpus_write_manifest("listed", 2U);
  write_features("features toy -o A.npy");
  write_features("features listed -o B.npy");
  write_features("features listed/manifest.csv -o C.npy");
  assert_true(files_are_equal("A.npy", "B.npy"));
  assert_true(files_are_equal("A.npy", "C.npy"));
  assert_true(files_are_equal("A.labels.npy", "B.labels.npy"));
  assert_true(files_are_equal("B.csv", "C.csv"));

  json_t* const       about   = json_of_file("A.json");
  const json_t* const classes = json_object_get(about, "classes");
  const char* const   names[] = { "noise", "saw", "sine" };
  assert_int_equal(json_array_size(classes), 3U);
  for (size_t i = 0U; i < 3U; ++i) {
    assert_string_equal(json_string_value(json_array_get(classes, i)),
                        names[i]);
  }
  json_decref(about);

  // Each line of the table has the class of the label
  FILE* const table = fopen("A.csv", "r");
  assert_non_null(table);
  char  line[256] = "";
  Bytes labels    = bytes_load("A.labels.npy");
  labels.n -= HEADER_BYTES;
  memmove(labels.bytes, labels.bytes + HEADER_BYTES, labels.n);
  assert_non_null(fgets(line, sizeof(line), table));
  size_t n = 0U;
  for (; fgets(line, sizeof(line), table); ++n) {
    char end[64];
    (void)snprintf(end, sizeof(end), ",\"%s\",\"", names[int_at(&labels, n)]);
    assert_non_null(strstr(line, end));
    assert_true(strstr(line, "/left/")
                  ? strstr(line, ",\"left\"\r\n") != NULL
                  : strstr(line, ",\"right\"\r\n") != NULL);
  }
  assert_int_equal(n * sizeof(int32_t), labels.n);
  assert_true(n >= 12U);
  (void)fclose(table);
  bytes_free(&labels);
}

static void
a_file_outside_class_folders_has_no_class(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("mixed", 0700), 0);
  assert_int_equal(mkdir("mixed/organ", 0700), 0);
  assert_int_equal(rename("good.wav", "mixed/top.wav"), 0);
  (void)tone_write("mixed/organ/a.wav", WAV_16, 44100, 1, 1U);
  write_features("features mixed mixed/organ/a.wav -o X.npy");

  static const int32_t expected[] = { 0, -1, -1, -1, -1 };
  Bytes                labels     = load_array("X.labels.npy", "<i4", "(5,)");
  for (size_t i = 0U; i < 5U; ++i) {
    assert_int_equal(int_at(&labels, i), expected[i]);
  }
  bytes_free(&labels);
}

/// Write a signal as it is.
static void
write_signal(const char* const path, const Signal* const signal)
{
  SF_INFO        info = { .samplerate = 22050,
                          .channels   = 1,
                          .format     = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  assert_non_null(file);
  assert_int_equal(sf_writef_float(file, signal->y, signal->n), signal->n);
  assert_int_equal(sf_close(file), 0);
}

/// Demand a golden array, [n][T] or [T], in columns from `first` on.
static void
expect_columns(const Bytes* const rows,
               const size_t       n_columns,
               const size_t       first,
               const char* const  golden,
               const float        tolerance)
{
  NpyArray     array    = npy_load(golden);
  const size_t n_frames = array.n_columns;
  assert_int_equal(rows->n, n_frames * n_columns * sizeof(float));
  for (size_t k = 0U; k < array.n_rows; ++k) {
    for (size_t t = 0U; t < n_frames; ++t) {
      const float expected = array.values[(k * n_frames) + t];
      const float found    = float_at(rows, (t * n_columns) + first + k);
      if (!(fabsf(found - expected) <= tolerance)) {
        fail_msg("%s [%zu][%zu]: %g, not %g",
                 golden,
                 k,
                 t,
                 (double)found,
                 (double)expected);
      }
    }
  }
  npy_free(&array);
}

#define LIBROSA                                                        \
  "--rows=frames --window=92.87981859410431 --hop=23.219954648526077 " \
  "--bands=128 --scale=slaney --norm=area --fmin=0 --fmax=11025 "      \
  "--coefficients=20 --top-db=80 "

static void
rows_of_frames_are_those_of_librosa(void** const state)
{
  static const struct {
    const char* signal;
    const char* shape;
  } rows[] = {
    { "chirp", "(44, 61)" },
    { "dc", "(44, 61)" },
    { "notes", "(87, 61)" },
  };

  (void)state;
  const Folder folder = folder_new();
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char   line[512] = "";
    char   name[64]  = "";
    Signal signal    = signal_golden(rows[i].signal);
    write_signal(folder_file(&folder, "x.wav"), &signal);
    (void)snprintf(line,
                   sizeof(line),
                   "features " LIBROSA "--deltas=2 --onset-strength "
                   "%s/x.wav -o %s/X.npy",
                   folder.path,
                   folder.path);
    write_features(line);

    Bytes array =
      load_array(folder_file(&folder, "X.npy"), "<f4", rows[i].shape);
    (void)snprintf(name, sizeof(name), "%s/mfcc20_lifter0", rows[i].signal);
    expect_columns(&array, 61U, 0U, name, 2e-3f);
    (void)snprintf(name, sizeof(name), "%s/mfcc20_delta1", rows[i].signal);
    expect_columns(&array, 61U, 20U, name, 1e-4f);
    (void)snprintf(name, sizeof(name), "%s/mfcc20_delta2", rows[i].signal);
    expect_columns(&array, 61U, 40U, name, 1e-4f);
    (void)snprintf(name, sizeof(name), "%s/onset_strength", rows[i].signal);
    expect_columns(&array, 61U, 60U, name, 1e-4f);
    bytes_free(&array);
    signal_free(&signal);
  }
  folder_remove(&folder);
}

static void
frames_do_not_depend_on_how_they_are_held(void** const state)
{
  (void)state;
  (void)tone_write("long.wav", WAV_16, 44100, 1, 20U); // More than a block
  write_features("features --rows frames long.wav good.wav -o A.npy");
  write_features("features --rows frames --deltas 1 long.wav good.wav -o "
                 "B.npy");

  const size_t n = 707U + 121U;
  Bytes        a = load_array("A.npy", "<f4", "(828, 13)");
  Bytes        b = load_array("B.npy", "<f4", "(828, 26)");
  for (size_t i = 0U; i < n; ++i) {
    assert_memory_equal(a.bytes + (i * 13U * sizeof(float)),
                        b.bytes + (i * 26U * sizeof(float)),
                        13U * sizeof(float));
  }
  bytes_free(&b);
  bytes_free(&a);
  expect_text("A.csv",
              "file,first_row,rows,rate,seconds,class\r\n"
              "\"long.wav\",0,707,44100,8.200000,\r\n"
              "\"good.wav\",707,121,44100,1.400000,\r\n");
}

static void
onsets_of_frames_are_the_detectors(void** const state)
{
  (void)state;
  write_features("features --rows frames good.wav -o X.npy");

  FILE* const table     = fopen("X.onsets.csv", "r");
  char        line[128] = "";
  unsigned    n         = 0U;
  assert_non_null(table);
  assert_non_null(fgets(line, sizeof(line), table));
  assert_string_equal(line, "file,seconds\r\n");
  for (; fgets(line, sizeof(line), table); ++n) {
    static const char file[] = "\"good.wav\",";
    assert_memory_equal(line, file, strlen(file));
    assert_true(fabs(strtod(line + strlen(file), NULL) - tone_onset(n)) < 0.03);
  }
  assert_int_equal(n, CLI_NOTES);
  (void)fclose(table);
}

static void
recordings_of_any_rate_go_together(void** const state)
{
  (void)state;
  (void)tone_write("low.wav", WAV_16, 8000, 1, 1U);
  (void)tone_write("high.wav", WAV_16, 192000, 2, 1U);
  write_features("features --rows frames --window 40 --hop 10 --lifter 22 "
                 "--scale htk --norm none low.wav high.wav -o X.npy");
  expect_text("X.csv",
              "file,first_row,rows,rate,seconds,class\r\n"
              "\"low.wav\",0,61,8000,0.600000,\r\n"
              "\"high.wav\",61,61,192000,0.600000,\r\n");

  json_t* const       about    = json_of_file("X.json");
  const json_t* const settings = json_object_get(about, "settings");
  assert_true(row_number(settings, "window_s") == 0.04);
  assert_true(row_number(settings, "lifter") == 22.0);
  assert_string_equal(row_text(settings, "scale"), "htk");
  assert_string_equal(row_text(settings, "norm"), "none");
  assert_true(json_is_null(json_object_get(settings, "top_db")));
  json_decref(about);
}

/// A recording that ends in the middle of its sound.
static void
write_damaged(const char* const path)
{
  (void)tone_write(
    "whole", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 1, CLI_NOTES);
  Bytes bytes = bytes_load("whole");
  bytes_save(bytes.bytes, bytes.n * 3U / 4U, path);
  bytes_free(&bytes);
}

static void
what_cannot_be_read_is_reported_and_left_out(void** const state)
{
  static const char* const kinds[] = { "notes", "frames" };

  (void)state;
  write_damaged("damaged.flac");
  bytes_save("Not a sound.\n", 13U, "text.wav");
  assert_int_equal(mkdir("empty", 0700), 0);
  for (size_t i = 0U; i < 2U; ++i) {
    char line[256];
    (void)snprintf(line,
                   sizeof(line),
                   "features --rows %s good.wav good.wav -o A.npy",
                   kinds[i]);
    write_features(line);
    (void)snprintf(line,
                   sizeof(line),
                   "features --rows %s good.wav damaged.flac text.wav "
                   "missing.csv empty good.wav -o B.npy",
                   kinds[i]);
    Process process = cli_run(line, NULL);
    assert_int_equal(process.status, 1);
    assert_string_equal(process.out, "");
    assert_non_null(strstr(process.err, "timbrel: damaged.flac: the file is "));
    assert_non_null(strstr(process.err, "\ntimbrel: text.wav: not a sound"));
    assert_non_null(strstr(process.err, "\ntimbrel: missing.csv: No such"));
    assert_non_null(strstr(process.err, "\ntimbrel: empty: there is no sound"));
    process_free(&process);

    // Nothing of them is left
    assert_true(files_are_equal("A.npy", "B.npy"));
    assert_true(files_are_equal("A.csv", "B.csv"));

    json_t* const       about   = json_of_file("B.json");
    const json_t* const skipped = json_object_get(about, "skipped");
    assert_int_equal(json_array_size(skipped), 4U);
    assert_int_equal(row_number(about, "files"), 2);
    assert_string_equal(row_text(json_array_get(skipped, 1U), "file"),
                        "text.wav");
    assert_non_null(
      strstr(row_text(json_array_get(skipped, 1U), "reason"), "not a sound"));
    json_decref(about);
  }
}

static void
nothing_is_written_if_there_are_no_rows(void** const state)
{
  static const struct {
    const char* line;
    const char* reason;
  } rows[] = {
    { "features missing.wav -o X.npy", "no recording could be read" },
    { "features silence.wav -o X.npy", "there are no notes in these" },
    { "features --rows frames missing.wav -o X.npy", "no recording could be" },
    { "features good.wav -o missing/X.npy", "missing/X.npy can't be written" },
    { "features good.wav -o folder.npy", "folder.npy can't be written: Is a" },
    { "features --model missing good.wav -o X.npy", "missing: No such file" },
    { "features --rows frames --window 500 high.wav -o X.npy",
      "at its rate of 384000 Hz the window is too long" },
  };

  (void)state;
  (void)tone_write("silence.wav", WAV_16, 44100, 1, 0U);
  (void)tone_write("high.wav", WAV_16, 384000, 1, 1U);
  assert_int_equal(mkdir("folder.npy", 0700), 0);
  const Folder   here = { "." };
  const unsigned n    = folder_count(&here);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_run(rows[i].line, NULL);
    if (process.status != 1 || !strstr(process.err, rows[i].reason) ||
        *process.out || folder_count(&here) != n) {
      fail_msg("%s: %d, %s", rows[i].line, process.status, process.err);
    }
    process_free(&process);
  }
}

/// At 44.1 kHz the hop is half a sample longer than the rounded window.
static void
windows_may_lie_end_to_end_at_any_rate(void** const state)
{
  (void)state;
  write_features("features --rows frames --window 25 --hop 25 good.wav "
                 "-o X.npy");
}

static void
what_is_read_is_not_replaced(void** const state)
{
  static const struct {
    const char* line;
    const char* file;
  } rows[] = {
    { "features X.npy -o X.npy", "X.npy" },
    { "features --rows frames X.onsets.csv -o X.npy", "X.onsets.csv" },
    { "features --model X.json good.wav -o X.npy", "X.json" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    bytes_save("path,class\n", 11U, rows[i].file);
    if (strstr(rows[i].line, "--model")) {
      assert_int_equal(remove(rows[i].file), 0);
      assert_int_equal(link(CLI_MODEL, rows[i].file), 0);
    }
    Process process = cli_run(rows[i].line, NULL);
    if (process.status != 1 ||
        !is_sentence(process.err, rows[i].file, "is read")) {
      fail_msg("%s: %d, %s", rows[i].line, process.status, process.err);
    }
    process_free(&process);
  }
}

static void
a_manifest_is_not_replaced_by_the_table(void** const state)
{
  static const char* const lines[] = {
    "features listed/manifest.csv -o listed/manifest.npy",
    "features listed/../listed -o ./listed/manifest.npy",
  };

  (void)state;
  toy_corpus_write("listed", 1U);
  toy_corpus_write_manifest("listed", 1U);
  assert_int_equal(link("listed/manifest.csv", "kept"), 0);
  for (size_t i = 0U; i < 2U; ++i) {
    Process process = cli_run(lines[i], NULL);
    assert_int_equal(process.status, 1);
    assert_true(is_sentence(process.err, "listed/manifest.csv", "is read"));
    assert_true(files_are_equal("listed/manifest.csv", "kept"));
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
    { "features -o X.npy", "which files" },
    { "features good.wav", "which array" },
    { "features good.wav -o X.csv", "ends in .npy" },
    { "features good.wav -o .npy", "ends in .npy" },
    { "features good.wav -o", "-o needs a value" },
    { "features --rows songs good.wav -o X.npy", "\"songs\"" },
    { "features --bands 40 good.wav -o X.npy", "--bands is for --rows frames" },
    { "features --rows frames --model m good.wav -o X.npy",
      "--model is for --rows notes" },
    { "features --rows frames --bands 1.5 good.wav -o X.npy", "whole number" },
    { "features --rows frames --bands 300 good.wav -o X.npy", "\"300\"" },
    { "features --rows frames --scale bark good.wav -o X.npy", "\"bark\"" },
    { "features --rows frames --norm peak good.wav -o X.npy", "\"peak\"" },
    { "features --rows frames --hop 50 good.wav -o X.npy", "--hop can't be" },
    { "features --rows frames --fmin 20000 good.wav -o X.npy", "--fmin must" },
    { "features --rows frames --bands 12 good.wav -o X.npy", "more than --b" },
    { "features --rows frames --deltas 3 good.wav -o X.npy", "\"3\"" },
    { "features --sing good.wav -o X.npy", "unknown option --sing" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }

  cli_expect_help("features");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(rows_of_notes_are_what_the_network_gets),
    TEST(the_settings_of_notes_tell_the_whole_front_end),
    TEST(folders_and_manifests_give_the_same_classes),
    TEST(a_file_outside_class_folders_has_no_class),
    cmocka_unit_test(rows_of_frames_are_those_of_librosa),
    TEST(frames_do_not_depend_on_how_they_are_held),
    TEST(onsets_of_frames_are_the_detectors),
    TEST(recordings_of_any_rate_go_together),
    TEST(what_cannot_be_read_is_reported_and_left_out),
    TEST(nothing_is_written_if_there_are_no_rows),
    TEST(windows_may_lie_end_to_end_at_any_rate),
    TEST(what_is_read_is_not_replaced),
    TEST(a_manifest_is_not_replaced_by_the_table),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
