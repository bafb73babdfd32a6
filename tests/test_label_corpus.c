// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// An archive of 2,000 recordings, of which 2 % are odd

#include "tests/support/archive.h"
#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LABEL "label --model " CLI_MODEL " --threshold 0 --format jsonl "
#define N_ALL 2000U
#define N_GOOD (N_ALL - (2U * ARCHIVE_FILES))
#define N_FIRST 1400U  ///< Good ones in the first folder
#define N_WAITING 256U ///< See TMB_MAX_WAITING

/// Most memory in all, in KiB.
#define MOST_KIB(n_jobs) (51200L + (20480L * (long)(n_jobs)))

/// What good recordings are links to.
static const struct {
  const char* name;
  int         format;
  int         rate_hz;
  int         n_channels;
  unsigned    n_notes;
} kinds[] = {
  { "a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 22050, 1, 1U },
  { "b.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, 1U },
  { "c.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 8000, 1, 2U },
  { "d.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 0U },
};

#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

/// Those of a rate are together, as in archives, which is faster.
static size_t
kind_of(const unsigned i)
{
  return i / 100U % N_KINDS;
}

/// Where a good recording is, valid until the next call.
static const char*
good_path(const unsigned i)
{
  static char       path[64];
  const char* const name = kinds[kind_of(i)].name;
  if (i < N_FIRST) {
    (void)snprintf(path, sizeof(path), "in/a/%04u-%s", i, name);
  } else {
    (void)snprintf(path, sizeof(path), "in/c%u/%04u-%s", i / 100U, i, name);
  }
  return path;
}

static int
setup(void** const state)
{
  if (cli_setup(state)) {
    return -1;
  }
  for (size_t i = 0U; i < N_KINDS; ++i) {
    (void)tone_write(kinds[i].name,
                     kinds[i].format,
                     kinds[i].rate_hz,
                     kinds[i].n_channels,
                     kinds[i].n_notes);
  }
  assert_int_equal(mkdir("in", 0755), 0);
  assert_int_equal(mkdir("in/a", 0755), 0);
  for (unsigned i = 0U; i < N_GOOD; ++i) {
    const char* const path = good_path(i);
    if (i >= N_FIRST && i % 100U == 0U) {
      char folder[16];
      (void)snprintf(folder, sizeof(folder), "in/c%u", i / 100U);
      assert_int_equal(mkdir(folder, 0755), 0);
    }
    assert_int_equal(link(kinds[kind_of(i)].name, path), 0);
  }
  archive_write("odd");
  archive_write("in/b");
  archive_write("in/d");
  return 0;
}

/// Add rows, in which a path begins otherwise.
static void
add_rows(FILE* const       out,
         const char*       rows,
         const char* const was,
         const char* const is)
{
  const char* at = NULL;
  char        key[128];
  (void)snprintf(key, sizeof(key), "\"file\":\"%s", was);
  while ((at = strstr(rows, key))) {
    (void)fprintf(out, "%.*s\"file\":\"%s", (int)(at - rows), rows, is);
    rows = at + strlen(key);
  }
  (void)fputs(rows, out);
}

/**
   The rows that each recording has alone, in the order of all.

   @param gone A good recording that is not there when its turn comes; or
   N_GOOD.
   @return Released by the caller.
*/
static char*
expected_rows(const unsigned gone)
{
  char*       text = NULL;
  size_t      n    = 0U;
  FILE* const out  = open_memstream(&text, &n);
  assert_non_null(out);

  Process alone[N_KINDS];
  for (size_t i = 0U; i < N_KINDS; ++i) {
    char line[128];
    (void)snprintf(line, sizeof(line), LABEL "%s", kinds[i].name);
    alone[i] = cli_expect(0, line);
  }
  Process odd = cli_run_as_user(LABEL "odd");
  for (unsigned i = 0U; i < N_GOOD; ++i) {
    const size_t kind = kind_of(i);
    if (i == N_FIRST) {
      add_rows(out, odd.out, "odd", "in/b");
    }
    if (i == gone) {
      (void)fprintf(out,
                    "{\"type\":\"error\",\"file\":\"%s\","
                    "\"error\":\"No such file or directory\"}\n",
                    good_path(i));
    } else {
      add_rows(out, alone[kind].out, kinds[kind].name, good_path(i));
    }
  }
  add_rows(out, odd.out, "odd", "in/d");
  process_free(&odd);
  for (size_t i = 0U; i < N_KINDS; ++i) {
    process_free(&alone[i]);
  }
  assert_int_equal(fclose(out), 0);
  return text;
}

/// Demand rows, and say where they differ.
static void
expect_rows(const char* const what,
            const char* const rows,
            const char* const expected)
{
  size_t i = 0U;
  while (rows[i] && rows[i] == expected[i]) {
    ++i;
  }
  if (rows[i] || expected[i]) {
    fail_msg(
      "%s: \"%.80s\" instead of \"%.80s\"", what, rows + i, expected + i);
  }
}

/// Memory of a process that is in use by now, with its share of what others use
/// too, in KiB; 0 if nobody knows.
static long
memory_of(const long id)
{
  char path[64];
  char line[256];
  long n_kib = 0;
  (void)snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", id);
  FILE* const file = fopen(path, "r");
  while (file && fgets(line, sizeof(line), file)) {
    if (!strncmp(line, "Pss:", 4U)) {
      n_kib = strtol(line + 4, NULL, 10);
    }
  }
  if (file) {
    (void)fclose(file);
  }
  return n_kib;
}

/// The same of a process and its workers.
static long
memory_of_all(const long id)
{
  char path[64];
  char line[1024] = "";
  long n_kib      = memory_of(id);
  (void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", id, id);
  FILE* const file = fopen(path, "r");
  if (file) {
    (void)fgets(line, sizeof(line), file);
    (void)fclose(file);
  }
  char* rest = NULL;
  for (const char* child = strtok_r(line, " ", &rest); child;
       child             = strtok_r(NULL, " ", &rest)) {
    n_kib += memory_of(strtol(child, NULL, 10));
  }
  return n_kib;
}

/// Run as a user, and demand that all processes together take no more memory
/// than they may.
static Process
run_in_little_memory(const char* const line, const unsigned n_jobs)
{
  static const struct timespec moment = { 0, 5000000 };

  const ProcessSetup user    = { .is_user = true };
  RunningProcess     running = cli_start(line, &user);
  siginfo_t          ended   = { .si_pid = 0 };
  long               most    = 0;
  while (!ended.si_pid) {
    const long n_kib = memory_of_all((long)running.id);
    most             = n_kib > most ? n_kib : most;
    (void)nanosleep(&moment, NULL);
    assert_int_equal(
      waitid(P_PID, (id_t)running.id, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
  }
#ifdef TMB_SANITIZED
  (void)n_jobs;
  print_message("skipped: sanitizers take a lot of memory\n");
#else
  print_message("%u jobs: %ld KiB\n", n_jobs, most);
  assert_in_range(most, 1U, MOST_KIB(n_jobs));
#endif
  return process_wait(&running);
}

/// Lines that tell of a recording in what was said.
static unsigned
count_messages(const char* line)
{
  unsigned n = 0U;
  for (; (line = strstr(line, "timbrel: in/")); ++line) {
    ++n;
  }
  return n;
}

static void
each_good_file_has_its_rows_in_any_number_of_jobs(void** const state)
{
#ifdef TMB_SANITIZED
  static const unsigned jobs[] = { 16U }; // Each takes much longer
#else
  static const unsigned jobs[] = { 1U, 2U, 3U, 16U };
#endif

  (void)state;
  char* const expected = expected_rows(N_GOOD);
  for (size_t i = 0U; i < sizeof(jobs) / sizeof(*jobs); ++i) {
    char line[128];
    (void)snprintf(line, sizeof(line), LABEL "--jobs %u in", jobs[i]);
    Process process = run_in_little_memory(line, jobs[i]);
    assert_int_equal(process.status, 1);
    expect_rows(line, process.out, expected);
    assert_int_equal(count_messages(process.err), 2U * ARCHIVE_BAD);
    assert_non_null(
      strstr(process.err, "24 of 2000 recordings have no label:\n"));
    process_free(&process);
  }
  free(expected);
}

/// Rows that a process has written by now.
static unsigned
count_rows(const RunningProcess* const process)
{
  char     block[4096];
  unsigned n  = 0U;
  off_t    at = 0;
  for (ssize_t m = 0;
       (m = pread(fileno(process->out), block, sizeof(block), at)) > 0;
       at += m) {
    for (ssize_t i = 0; i < m; ++i) {
      n += block[i] == '\n';
    }
  }
  return n;
}

/// Hold a process once it has written something.
static void
hold(const RunningProcess* const process)
{
  static const struct timespec moment = { 0, 500000 };

  int status = 0;
  while (!count_rows(process)) {
    (void)nanosleep(&moment, NULL);
    assert_int_equal(waitpid(process->id, &status, WNOHANG), 0);
  }
  assert_int_equal(kill(process->id, SIGSTOP), 0);
  assert_int_equal(waitpid(process->id, &status, WUNTRACED), process->id);
  assert_true(WIFSTOPPED(status));
}

static void
a_file_that_vanishes_costs_itself_only(void** const state)
{
  (void)state;
  const ProcessSetup user    = { .is_user = true };
  RunningProcess     running = cli_start(LABEL "--jobs 2 in", &user);
  hold(&running);

  // Its name was read, but it is so far behind that nobody has opened it
  const unsigned gone = count_rows(&running) + N_WAITING + 100U;
  assert_true(gone < N_FIRST);
  assert_int_equal(remove(good_path(gone)), 0);
  assert_int_equal(kill(running.id, SIGCONT), 0);

  Process     process  = process_wait(&running);
  char* const expected = expected_rows(gone);
  assert_int_equal(process.status, 1);
  expect_rows("gone", process.out, expected);
  assert_int_equal(count_messages(process.err), (2U * ARCHIVE_BAD) + 1U);
  free(expected);
  process_free(&process);
}

/// Make a recording long, by repeating it.
static void
prolong(const char* const from, const char* const to, const unsigned n_times)
{
  SF_INFO        info = { .format = 0 };
  SNDFILE* const in   = sf_open(from, SFM_READ, &info);
  assert_non_null(in);
  short* const samples = (short*)malloc((size_t)info.frames * sizeof(*samples));
  assert_non_null(samples);
  assert_int_equal(info.channels, 1);
  assert_int_equal(sf_readf_short(in, samples, info.frames), info.frames);
  const sf_count_t n = info.frames;
  assert_int_equal(sf_close(in), 0);

  info.format        = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* const out = sf_open(to, SFM_WRITE, &info);
  assert_non_null(out);
  for (unsigned i = 0U; i < n_times; ++i) {
    assert_int_equal(sf_writef_short(out, samples, n), n);
  }
  assert_int_equal(sf_close(out), 0);
  free(samples);
}

static void
an_hour_takes_no_more_memory_than_a_second(void** const state)
{
  (void)state;
  prolong("c.wav", "long.wav", 3600U); // 1 s each
  assert_int_equal(chmod("long.wav", 0644), 0);
  Process one = run_in_little_memory(LABEL "--jobs 1 long.wav", 1U);
  Process two = run_in_little_memory(LABEL "--jobs 2 long.wav", 2U);
  assert_non_null(strstr(one.out, "\"seconds\":3600.0"));
  expect_rows("two jobs", two.out, one.out);
  assert_string_equal(one.err, "");
  process_free(&two);
  process_free(&one);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(each_good_file_has_its_rows_in_any_number_of_jobs),
    TEST(a_file_that_vanishes_costs_itself_only),
    TEST(an_hour_takes_no_more_memory_than_a_second),
  };
  return cmocka_run_group_tests_name("label_corpus", tests, NULL, NULL);
}
