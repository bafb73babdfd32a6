// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Decoders that do what no decoder should, see tests/hostile/decoder.c.

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/cut_off.h"
#include "tests/support/files.h"
#include "tests/support/long_tone.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LABEL "label --model " CLI_MODEL " --format jsonl "

#define DECODER "tests/hostile/decoder.so" ///< Beside the command
#define DEEDS "deeds"                      ///< Where it writes what it does

#ifdef TMB_SANITIZED
#  define IS_SANITIZED 1
#else
#  define IS_SANITIZED 0
#endif

#define REAP_MS 10000U ///< Within which a killed process is gone

/// Files that are all alike, in the order of the walk.
typedef struct {
  const char* name;
  const char* reason; ///< Null if there is to be a label
} Recording;

static const Recording quick[] = {
  { "good-a.wav", NULL },
  { "open-abort.wav", "its decoder crashed: Aborted" },
  { "open-crash.wav", "its decoder crashed: Segmentation fault" },
  { "open-exit.wav", "its decoder crashed" },
  { "open-hoard.wav", "not a sound file (Internal malloc () failed)" },
  { "open-rubbish.wav", "its decoder wrote where it must not" },
  { "open-spoil.wav", NULL },
  { "read-abort.wav", "its decoder crashed: Aborted" },
  { "read-crash.wav", "its decoder crashed: Segmentation fault" },
  { "read-exit.wav", "its decoder crashed" },
  { "read-fewer.wav", "the sound has no samples" },
  { "read-hoard.wav", NULL }, // For which what it has is enough
  { "read-leak.1.wav", NULL },
  { "read-leak.2.wav", NULL },
  { "read-leak.3.wav", NULL },
  { "read-many.wav", "the sound has no samples" },
  { "read-more.wav", "the sound has no samples" },
  { "read-print.wav", NULL },
  { "read-rubbish.wav", "its decoder wrote where it must not" },
  { "read-spoil.wav", NULL },
  { "read-spoil.wav.wav", NULL },
  { "zero-good.wav", NULL },
};

static const Recording slow[] = {
  { "good-a.wav", NULL },
  { "open-sleep.wav", "its decoder did nothing for 1 s" },
  { "read-nap.wav", NULL },
  { "read-spin.wav", "its decoder did nothing for 1 s" },
  { "zero-good.wav", NULL },
};

static int
hostile_setup(void** const state)
{
  char decoder[PATH_MAX];
  (void)snprintf(decoder, sizeof(decoder), "%s", process_command());
  char* const name = strrchr(decoder, '/') + 1;
  (void)snprintf(
    name, sizeof(decoder) - (size_t)(name - decoder), "%s", DECODER);
  // Who has lost its parent becomes this process's child
  return setenv("LD_PRELOAD", decoder, 1) ||
         prctl(PR_SET_CHILD_SUBREAPER, 1L) || cli_setup(state) ||
         mkdir("in", 0755);
}

static int
hostile_teardown(void** const state)
{
  return unsetenv("LD_PRELOAD") || scratch_teardown(state);
}

static void
sleep_ms(const long ms)
{
  const struct timespec time = { ms / 1000, (ms % 1000) * 1000000 };
  (void)nanosleep(&time, NULL);
}

