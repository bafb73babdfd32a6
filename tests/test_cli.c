// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  The command as it is built: usage, models, streams, exit statuses.
*/

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/model_parts.h"
#include "tests/support/process.h"
#include "tests/support/scratch.h"
#include "trainer/decoder.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
wrong_usage_is_one_sentence_and_status_2(void** const state)
{
  static const struct {
    const char* line;
    const char* word;
  } rows[] = {
    { "sing", "\"sing\"" },
    { "--sing", "\"--sing\"" },
    { "label", "which files" },
    { "label --model", "--model needs a value" },
    { "label --sing good.wav", "unknown option --sing" },
    { "label -x good.wav", "unknown option -x" },
    { "label --threshold=1 -xh good.wav", "unknown option -x" },
    { "label --format xml good.wav", "\"xml\"" },
    { "label --threshold 1.5 good.wav", "\"1.5\"" },
    { "label --threshold nan good.wav", "\"nan\"" },
    { "label --threshold 0,5 good.wav", "\"0,5\"" },
    { "label --decision soon good.wav", "\"soon\"" },
    { "label --decision -1 good.wav", "\"-1\"" },
    { "info", "which files" },
    { "info --sing good.wav", "--sing" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    cli_expect_usage_error(rows[i].line, rows[i].word);
  }

  Process process = cli_run("", NULL);
  assert_int_equal(process.status, 2);
  assert_string_equal(process.out, "");
  assert_memory_equal(process.err, "Usage: timbrel", 14U);
  process_free(&process);
}

static void
help_and_version_go_to_stdout(void** const state)
{
  static const char* const lines[] = {
    "--help", "-h", "label --help", "label -h", "info --help"
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(lines) / sizeof(*lines); ++i) {
    Process process = cli_expect(0, lines[i]);
    assert_memory_equal(process.out, "Usage: timbrel", 14U);
    process_free(&process);
  }

  Process           process = cli_expect(0, "--version");
  static const char known[] = "timbrel " TMB_VERSION "\ndecoders: libsndfile-";
  assert_memory_equal(process.out, known, sizeof(known) - 1U);
  assert_non_null(
    strstr(process.out, tmb_decoder_kind(1U) ? ", FFmpeg " : ", without"));
  process_free(&process);
}

static void
a_bad_model_stops_it_with_one_sentence(void** const state)
{
  static const char* const models[] = {
    "missing.safetensors", "good.wav", "cut.safetensors", "external.safetensors"
  };

  (void)state;
  Bytes bytes = bytes_load(CLI_MODEL);
  bytes_save(bytes.bytes, bytes.n - 1U, "cut.safetensors");
  bytes_free(&bytes);

  TestModel  model;
  TmbMessage why = { "" };
  test_model_init(&model);
  model.parts.front_end = NULL;
  assert_int_equal(tmb_model_write("external.safetensors", &model.parts, &why),
                   TMB_OK);

  for (size_t i = 0U; i < sizeof(models) / sizeof(*models); ++i) {
    char line[256];
    (void)snprintf(line, sizeof(line), "label good.wav --model %s", models[i]);
    Process process = cli_run(line, NULL);
    if (process.status != 1 || *process.out ||
        !is_sentence(process.err, models[i], ": ")) {
      fail_msg("%s: status %d, %s", models[i], process.status, process.err);
    }
    process_free(&process);
  }
}

static void
the_environment_names_the_default_model(void** const state)
{
  (void)state;
  const ProcessSetup good    = { .environment = "TIMBREL_MODEL=" CLI_MODEL };
  const ProcessSetup bad     = { .environment = "TIMBREL_MODEL=none" };
  Process            process = cli_run("label good.wav", &good);
  assert_int_equal(process.status, 0);
  process_free(&process);

  process = cli_run("label good.wav", &bad);
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err, "none", "No such file"));
  process_free(&process);

  process = cli_run("label --model " CLI_MODEL " good.wav", &bad);
  assert_int_equal(process.status, 0);
  process_free(&process);
}

/// Run a command of the shell.
static int
shell(const char* const line)
{
  const char* const arguments[] = { "/bin/sh", "-c", line, NULL };
  Process           process     = process_run(arguments, NULL);
  const int         status      = process.status;
  process_free(&process);
  return status;
}

