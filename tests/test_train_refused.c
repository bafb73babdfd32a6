// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel train --features` on what can't be trained on, or not be written

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/npy_file.h"
#include "tests/support/scratch.h"
#include "tests/support/toy_table.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_ROWS 30U
#define N_COLUMNS 4U
#define OUTPUTS "-o m.safetensors --history h.csv --checkpoint c.safetensors "
#define OLD "what was there before"
#define SAVE_BYTES(text, path) bytes_save(text, sizeof(text) - 1U, path)

static const char* const outputs[] = { "m.safetensors",
                                       "h.csv",
                                       "c.safetensors" };

/// Replace values of the good arrays, and save the bad.
static void
save_bad(const char* const path,
         const uint32_t    n_columns,
         const uint32_t    at,
         const double      value)
{
  static double values[N_ROWS * N_COLUMNS];
  for (uint32_t i = 0U; i < N_ROWS * N_COLUMNS; ++i) {
    values[i] = (double)(i % 3U);
  }
  values[at] = value;
  matrix_save(path, "f8", false, N_ROWS, n_columns, values);
}

static void
save_files(void)
{
  static const double one_class[N_ROWS] = { 0.0 };

  toy_table_save("X.npy", "y.npy", N_ROWS, N_COLUMNS, 3U, 1U);
  toy_table_save("wide.npy", "y9.npy", 9U, N_COLUMNS + 1U, 3U, 1U);
  toy_table_save("X9.npy", "y9.npy", 9U, N_COLUMNS, 3U, 1U);
  save_bad("nan.npy", N_COLUMNS, (17U * N_COLUMNS) + 2U, (double)NAN);
  save_bad("inf.npy", N_COLUMNS, (17U * N_COLUMNS) + 2U, (double)INFINITY);
  save_bad("flat.npy", 0U, 5U, 7.0);
  save_bad("whole.npy", 1U, 5U, 0.0);
  save_bad("half.npy", 1U, 5U, 0.5);
  save_bad("below.npy", 0U, 5U, -1.0);
  save_bad("above.npy", 0U, 5U, 1e9);
  save_bad("pairs.npy", 2U, 5U, 0.0);
  matrix_save("zeros.npy", "u1", false, N_ROWS, 0U, one_class);
  npy_save("cube.npy", NPY_FLOATS "30, 2, 2)}", NULL, 480U);
  npy_save("none.npy", NPY_FLOATS "0, 4)}", NULL, 0U);
  npy_save("slim.npy", NPY_FLOATS "30, 0)}", NULL, 0U);
  npy_save("short.npy", NPY_FLOATS "30, 4)}", NULL, 300U);
  npy_save("object.npy",
           "{'descr': '|O', 'fortran_order': False, 'shape': (30, 4)}",
           "\x80\x04\x95",
           3U);
  npy_save("record.npy",
           "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (30,)}",
           NULL,
           120U);
  SAVE_BYTES("\x80\x04\x95\x10\x00\x00\x00.", "pickle.npy");
  SAVE_BYTES("", "void.npy");
  SAVE_BYTES("1,2,3,4\n", "csv.npy");
  SAVE_BYTES("a\nb\n", "two.txt");
}

static int
setup(void** const state)
{
  if (scratch_setup(state)) {
    return -1;
  }
  save_files();
  for (size_t i = 0U; i < 3U; ++i) {
    SAVE_BYTES(OLD, outputs[i]);
  }
  return 0;
}

/// Whether the outputs are as they were, and nothing lies beside them.
static void
expect_old(const char* const label)
{
  for (size_t i = 0U; i < 3U; ++i) {
    Bytes      bytes = bytes_load(outputs[i]);
    const bool same =
      bytes.n == strlen(OLD) && !memcmp(bytes.bytes, OLD, bytes.n);
    bytes_free(&bytes);
    if (!same) {
      fail_msg("%s: %s has changed", label, outputs[i]);
    }
  }
}

static void
expect_refused(const char* const line,
               const char* const name,
               const char* const reason)
{
  const Folder   here    = { "." };
  const unsigned n_files = folder_count(&here);
  Process        process = cli_run(line, NULL);
  if (process.status != 1 || !is_sentence(process.err, name, reason) ||
      *process.out) {
    fail_msg("%s: status %d, \"%s\"", line, process.status, process.err);
  }
  process_free(&process);
  assert_int_equal(folder_count(&here), n_files);
}

