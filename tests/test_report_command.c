// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel report`, as it is called, with the gnuplot of the PATH

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/report_files.h"
#include "tests/support/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// cli_setup(), with histories and an evaluation.
static int
setup(void** const state)
{
  static const struct {
    const char* path;
    double      rate;
  } files[] = { { "slow.csv", 0.0001 }, { "fast/history.csv", 0.001 } };

  if (cli_setup(state) || mkdir("fast", 0700)) {
    return -1;
  }
  for (size_t i = 0U; i < sizeof(files) / sizeof(*files); ++i) {
    TmbHistory history = report_history("", 20U, files[i].rate);
    report_save_history(files[i].path, &history);
    tmb_history_clear(&history);
  }
  json_t* const evaluation = report_evaluation(5U);
  assert_int_equal(
    json_dump_file(evaluation, "evaluation.json", JSON_INDENT(1)), 0);
  json_decref(evaluation);
  return 0;
}

/// Run, and demand words in the page, which spaces separate, and no others of
/// a list.
static void
expect_page(const char* const line, const char* const words)
{
  static const char* const all[] = { "Training",    "Sweep",   "Confusions",
                                     "Calibration", "Classes", "Data" };

  Process process = cli_expect(0, line);
  assert_string_equal(process.out, "");
  process_free(&process);

  Bytes bytes          = bytes_load("x.html");
  bytes.bytes[bytes.n] = '\0';
  for (size_t i = 0U; i < sizeof(all) / sizeof(*all); ++i) {
    char heading[64];
    (void)snprintf(heading, sizeof(heading), "<h2>%s</h2>", all[i]);
    const bool is_there = strstr((const char*)bytes.bytes, heading);
    if (is_there != (strstr(words, all[i]) != NULL)) {
      fail_msg("%s: %s", line, heading);
    }
  }
  bytes_free(&bytes);
}

static void
files_are_told_apart_by_content(void** const state)
{
  (void)state;
  expect_page("report slow.csv -o x.html", "Training");
  expect_page("report slow.csv fast/history.csv -o x.html", "Sweep");
  expect_page("report evaluation.json -o x.html",
              "Confusions Calibration Classes");
  expect_page("report " CLI_MODEL " -o x.html", "Data");

  assert_int_equal(rename("slow.csv", "a.json"), 0);
  assert_int_equal(rename("evaluation.json", "b.safetensors"), 0);
  assert_int_equal(rename(CLI_MODEL, "c.csv"), 0);
  expect_page("report -o x.html a.json b.safetensors c.csv",
              "Training Confusions Calibration Classes Data");
}

static void
a_title_a_target_and_pictures_can_be_asked_for(void** const state)
{
  (void)state;
  expect_page("report slow.csv fast/history.csv --target 0.5 --title Mine "
              "--plots pictures -o x.html",
              "Sweep");
  Bytes bytes          = bytes_load("x.html");
  bytes.bytes[bytes.n] = '\0';
  assert_non_null(strstr((const char*)bytes.bytes, "<h1>Mine</h1>"));
  assert_non_null(strstr((const char*)bytes.bytes, "target 50 %"));
  assert_non_null(strstr((const char*)bytes.bytes, ">slow</th>"));
  assert_non_null(strstr((const char*)bytes.bytes, ">fast<span"));
  bytes_free(&bytes);

  const Folder folder = { "pictures" };
  assert_int_equal(folder_count(&folder), 2U);
  bytes = bytes_load("pictures/sweep.svg");
  assert_memory_equal(bytes.bytes, "<?xml ", 6U);
  bytes_free(&bytes);
}

static void
what_cannot_be_read_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* reason;
  } rows[] = {
    { "report none.csv -o x.html", "none.csv: No such file" },
    { "report fast -o x.html", "fast: is a folder" },
    { "report good.wav -o x.html", "good.wav: " },
    { "report slow.csv bad.csv -o x.html",
      "bad.csv: row 2 has the epoch \"0\"" },
    { "report bad.json -o x.html", "bad.json: line 2 is not JSON" },
    { "report deep.json -o x.html", "deep.json: line 1 is not JSON" },
    { "report other.json -o x.html",
      "other.json: it is not what timbrel evaluate --json writes" },
    { "report evaluation.json evaluation.json -o x.html",
      "evaluation.json: a second evaluation" },
    { "report " CLI_MODEL " " CLI_MODEL " -o x.html", ": a second model" },
    { "report cut.safetensors -o x.html", "cut.safetensors: " },
    { "report slow.csv -o none/x.html", "none/x.html can't be written" },
    { "report slow.csv -o folder.html", "folder.html can't be written" },
    { "report slow.csv -o x.html --plots slow.csv", "slow.csv" },
  };

  static char deep[12000];

  (void)state;
  static const char bad[] =
    "epoch,learning_rate,loss,accuracy,validation_loss,validation_accuracy,"
    "seconds\n0,,,,,,\n";
  bytes_save(bad, sizeof(bad) - 1U, "bad.csv");
  bytes_save("{\n1}", 4U, "bad.json");
  bytes_save("{\"parts\": {}}", 13U, "other.json");
  for (size_t i = 0U; i < sizeof(deep); ++i) {
    deep[i] = "{\"a\":"[i % 5U];
  }
  bytes_save(deep, sizeof(deep), "deep.json");
  assert_int_equal(mkdir("folder.html", 0700), 0);
  Bytes bytes = bytes_load(CLI_MODEL);
  bytes_save(bytes.bytes, bytes.n - 1U, "cut.safetensors");
  bytes_free(&bytes);

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
a_missing_gnuplot_is_named_with_its_package(void** const state)
{
  (void)state;
  const ProcessSetup nowhere = { .environment = "PATH=/nowhere" };
  bytes_save("old", 3U, "x.html");
  Process process = cli_run("report slow.csv -o x.html", &nowhere);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "gnuplot", "package gnuplot-nox"));
  process_free(&process);

  Bytes bytes = bytes_load("x.html");
  assert_int_equal(bytes.n, 3U);
  bytes_free(&bytes);
}

static void
wrong_usage_is_one_sentence(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "report -o x.html", "which files" },
    { "report slow.csv", "-o FILE" },
    { "report slow.csv -o slow.csv", "slow.csv does not end in .html" },
    { "report slow.csv -o", "-o needs a value" },
    { "report slow.csv -o x.html --target 1.5", "--target takes" },
    { "report slow.csv -o x.html --target nan", "\"nan\"" },
    { "report slow.csv -o x.html --sing", "unknown option --sing" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }

  cli_expect_help("report");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(files_are_told_apart_by_content),
    TEST(a_title_a_target_and_pictures_can_be_asked_for),
    TEST(what_cannot_be_read_is_one_sentence),
    TEST(a_missing_gnuplot_is_named_with_its_package),
    TEST(wrong_usage_is_one_sentence),
  };
  return cmocka_run_group_tests_name("report_command", tests, NULL, NULL);
}