static void
the_factory_model_is_found_from_the_command(void** const state)
{
  static const char* const folders[]  = { "built", "moved/lib/lv2" };
  static const char* const commands[] = { "built/timbrel",
                                          "moved/bin/timbrel" };

  (void)state;
  for (size_t i = 0U; i < 2U; ++i) {
    char line[1024] = "";
    (void)snprintf(line,
                   sizeof(line),
                   "mkdir -p %s/timbrel.lv2 moved/bin && cp %s %s && "
                   "cp " CLI_MODEL " %s/timbrel.lv2/factory.safetensors",
                   folders[i],
                   process_command(),
                   commands[i],
                   folders[i]);
    assert_int_equal(shell(line), 0);

    const char* const  arguments[] = { commands[i], "label", "good.wav", NULL };
    const ProcessSetup unset       = { .environment = "TIMBREL_MODEL=" };
    Process            process     = process_run(arguments, &unset);
    assert_string_equal(process.err, "");
    assert_int_equal(process.status, 0);
    process_free(&process);
  }
}

static void
an_output_that_cannot_be_written_is_an_error(void** const state)
{
  static const struct {
    const char*        line;
    const ProcessSetup setup;
    const char*        reason;
  } rows[] = {
    { "label --model " CLI_MODEL " --format jsonl good.wav good.wav",
      { .stdout_path = "/dev/full" },
      "No space left on device" },
    { "label --model " CLI_MODEL " --format csv good.wav",
      { .close_fd = 1 + STDOUT_FILENO },
      "Bad file descriptor" },
    { "--help", { .stdout_path = "/dev/full" }, "No space left on device" },
    { "info good.wav",
      { .close_fd = 1 + STDOUT_FILENO },
      "Bad file descriptor" },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    Process process = cli_run(rows[i].line, &rows[i].setup);
    if (process.status != 1 || !is_sentence(process.err,
                                            "the output can't be written",
                                            rows[i].reason)) {
      fail_msg("%s: %d, %s", rows[i].line, process.status, process.err);
    }
    process_free(&process);
  }
}

static void
a_reader_that_leaves_is_an_error(void** const state)
{
  (void)state;
  char line[1024];
  (void)snprintf(line,
                 sizeof(line),
                 "{ sleep 0.5; %s label --model " CLI_MODEL
                 " good.wav; echo $? >status; } | :", // Which is gone by then
                 process_command());
  const char* const arguments[] = { "/bin/sh", "-c", line, NULL };
  Process           process     = process_run(arguments, NULL);
  Bytes             status      = bytes_load("status");
  assert_true(is_sentence(process.err, "output", "Broken pipe"));
  assert_memory_equal(status.bytes, "1\n", 2U);
  bytes_free(&status);
  process_free(&process);
}

static void
closed_streams_that_are_not_needed_do_no_harm(void** const state)
{
  static const int fds[] = { STDIN_FILENO, STDERR_FILENO };

  (void)state;
  for (size_t i = 0U; i < 2U; ++i) {
    const ProcessSetup special = { .close_fd = 1 + fds[i] };
    Process            process =
      cli_run("label --model " CLI_MODEL " --format jsonl good.wav missing.wav",
              &special);
    json_t* const rows = rows_parse(process.out);
    assert_int_equal(process.status, 1);
    assert_int_equal(json_array_size(rows), CLI_NOTES + 2U);
    assert_int_equal(strlen(process.err) > 0U, fds[i] == STDIN_FILENO);
    json_decref(rows);
    process_free(&process);
  }
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(wrong_usage_is_one_sentence_and_status_2),
    TEST(help_and_version_go_to_stdout),
    TEST(a_bad_model_stops_it_with_one_sentence),
    TEST(the_environment_names_the_default_model),
    TEST(the_factory_model_is_found_from_the_command),
    TEST(an_output_that_cannot_be_written_is_an_error),
    TEST(a_reader_that_leaves_is_an_error),
    TEST(closed_streams_that_are_not_needed_do_no_harm),
  };
  return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