static void
expect_no_process(void)
{
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

static void
save(const Recording* const recordings, const size_t n)
{
  Bytes bytes = bytes_load("good.wav");
  for (size_t i = 0U; i < n; ++i) {
    char path[64];
    (void)snprintf(path, sizeof(path), "in/%s", recordings[i].name);
    bytes_save(bytes.bytes, bytes.n, path);
  }
  bytes_free(&bytes);
}

/// Write what is to be on stdout and stderr, but for the table at its end.
static void
write_expected(const Recording* const recordings,
               const size_t           n,
               FILE* const            out,
               FILE* const            err)
{
  Process good = cli_expect(0, LABEL "good.wav");
  for (size_t i = 0U; i < n; ++i) {
    const char* const name = recordings[i].name;
    if (recordings[i].reason) {
      (void)fprintf(
        out,
        "{\"type\":\"error\",\"file\":\"in/%s\",\"error\":\"%s\"}\n",
        name,
        recordings[i].reason);
      (void)fprintf(err, "timbrel: in/%s: %s\n", name, recordings[i].reason);
      continue;
    }
    const char* line = good.out;
    for (const char* place; (place = strstr(line, "good.wav"));
         line = place + strlen("good.wav")) {
      (void)fprintf(out, "%.*sin/%s", (int)(place - line), line, name);
    }
    (void)fputs(line, out);
  }
  process_free(&good);
}

/// Label them all.
static void
expect(const char* const      options,
       const unsigned         jobs[2],
       const Recording* const recordings,
       const size_t           n)
{
  char*       out     = NULL;
  char*       err     = NULL;
  size_t      n_out   = 0U;
  size_t      n_err   = 0U;
  FILE* const files[] = { open_memstream(&out, &n_out),
                          open_memstream(&err, &n_err) };
  write_expected(recordings, n, files[0], files[1]);
  (void)fclose(files[0]);
  (void)fclose(files[1]);
  save(recordings, n);

  for (size_t i = 0U; i < 2U; ++i) {
    char line[256];
    (void)snprintf(
      line, sizeof(line), LABEL "%s --jobs %u in", options, jobs[i]);
    Process process = cli_run(line, NULL);
    assert_int_equal(process.status, 1);
    assert_string_equal(process.out, out);
    assert_true(strlen(process.err) > n_err);
    char* const rest = process.err + n_err;
    assert_non_null(strstr(rest, "recordings have no label:\n"));
    *rest = '\0';
    assert_string_equal(process.err, err);
    process_free(&process);
    expect_no_process();
  }
  free(err);
  free(out);
}

static void
a_decoder_that_fails_costs_one_file(void** const state)
{
  static const unsigned jobs[] = { 1U, 8U };

  (void)state;
  expect("--memory-limit 64", jobs, quick, sizeof(quick) / sizeof(*quick));
}

static void
a_decoder_that_hangs_costs_one_file(void** const state)
{
  static const unsigned jobs[] = { 2U, 8U };

  (void)state;
  expect("--time-limit 1", jobs, slow, sizeof(slow) / sizeof(*slow));
}

/// It is the child of nobody but this process.
static void
expect_killed(void)
{
  int   status = 0;
  pid_t pid    = 0;
  for (unsigned ms = 0U; !pid && ms < REAP_MS; ms += 10U) {
    pid = waitpid(-1, &status, WNOHANG);
    sleep_ms(pid ? 0 : 10);
  }
  assert_true(pid > 0);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
a_worker_dies_with_who_has_started_it(void** const state)
{
  static const char* const names[] = { "open-sleep.wav", "read-spin.wav" };

  (void)state;
  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    assert_int_equal(rename("good.wav", names[i]), 0);
    char line[128];
    (void)snprintf(line, sizeof(line), LABEL "%s", names[i]);
    Process process = cut_off(line, DEEDS, 1U, SIGKILL);
    assert_int_equal(process.status, -1);
    process_free(&process);
    expect_killed();
    expect_no_process();
    assert_int_equal(rename(names[i], "good.wav"), 0);
    assert_int_equal(unlink(DEEDS), 0);
  }
}

/// The only child of a process.
static pid_t
child_of(const pid_t parent)
{
  char path[64];
  char text[32] = "";
  (void)snprintf(path,
                 sizeof(path),
                 "/proc/%ld/task/%ld/children",
                 (long)parent,
                 (long)parent);
  FILE* const file = fopen(path, "r");
  assert_non_null(file);
  assert_non_null(fgets(text, sizeof(text), file));
  (void)fclose(file);
  return (pid_t)strtol(text, NULL, 10);
}

/// As after ^Z: nobody has hung meanwhile.
static void
what_is_stopped_and_goes_on_loses_nothing(void** const state)
{
  (void)state;
  assert_int_equal(rename("good.wav", "read-nap.wav"), 0);
  RunningProcess run =
    cli_start(LABEL "--time-limit 1 --jobs 1 read-nap.wav", NULL);
  while (!count_lines(DEEDS)) {
    sleep_ms(1);
  }
  const pid_t worker = child_of(run.id);
  assert_int_equal(kill(worker, SIGSTOP), 0);
  assert_int_equal(kill(run.id, SIGSTOP), 0);
  sleep_ms(1500);
  assert_int_equal(kill(run.id, SIGCONT), 0);
  sleep_ms(100);
  assert_int_equal(kill(worker, SIGCONT), 0);

  Process process = process_wait(&run);
  assert_string_equal(process.err, "");
  assert_int_equal(process.status, 0);
  process_free(&process);
}

static void
a_file_that_is_looked_into_costs_no_other(void** const state)
{
  static const Recording files[] = { { "open-hoard", NULL }, { "zero", NULL } };

  (void)state;
  save(files, sizeof(files) / sizeof(*files));
  bytes_save("Not a sound.\n", 13U, "in/text");
  Process       process = cli_run(LABEL "--probe --memory-limit 64 in", NULL);
  json_t* const rows    = rows_parse(process.out);
  assert_int_equal(process.status, 1);
  assert_int_equal(rows_count(rows, "error", "in/open-hoard"), 1U);
  assert_int_equal(rows_count(rows, "file", "in/zero"), 1U);
  assert_int_equal(rows_count(rows, "error", "in/text"), 0U);
  json_decref(rows);
  process_free(&process);
  expect_no_process();
}

static void
a_long_recording_ends_where_its_decoder_does(void** const state)
{
  static const struct {
    const char* name;
    const char* reason;
  } rows[] = {
    { "late-crash.wav", "its decoder crashed: Segmentation fault" },
    { "late-sleep.wav", "its decoder did nothing for 1 s" },
  };

  (void)state;
  (void)long_tone_write(
    "long.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 20U);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    char line[128];
    assert_int_equal(rename(i ? rows[i - 1U].name : "long.wav", rows[i].name),
                     0);
    (void)snprintf(line,
                   sizeof(line),
                   LABEL "--time-limit 1 --jobs 1 %s good.wav",
                   rows[i].name);
    Process one             = cli_run(line, NULL);
    *strstr(line, "jobs 1") = '\0';
    (void)snprintf(line,
                   sizeof(line),
                   LABEL "--time-limit 1 --jobs 4 %s good.wav",
                   rows[i].name);
    Process       many   = cli_run(line, NULL);
    json_t* const parsed = rows_parse(many.out);
    assert_true(rows_count(parsed, "note", rows[i].name) > 1000U);
    assert_int_equal(rows_count(parsed, "error", rows[i].name), 1U);
    assert_int_equal(rows_count(parsed, "file", "good.wav"), 1U);
    assert_true(is_sentence(many.err, rows[i].name, rows[i].reason));
    assert_int_equal(many.status, 1);
    assert_string_equal(many.err, one.err);
    assert_string_equal(many.out, one.out);
    json_decref(parsed);
    process_free(&many);
    process_free(&one);
    expect_no_process();
  }
}

int
main(void)
{
#define TEST(f) \
  cmocka_unit_test_setup_teardown(f, hostile_setup, hostile_teardown)
  if (IS_SANITIZED) {
    print_message("label_hostile: skipped, as a sanitizer wants to be loaded "
                  "before all others\n");
    return 0;
  }

  const struct CMUnitTest tests[] = {
    TEST(a_decoder_that_fails_costs_one_file),
    TEST(a_decoder_that_hangs_costs_one_file),
    TEST(a_worker_dies_with_who_has_started_it),
    TEST(what_is_stopped_and_goes_on_loses_nothing),
    TEST(a_file_that_is_looked_into_costs_no_other),
    TEST(a_long_recording_ends_where_its_decoder_does),
  };
  return cmocka_run_group_tests_name("label_hostile", tests, NULL, NULL);
}
