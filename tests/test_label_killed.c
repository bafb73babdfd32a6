// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel label` that is cut off at any moment, and goes on

#include "tests/support/archive.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/cut_off.h"
#include "tests/support/files.h"
#include "tests/support/outputs.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"
#include "trainer/journal.h"
#include "trainer/random.h"

#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LABEL "label --model " CLI_MODEL " --threshold 0 --jobs 2 "
#define N_GOOD 1600U
#ifdef TMB_SANITIZED
#  define N_KILLS 5U ///< Each takes much longer
#else
#  define N_KILLS 20U
#endif
#define MAX_CHAINS 100U
#define MAX_STARTS 50U

/// How a run writes.
typedef struct {
  const char* options; ///< Followed by where to
  const char* out;
  const char* whole; ///< The same, made in one go
} Way;

static const Way ways[] = {
  { "--format csv -o", "out.csv", "whole.csv" },
  { "--format jsonl -o", "out.jsonl", "whole.jsonl" },
  { "--format csv -d", "out", "whole" },
};

#define N_WAYS (sizeof(ways) / sizeof(*ways))

static const struct timespec moment = { 0, 500000 };

/// A link to a recording of 0.2 s.
static void
add(const char* const path)
{
  assert_int_equal(link("short.wav", path), 0);
}

