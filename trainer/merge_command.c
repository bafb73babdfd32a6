// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/commands.h"
#include "trainer/merge.h"
#include "trainer/new_file.h"
#include "trainer/options.h"
#include "trainer/regular_file.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>

#define COMMAND "merge"
#define OTHER_FILES 16U ///< That may be open beside those of the shards

/// What was asked for.
typedef struct {
  const char* output; ///< Or null
  char**      shards; ///< [n_shards] Paths
  size_t      n_shards;
  bool        is_quiet;
} Options;

static void
print_help(void)
{
  (void)fputs(
    "Usage: timbrel merge [OPTION]... SHARD...\n"
    "Join what all shards of a run wrote into what a single run writes, byte "
    "for\n"
    "byte.  SHARD is a FILE of `timbrel label --shard I/N -o FILE`, with "
    "FILE.journal\n"
    "beside it; the order does not matter.\n"
    "\n"
    "  -o, --output FILE  write there, not to stdout\n"
    "  -q, --quiet        do not tell how many recordings have no label\n"
    "  -h, --help         print this\n",
    stdout);
}

/// Read the options; if that is all there is to do, false and an exit status.
static bool
read_options(const int      argc,
             char** const   argv,
             Options* const options,
             int* const     exit_status)
{
  static const struct option known[] = {
    { "output", required_argument, NULL, 'o' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":o:qh", known, NULL)) != -1;) {
    switch (c) {
      case 'o':
        options->output = optarg;
        break;
      case 'q':
        options->is_quiet = true;
        break;
      case 'h':
        print_help();
        *exit_status = TMB_EXIT_OK;
        return false;
      default:
        *exit_status = tmb_bad_option(COMMAND, c, argv);
        return false;
    }
  }
  if (optind == argc) {
    *exit_status = tmb_usage_error(COMMAND, "which shards?");
    return false;
  }
  options->shards   = argv + optind;
  options->n_shards = (size_t)(argc - optind);
  return true;
}

/// See to it that so many shards may be open at a time, if that is allowed.
static TmbStatus
allow_files(const size_t n_shards, TmbMessage* const why)
{
  const size_t  n = TMB_MERGE_FILES * n_shards + OTHER_FILES;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) || n <= limit.rlim_cur) {
    return TMB_OK;
  }
  if (n > limit.rlim_max) {
    return tmb_fail(TMB_NO_FILE,
                    why,
                    "%zu shards need %zu open files, and only %ju are allowed "
                    "(see ulimit -n)",
                    n_shards,
                    n,
                    (uintmax_t)limit.rlim_max);
  }
  limit.rlim_cur = n;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
  return TMB_OK;
}

/// Begin the output, unless that is stdout, so that a place where it can't be
/// is told at once.
static TmbStatus
open_output(const Options* const options,
            TmbNewFile* const    file,
            TmbMessage* const    why)
{
  for (size_t i = 0U; options->output && i < options->n_shards; ++i) {
    if (tmb_is_same_file(options->output, options->shards[i])) {
      return tmb_fail(TMB_WRITE_FAILED,
                      why,
                      "%s can't be written: it is read",
                      options->output);
    }
  }
  return options->output ? tmb_new_file_open(options->output, file, why)
                         : TMB_OK;
}

static TmbStatus
merge(const Options* const  options,
      TmbNewFile* const     file,
      TmbMergeCounts* const counts,
      TmbMessage* const     why)
{
  TmbStatus status = allow_files(options->n_shards, why);
  if (!status) {
    status = open_output(options, file, why);
  }
  if (!status) {
    status = tmb_merge(options->shards,
                       options->n_shards,
                       file->out ? file->out : stdout,
                       file->out ? options->output : "the output",
                       counts,
                       why);
  }
  if (!status) {
    status = tmb_new_file_close(file, why);
  }
  return status ? status : tmb_new_file_rename(file, why);
}

int
tmb_cmd_merge(const int argc, char** const argv)
{
  Options options     = { .output = NULL };
  int     exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  TmbMessage      why;
  TmbNewFile      file   = { .out = NULL };
  TmbMergeCounts  counts = { .n_recordings = 0U };
  const TmbStatus status = merge(&options, &file, &counts, &why);
  tmb_new_file_discard(&file);
  if (status) {
    tmb_complain("%s", why.text);
  } else if (counts.n_failed && !options.is_quiet) {
    tmb_complain("%" PRIu64 " of %" PRIu64 " recordings have no label",
                 counts.n_failed,
                 counts.n_recordings);
  }
  return status ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
