// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// `timbrel label` where there is no room for what it writes

// For unshare(); NOLINTNEXTLINE(bugprone-reserved-identifier)
#define _GNU_SOURCE

#include "tests/support/cli.h"
#include "tests/support/cmocka.h"
#include "tests/support/files.h"
#include "tests/support/outputs.h"
#include "tests/support/scratch.h"
#include "tests/support/tone.h"

#include <errno.h>
#include <sched.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LABEL "label --model " CLI_MODEL " --threshold 0 --jobs 2 "
#define N_FILES 300U
#define PAGE 4096U     ///< What tmpfs counts
#define SIZE "4194304" ///< Of the small disk, bytes
#define N_INODES "100" ///< At most, in another small disk

static int
setup(void** const state)
{
  if (cli_setup(state)) {
    return -1;
  }
  (void)tone_write("short.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 1U);
  assert_int_equal(mkdir("small", 0755), 0);
  assert_int_equal(mkdir("in", 0755), 0);
  for (unsigned i = 0U; i < N_FILES; ++i) {
    char path[32];
    (void)snprintf(path, sizeof(path), "in/%03u.wav", i);
    assert_int_equal(link("short.wav", path), 0);
  }
  bytes_save("No sound.\n", 10U, "in/150.wav.wav");
  return 0;
}

/// Make "small" a small disk, which nobody else sees, and which is gone with
/// this process; 0, or why that can't be done.
static int
try_to_mount(const char* const options)
{
  return unshare(CLONE_NEWNS) ||
             mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
             mount("none", "small", "tmpfs", 0UL, options)
           ? errno
           : 0;
}

/// Leave the test out unless "small" could be made a small disk.
static void
mount_small(const char* const options)
{
  // Where the mounts fail, a process that was unshared is lost to its own files
  int         status = 0;
  const pid_t child  = fork();
  if (!child) {
    _exit(try_to_mount(options));
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status)) {
    print_message("skipped: a small disk can't be mounted: %s\n",
                  strerror(WEXITSTATUS(status)));
    skip();
  }
  assert_int_equal(try_to_mount(options), 0);
}

static void
unmount_small(void)
{
  assert_int_equal(umount("small"), 0);
}

/// Take all room but for some pages.
static void
fill_up(const unsigned n_free)
{
  static const char page[PAGE] = "";

  FILE* const file = fopen("small/filler", "wb");
  assert_non_null(file);
  (void)setvbuf(file, NULL, _IONBF, 0U);
  while (fwrite(page, 1U, PAGE, file) == PAGE) {
  }
  assert_int_equal(errno, ENOSPC);
  const long n = (long)strtoul(SIZE, NULL, 10) - (long)(n_free * PAGE);
  assert_int_equal(ftruncate(fileno(file), n), 0);
  (void)fclose(file);
}

/// Run, with temporary files in a folder.
static Process
run_in(const char* const line, const char* const temporary)
{
  char               entry[64];
  const ProcessSetup setup = { .environment = entry };
  (void)snprintf(entry, sizeof(entry), "TMPDIR=%s", temporary);
  return cli_run(line, &setup);
}

/// Demand that a run ended since something could not be written.
static void
expect_full(const char* const line,
            const char* const temporary,
            const char* const name)
{
  Process           process = run_in(line, temporary);
  const char* const last    = strrchr(process.err, ':');
  if (process.status != 1 || !strstr(process.err, name) || !last ||
      strcmp(last, ": No space left on device\n") != 0) {
    fail_msg("%s: %d, %s", line, process.status, process.err);
  }
  process_free(&process);
}

/// How a run writes.
typedef struct {
  const char* options; ///< Followed by where to
  const char* out;
  const char* whole;
  unsigned    n_most; ///< Pages that are not enough
} Way;

static const Way ways[] = {
  { "--format csv -o", "small/out.csv", "whole.csv", 9U },
  { "--format jsonl -o", "small/out.jsonl", "whole.jsonl", 9U },
  { "--format csv -d", "small/out", "whole", 64U },
};

#define N_WAYS (sizeof(ways) / sizeof(*ways))

/// A command, valid until the next call.
static const char*
command_of(const Way* const way, const char* const out)
{
  static char line[256];
  (void)snprintf(
    line, sizeof(line), LABEL "%s %s --resume in", way->options, out);
  return line;
}

/// Label all to where there is room.
static void
label_whole(const Way* const way)
{
  output_clear(way->whole);
  Process process = cli_run(command_of(way, way->whole), NULL);
  assert_int_equal(process.status, 1);
  process_free(&process);
}

/// Demand that the same command gives the whole, now that there is room.
static void
expect_whole(const Way* const way)
{
  Process process = cli_run(command_of(way, way->out), NULL);
  if (process.status != 1) {
    fail_msg("%s: %d, %s", way->out, process.status, process.err);
  }
  process_free(&process);
  expect_finished(way->out, true);
  expect_same(way->out, way->whole);
  output_clear(way->out);
}

static void
a_full_disk_costs_nothing_that_was_done(void** const state)
{
  (void)state;
  for (size_t i = 0U; i < N_WAYS; ++i) {
    label_whole(&ways[i]);
  }
  mount_small("size=" SIZE);
  for (size_t i = 0U; i < N_WAYS; ++i) {
    for (unsigned n = 0U; n <= ways[i].n_most; n = n ? 2U * n : 1U) {
      fill_up(n);
      expect_full(command_of(&ways[i], ways[i].out), "/tmp", ways[i].out);
      assert_int_equal(remove("small/filler"), 0);
      expect_whole(&ways[i]);
    }
  }
  unmount_small();
}

static void
a_disk_without_room_for_names_is_full(void** const state)
{
  (void)state;
  const Way* const way = &ways[2];
  label_whole(way);
  mount_small("nr_inodes=" N_INODES);
  expect_full(command_of(way, way->out), "/tmp", way->out);
  assert_int_equal(mount("none", "small", NULL, MS_REMOUNT, "nr_inodes=2000"),
                   0);
  expect_whole(way);
  unmount_small();
}

static void
temporary_files_may_find_no_room(void** const state)
{
  static const char name[] = "timbrel: a temporary file can't be written";

  (void)state;
  Way way = ways[0];
  way.out = "out.csv";
  label_whole(&way);
  mount_small("size=" SIZE);
  for (unsigned n = 0U; n < 3U; ++n) {
    fill_up(n);
    expect_full(command_of(&way, way.out), "small", name);
    assert_int_equal(remove("small/filler"), 0);
    expect_whole(&way);
  }
  unmount_small();
}

static void
temporary_files_need_a_folder(void** const state)
{
  (void)state;
  Process process = run_in(LABEL "good.wav", "missing");
  assert_int_equal(process.status, 1);
  assert_true(is_sentence(process.err,
                          "a temporary file can't be written in missing",
                          "No such file or directory"));
  process_free(&process);
  process = run_in(LABEL "good.wav", ""); // As if it were not set
  assert_int_equal(process.status, 0);
  process_free(&process);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
    TEST(a_full_disk_costs_nothing_that_was_done),
    TEST(a_disk_without_room_for_names_is_full),
    TEST(temporary_files_may_find_no_room),
    TEST(temporary_files_need_a_folder),
  };
  return cmocka_run_group_tests_name("label_full", tests, NULL, NULL);
}