static int
setup(void** const state)
{
  if (cli_setup(state)) {
    return -1;
  }
  (void)tone_write("short.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 0U);
  assert_int_equal(mkdir("in", 0755), 0);
  archive_write("in/odd");
  for (unsigned i = 0U; i < N_GOOD; ++i) {
    char path[32];
    if (i % 200U == 0U) {
      (void)snprintf(path, sizeof(path), "in/%02u", i / 200U);
      assert_int_equal(mkdir(path, 0755), 0);
    }
    (void)snprintf(path, sizeof(path), "in/%02u/%04u.wav", i / 200U, i);
    add(path);
  }
  return 0;
}

/// A command, valid until the next call.
static const char*
command_of(const Way* const way, const char* const out, const char* const more)
{
  static char line[256];
  (void)snprintf(
    line, sizeof(line), LABEL "%s %s %s in", way->options, out, more);
  return line;
}

static double
now(void)
{
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (1e-9 * (double)time.tv_nsec);
}

/// Start a run as a shell does, in a process group of its own.
static RunningProcess
start(const char* const line)
{
  const ProcessSetup leader = { .is_leader = true };
  return cli_start(line, &leader);
}

/// Send a signal to a run and all its workers.
static void
signal_all(const RunningProcess* const process, const int signal)
{
  assert_int_equal(kill(-process->id, signal), 0);
}

/// Wait for its end, or until a time; whether it has ended.
static bool
wait_until(const RunningProcess* const process, const double end_s)
{
  siginfo_t ended = { .si_pid = 0 };
  while (!ended.si_pid && now() < end_s) {
    (void)nanosleep(&moment, NULL);
    assert_int_equal(
      waitid(P_PID, (id_t)process->id, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
  }
  return ended.si_pid;
}

/// Label all in one go; returns the seconds that it took.
static double
label_whole(const Way* const way)
{
  const double start_s = now();
  Process      process = cli_run(command_of(way, way->whole, ""), NULL);
  const double seconds = now() - start_s;
  assert_int_equal(process.status, 1);
  expect_finished(way->whole, false);
  process_free(&process);
  return seconds;
}

/// What the kills of a test have done.
typedef struct {
  TmbRandom random;
  unsigned  n_kills;
  unsigned  n_resumed; ///< Starts that had something to go on with
} Kills;

/// Start a run, and kill all of it before some time; whether it had ended.
static bool
kill_once(Kills* const kills, const Way* const way, const double seconds)
{
  const double   end_s = now() + (tmb_random_uniform(&kills->random) * seconds);
  const unsigned before  = count_lines(output_beside(way->out, ".journal"));
  RunningProcess running = start(command_of(way, way->out, "--resume"));
  const bool     is_over = wait_until(&running, end_s);
  if (!is_over) {
    signal_all(&running, SIGKILL);
  }

  Process process = process_wait(&running);
  if (is_over && process.status != 1) {
    fail_msg("%s: %s", way->out, process.err);
  }
  process_free(&process);
  if (!is_over) {
    // Nothing that was done is forgotten
    assert_true(count_lines(output_beside(way->out, ".journal")) >= before);
    ++kills->n_kills;
  }
  kills->n_resumed += before > 1U;
  return is_over;
}

static void
killed_at_any_moment_it_gives_the_same_output(void** const state)
{
  (void)state;
  Kills          kills = { .n_kills = 0U };
  const uint64_t seed  = (uint64_t)time(NULL);
  double         seconds[N_WAYS];
  tmb_random_init(&kills.random, seed, 0U);
  print_message("seed %llu\n", (unsigned long long)seed);
  for (size_t i = 0U; i < N_WAYS; ++i) {
    seconds[i] = label_whole(&ways[i]);
  }
  for (unsigned chain = 0U; kills.n_kills < N_KILLS || chain < N_WAYS;
       ++chain) {
    // A folder of many files takes much longer than one file: that comes once
    const size_t     i   = chain < N_WAYS ? chain : chain % (N_WAYS - 1U);
    const Way* const way = &ways[i];
    assert_true(chain < MAX_CHAINS);
    double most_s = 0.9 * seconds[i];
    for (unsigned n = 0U; !kill_once(&kills, way, most_s); ++n) {
      assert_true(n < MAX_STARTS);
      most_s *= 1.1; // However slow it has become
    }
    expect_same(way->out, way->whole);
    expect_finished(way->out, true);
    output_clear(way->out);
  }
  print_message(
    "%u kills, %u times it went on\n", kills.n_kills, kills.n_resumed);
  assert_true(kills.n_resumed);
}

/// Wait until a run has written some rows.
static void
wait_for_rows(const RunningProcess* const process, const char* const out)
{
  const char* const part = output_beside(out, ".part");
  while (count_lines(part) < 20U) {
    assert_false(wait_until(process, now() + 0.0005));
  }
}

/// Demand that a journal tells of all that there is, and of no end.
static void
expect_interrupted(const char* const out, const char* const whole)
{
  TmbMessage      why;
  TmbJournal*     journal = NULL;
  TmbJournalEntry entry   = { .end = 0U };
  uint64_t        n_total = 0U;
  assert_int_equal(
    tmb_journal_open(output_beside(out, ".journal"), &journal, &why), TMB_OK);
  while (tmb_journal_next(journal, &entry)) {
  }
  assert_false(tmb_journal_is_over(journal, &n_total));
  tmb_journal_close(journal);
  assert_false(is_there(out));

  Bytes part = bytes_load(output_beside(out, ".part"));
  Bytes all  = bytes_load(whole);
  assert_int_equal(part.n, entry.end);
  assert_in_range(part.n, 1U, all.n - 1U);
  assert_memory_equal(part.bytes, all.bytes, part.n);
  bytes_free(&all);
  bytes_free(&part);
}

static void
an_interrupt_ends_at_a_whole_recording(void** const state)
{
  static const int signals[] = { SIGINT, SIGTERM };

  (void)state;
  const Way* const way = &ways[0];
  (void)label_whole(way);
  for (size_t i = 0U; i < sizeof(signals) / sizeof(*signals); ++i) {
    RunningProcess running = start(command_of(way, way->out, "--quiet"));
    wait_for_rows(&running, way->out);
    signal_all(&running, signals[i]);
    Process process = process_wait(&running);
    assert_int_equal(process.status, 130);
    assert_string_equal(process.err, "");
    process_free(&process);
    expect_interrupted(way->out, way->whole);

    process = cli_run(command_of(way, way->out, "--resume"), NULL);
    assert_int_equal(process.status, 1);
    process_free(&process);
    expect_finished(way->out, true);
    expect_same(way->out, way->whole);
    output_clear(way->out);
  }
}

static void
workers_die_with_the_run(void** const state)
{
  (void)state;
  assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const Way* const way     = &ways[0];
  RunningProcess   running = start(command_of(way, way->out, ""));
  wait_for_rows(&running, way->out);
  assert_int_equal(kill(running.id, SIGKILL), 0); // Not the group
  Process process = process_wait(&running);
  process_free(&process);

  const double end_s     = now() + 10.0;
  unsigned     n_orphans = 0U;
  pid_t        orphan    = 0;
  while ((orphan = waitpid(-running.id, NULL, WNOHANG)) >= 0) {
    assert_true(now() < end_s);
    n_orphans += orphan > 0;
    (void)nanosleep(&moment, NULL);
  }
  assert_in_range(n_orphans, 1U, 2U);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(killed_at_any_moment_it_gives_the_same_output),
    TEST(an_interrupt_ends_at_a_whole_recording),
    TEST(workers_die_with_the_run),
  };
  return cmocka_run_group_tests_name("label_killed", tests, NULL, NULL);
}
