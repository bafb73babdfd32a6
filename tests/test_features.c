// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel features`, as it is called

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/feature_files.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/notes.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "tests/support/signals.h"
#include "tests/support/tone.h"
#include "tests/support/toy_corpus.h"

#include <jansson.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

static void
rows_of_notes_are_what_the_network_gets(void** const state)
{
  (void)state;
  features_write("features --model " CLI_MODEL " --decision 80 good.wav "
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
  Bytes        rows   = feature_array("X.npy", "<f4", "(3, 13)");
  Bytes        labels = feature_array("X.labels.npy", "<i4", "(3,)");
  assert_int_equal(n, 13U);
  char table[512] = "file,onset,duration,class,source\r\n";
  for (size_t i = 0U; i < CLI_NOTES; ++i) {
    const Note* const note   = &notes.notes[i];
    const double      left_s = (double)(heard.n - note->onset) / 44100.0;
    assert_memory_equal(rows.bytes + (i * n * sizeof(float)),
                        note->features.y,
                        n * sizeof(float));
    assert_int_equal(feature_int(&labels, i), -1);
    (void)snprintf(table + strlen(table),
                   sizeof(table) - strlen(table),
                   "\"good.wav\",%.6f,%.6f,,\r\n",
                   (double)note->onset / 44100.0,
                   fmin((double)note->duration / 44100.0, left_s));
  }
  file_expect_text("X.csv", table);
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
  features_write("features --model " CLI_MODEL " good.wav -o X.npy");

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
  features_write("features toy -o A.npy");
  features_write("features listed -o B.npy");
  features_write("features listed/manifest.csv -o C.npy");
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
  labels.n -= FEATURE_HEADER;
  memmove(labels.bytes, labels.bytes + FEATURE_HEADER, labels.n);
  assert_non_null(fgets(line, sizeof(line), table));
  size_t n = 0U;
  for (; fgets(line, sizeof(line), table); ++n) {
    char end[64];
    (void)snprintf(
      end, sizeof(end), ",\"%s\",\"", names[feature_int(&labels, n)]);
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
  features_write("features mixed mixed/organ/a.wav -o X.npy");

  static const int32_t expected[] = { 0, -1, -1, -1, -1 };
  Bytes                labels = feature_array("X.labels.npy", "<i4", "(5,)");
  for (size_t i = 0U; i < 5U; ++i) {
    assert_int_equal(feature_int(&labels, i), expected[i]);
  }
  bytes_free(&labels);
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
    features_write(line);
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
    TEST(what_cannot_be_read_is_reported_and_left_out),
    TEST(nothing_is_written_if_there_are_no_rows),
    TEST(what_is_read_is_not_replaced),
    TEST(a_manifest_is_not_replaced_by_the_table),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