static void
bad_matrices_are_refused_in_a_sentence(void** const state)
{
  static const struct {
    const char* options;
    const char* name;
    const char* reason;
  } rows[] = {
    { "--features missing.npy --labels y.npy", "missing.npy", "No such file" },
    { "--features X.npy --labels missing.npy", "missing.npy", "No such file" },
    { "--features . --labels y.npy", ".: ", "is a folder" },
    { "--features X.npy:a --labels y.npy", "X.npy", "not an archive" },
    { "--features nan.npy --labels y.npy",
      "nan.npy",
      "row 17, column 2 is not" },
    { "--features inf.npy --labels y.npy",
      "inf.npy",
      "row 17, column 2 is not" },
    { "--features cube.npy --labels y.npy", "cube.npy", "has 3 dimensions" },
    { "--features none.npy --labels y.npy",
      "none.npy",
      "is empty: it has no rows" },
    { "--features slim.npy --labels y.npy",
      "slim.npy",
      "is empty: it has no columns" },
    { "--features short.npy --labels y.npy", "short.npy", "cut short" },
    { "--features object.npy --labels y.npy", "object.npy", "object" },
    { "--features record.npy --labels y.npy", "record.npy", "" },
    { "--features pickle.npy --labels y.npy", "pickle.npy", "" },
    { "--features void.npy --labels y.npy", "void.npy", "is empty" },
    { "--features csv.npy --labels y.npy", "csv.npy", "" },
    { "--features X9.npy --labels y.npy", "y.npy", "30 labels for the 9 rows" },
    { "--features X.npy --labels pairs.npy", "pairs.npy", "one column, not 2" },
    { "--features X.npy --labels half.npy", "half.npy", "row 5 is 0.5" },
    { "--features X.npy --labels below.npy", "below.npy", "row 5 is -1" },
    { "--features X.npy --labels above.npy", "above.npy", "row 5 is 1e+09" },
    { "--features X.npy --labels zeros.npy", "zeros.npy", "one class only" },
    { "--features X.npy --labels none.npy", "none.npy", "is empty" },
    { "--features X.npy --labels y.npy --test-features wide.npy "
      "--test-labels y9.npy",
      "wide.npy",
      "it has 5 columns, and X.npy has 4" },
    { "--features X.npy --labels y.npy --test-features none.npy "
      "--test-labels y9.npy",
      "none.npy",
      "is empty: it has no rows" },
    { "--features X.npy --labels y.npy --test-features nan.npy "
      "--test-labels y.npy",
      "nan.npy",
      "row 17, column 2 is not finite" },
    { "--features X.npy --labels y.npy --classes two.txt",
      "two.txt",
      "label 2" },
    { "--features X.npy --labels y.npy --classes none.txt",
      "none.txt",
      "No such" },
    { "--features X.npy --labels y.npy --hidden 16384,16384,16384",
      "m.safetensors",
      "too large" },
    { "--features X.npy --labels y.npy --network idct",
      "--network: ",
      "idct does not fit: the inputs are no cosine coefficients" },
    { "--features X.npy --labels y.npy -o no/m", "no/m", "No such file" },
    { "--features X.npy --labels y.npy -o .", ".", "Is a directory" },
    { "--features X.npy --labels y.npy --history no/h",
      "no/h",
      "No such file" },
    { "--features X.npy --labels y.npy --checkpoint no/c",
      "no/c",
      "No such file" },
    { "--features X.npy --labels y.npy --report no/r", "no/r", "No such file" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[512];
    (void)snprintf(line, sizeof(line), "train " OUTPUTS "%s", rows[i].options);
    expect_refused(line, rows[i].name, rows[i].reason);
    expect_old(rows[i].options);
  }
}

static void
odd_matrices_that_make_sense_are_taken(void** const state)
{
  static const char* const rows[] = {
    "--features flat.npy --labels y.npy",
    "--features X.npy --labels whole.npy",
    ("--features X.npy --labels y.npy --test-features X9.npy --test-labels "
     "y9.npy --hidden 3,3,3"),
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[512];
    (void)snprintf(
      line, sizeof(line), "train " OUTPUTS "--epochs 2 %s", rows[i]);
    Process process = cli_expect(0, line);
    process_free(&process);
  }
}

static void
options_that_do_not_go_together_are_wrong_usage(void** const state)
{
  static const struct {
    const char* options;
    const char* reason;
  } rows[] = {
    { "", "which corpus" },
    { "--features X.npy", "features and labels belong together" },
    { "--features X.npy --labels y.npy corpus", "which corpus" },
    { "--features X.npy --labels y.npy --test-features X.npy",
      "features and labels belong together" },
    { "--features X.npy --labels y.npy --test-labels y.npy",
      "features and labels belong together" },
    { "--labels y.npy corpus", "features and labels belong together" },
    { "--statistics corpus", "needs --features" },
    { "--features X.npy --labels y.npy --plots p", "--plots needs --report" },
    { "--features X.npy --labels y.npy --every 0", "--every" },
    { "--features X.npy --labels y.npy --augment body=0", "for recordings" },
    { "--features X.npy --labels y.npy --views 2",
      "--views is for recordings" },
    { "toy --views 13", "--views" },
    { "--features X.npy --labels y.npy --keep all", "--keep" },
    { "--features X.npy --labels y.npy --network lstm",
      "--network: a layer is idct," },
    { "--features X.npy --labels y.npy --network conv", "conv takes" },
    { "--features X.npy --labels y.npy --hidden 8 --network pool",
      "--network and --hidden exclude each other" },
    { "--features X.npy --labels y.npy --target-accuracy 2",
      "--target-accuracy" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[512];
    (void)snprintf(line, sizeof(line), "train " OUTPUTS "%s", rows[i].options);
    Process process = cli_run(line, NULL);
    if (process.status != 2 || !strstr(process.err, rows[i].reason) ||
        *process.out) {
      fail_msg("%s: status %d, %s", line, process.status, process.err);
    }
    process_free(&process);
    expect_old(rows[i].options);
  }
  Process process =
    cli_run("train --features X.npy --labels y.npy -o m --resume", NULL);
  assert_int_equal(process.status, 2);
  assert_non_null(strstr(process.err, "--resume needs --checkpoint"));
  process_free(&process);
}

#ifndef TMB_SANITIZED // Sanitizers bear no such limits

static void
what_one_may_not_write_is_known_before_the_work(void** const state)
{
  (void)state;
  assert_int_equal(mkdir("locked", 0500), 0);
  assert_int_equal(chmod(".", 0777), 0);
  static const char* const options[] = { "-o locked/m",
                                         "--history locked/h",
                                         "--checkpoint locked/c" };
  const uid_t              user      = user_drop();
  for (size_t i = 0U; i < sizeof(options) / sizeof(*options); ++i) {
    char line[512];
    (void)snprintf(line,
                   sizeof(line),
                   "train --features X.npy --labels y.npy -o n %s",
                   options[i]);
    expect_refused(line, "locked/", "Permission denied");
  }
  user_restore(user);
  expect_old("locked");
}

/// A file as it is after a training, in bytes.
static size_t
size_of(const char* const path)
{
  struct stat info = { 0 };
  assert_int_equal(stat(path, &info), 0);
  return (size_t)info.st_size;
}

static void
a_full_disk_leaves_what_was_there(void** const state)
{
  static const struct {
    const char* options;
    const char* name; ///< Of what does not fit
  } rows[] = {
    { "--epochs 3 --hidden 300", "m.safetensors" },
    { "--epochs 3 --hidden 300 --checkpoint c.safetensors", "c.safetensors" },
    { "--epochs 400 --hidden 1 --history h.csv", "h.csv" },
  };

  (void)state;
  const Folder   here    = { "." };
  const unsigned n_files = folder_count(&here);
  (void)signal(SIGXFSZ, SIG_IGN);
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const struct rlimit small = { 8000U, before.rlim_max };
    char                line[512];
    (void)snprintf(line,
                   sizeof(line),
                   "train --features X.npy --labels y.npy -o m.safetensors %s",
                   rows[i].options);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    Process process = cli_run(line, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    if (process.status != 1 ||
        !is_sentence(process.err, rows[i].name, "File too large")) {
      fail_msg("%s: status %d, %s", line, process.status, process.err);
    }
    process_free(&process);
    if (i < 2U) {
      expect_old(rows[i].options);
    } else {
      assert_in_range(size_of("h.csv"), 4000U, 8000U);
    }
    assert_int_equal(folder_count(&here), n_files);
  }
}

/// 480 MB in memory, next to nothing on the disk.  Less than half is allowed,
/// most of it for OpenBLAS: 128 MiB a thread, of which it touches little.
static void
rows_are_read_from_the_disk(void** const state)
{
  static const uint32_t n_rows = 1000000U;
  static const float    last[] = { 1.0f, 2.0f };

  (void)state;
  npy_save("large.npy", NPY_FLOATS "1000000, 120)}", NULL, 0U);
  FILE* const file = fopen("large.npy", "ab");
  assert_non_null(file);
  const off_t end = ftello(file) + (off_t)n_rows * 480 - (off_t)sizeof(last);
  assert_int_equal(ftruncate(fileno(file), end), 0);
  assert_int_equal(fwrite(last, sizeof(last), 1U, file), 1);
  assert_int_equal(fclose(file), 0);

  uint8_t* const labels = (uint8_t*)calloc(n_rows, 1U);
  assert_non_null(labels);
  for (uint32_t i = 0U; i < n_rows; ++i) {
    labels[i] = (uint8_t)(i % 3U);
  }
  npy_save("many.npy",
           "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000,)}",
           labels,
           n_rows);
  free(labels);

  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
  const struct rlimit small = { (rlim_t)192U << 20U, before.rlim_max };
  assert_int_equal(setrlimit(RLIMIT_DATA, &small), 0);
  void* const much = malloc((size_t)n_rows * 480U); // The limit holds
  Process     process =
    cli_run("train --features large.npy --labels many.npy -o m.safetensors "
            "--epochs 1 --hidden 4 --batch 1000 --threads 1",
            NULL);
  assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
  assert_null(much);
  if (process.status) {
    fail_msg("%s", process.err);
  }
  process_free(&process);
}

#endif

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(bad_matrices_are_refused_in_a_sentence),
    TEST(odd_matrices_that_make_sense_are_taken),
    TEST(options_that_do_not_go_together_are_wrong_usage),
#ifndef TMB_SANITIZED
    TEST(what_one_may_not_write_is_known_before_the_work),
    TEST(a_full_disk_leaves_what_was_there),
    TEST(rows_are_read_from_the_disk),
#endif
  };
  return cmocka_run_group_tests_name("train_refused", tests, NULL, NULL);
}
