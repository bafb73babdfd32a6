// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel features --rows frames`, as it is called

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/feature_files.h"
#include "tests/support/files.h"
#include "tests/support/npy.h"
#include "tests/support/scratch.h"
#include "tests/support/signals.h"
#include "tests/support/tone.h"

#include <jansson.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAV_16 (SF_FORMAT_WAV | SF_FORMAT_PCM_16)

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
      const float found    = feature_float(rows, (t * n_columns) + first + k);
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
    features_write(line);

    Bytes array =
      feature_array(folder_file(&folder, "X.npy"), "<f4", rows[i].shape);
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
  features_write("features --rows frames long.wav good.wav -o A.npy");
  features_write("features --rows frames --deltas 1 long.wav good.wav -o "
                 "B.npy");

  const size_t n = 707U + 121U;
  Bytes        a = feature_array("A.npy", "<f4", "(828, 13)");
  Bytes        b = feature_array("B.npy", "<f4", "(828, 26)");
  for (size_t i = 0U; i < n; ++i) {
    assert_memory_equal(a.bytes + (i * 13U * sizeof(float)),
                        b.bytes + (i * 26U * sizeof(float)),
                        13U * sizeof(float));
  }
  bytes_free(&b);
  bytes_free(&a);
  file_expect_text("A.csv",
                   "file,first_row,rows,rate,seconds,class\r\n"
                   "\"long.wav\",0,707,44100,8.200000,\r\n"
                   "\"good.wav\",707,121,44100,1.400000,\r\n");
}

static void
onsets_of_frames_are_the_detectors(void** const state)
{
  (void)state;
  features_write("features --rows frames good.wav -o X.npy");

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
  features_write("features --rows frames --window 40 --hop 10 --lifter 22 "
                 "--scale htk --norm none low.wav high.wav -o X.npy");
  file_expect_text("X.csv",
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

/// At 44.1 kHz the hop is half a sample longer than the rounded window.
static void
windows_may_lie_end_to_end_at_any_rate(void** const state)
{
  (void)state;
  features_write("features --rows frames --window 25 --hop 25 good.wav "
                 "-o X.npy");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(rows_of_frames_are_those_of_librosa),
    TEST(frames_do_not_depend_on_how_they_are_held),
    TEST(onsets_of_frames_are_the_detectors),
    TEST(recordings_of_any_rate_go_together),
    TEST(windows_may_lie_end_to_end_at_any_rate),
  };
  return cmocka_run_group_tests_name("features_frames", tests, NULL, NULL);
}
