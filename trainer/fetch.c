// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/commands.h"
#include "trainer/fetch_file.h"
#include "trainer/fetch_list.h"
#include "trainer/fetch_run.h"
#include "trainer/options.h"

#include <curl/curl.h>

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_SECONDS 3600.0

static const TmbFetchSettings default_settings = {
  .n_jobs        = 4U,
  .n_retries     = 5U,
  .retry_delay_s = 1.0,
  .timeout_s     = 30U,
};

static void
print_help(void)
{
  (void)printf(
    "Usage: timbrel fetch [OPTION]... URL|LIST... -o FOLDER\n"
    "Download files, several at once, and go on with what was cut off.\n"
    "\n"
    "  -o, --output FOLDER  where files go; it is made if it is missing\n"
    "  --jobs N             files at a time, 1 to %u [%u]\n"
    "  --retries N          further attempts while no new byte comes [%u]\n"
    "  --retry-delay S      seconds before the first, doubled each time [%g]\n"
    "  --timeout S          seconds to wait for a connection or a byte [%u]\n"
    "  -h, --help           print this\n"
    "\n"
    "LIST is a file, or - for stdin, with a line for each file to fetch:\n"
    "  URL [sha256=HEX] [name=PATH]\n"
    "PATH is below FOLDER and may hold blanks; without it, the last part of "
    "the URL\n"
    "is the name.  Lines that begin with # say nothing.  An argument with :// "
    "is such\n"
    "a line itself.\n"
    "\n"
    "A file gets its name once it is whole and its checksum is right.  Until "
    "then it\n"
    "is NAME" TMB_PART ", and the next run goes on with it.  A file that is "
    "there is kept,\n"
    "unless its checksum is wrong.  Printed is a list of all that are there, "
    "with\n"
    "their checksums.  The exit status is 1 if any is missing.\n",
    TMB_MAX_FETCH_JOBS,
    default_settings.n_jobs,
    default_settings.n_retries,
    default_settings.retry_delay_s,
    default_settings.timeout_s);
}

/// @return Whether to go on; if not, `*exit_status` is to be returned.
static bool
read_options(const int               argc,
             char** const            argv,
             TmbFetchSettings* const s,
             int* const              exit_status)
{
  enum { JOBS = 256, RETRIES, RETRY_DELAY, TIMEOUT };
  static const struct option known[] = {
    { "output", required_argument, NULL, 'o' },
    { "jobs", required_argument, NULL, JOBS },
    { "retries", required_argument, NULL, RETRIES },
    { "retry-delay", required_argument, NULL, RETRY_DELAY },
    { "timeout", required_argument, NULL, TIMEOUT },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  bool is_good = true;
  for (int c = 0;
       is_good && (c = getopt_long(argc, argv, ":ho:", known, NULL)) != -1;) {
    switch (c) {
      case 'o':
        s->folder = optarg;
        break;
      case JOBS:
        is_good = tmb_count_option(
          "fetch", "--jobs", optarg, 1.0, TMB_MAX_FETCH_JOBS, &s->n_jobs);
        break;
      case RETRIES:
        is_good = tmb_count_option(
          "fetch", "--retries", optarg, 0.0, 1000.0, &s->n_retries);
        break;
      case RETRY_DELAY:
        is_good = tmb_number_option("fetch",
                                    "--retry-delay",
                                    optarg,
                                    0.0,
                                    MAX_SECONDS,
                                    &s->retry_delay_s);
        break;
      case TIMEOUT:
        is_good = tmb_count_option(
          "fetch", "--timeout", optarg, 1.0, MAX_SECONDS, &s->timeout_s);
        break;
      case 'h':
        print_help();
        *exit_status = TMB_EXIT_OK;
        return false;
      default:
        *exit_status = tmb_bad_option("fetch", c, argv);
        return false;
    }
  }
  if (is_good && optind == argc) {
    *exit_status = tmb_usage_error("fetch", "which URLs or lists?");
    return false;
  }
  if (is_good && !(s->folder && *s->folder)) {
    *exit_status = tmb_usage_error("fetch", "which folder? say -o FOLDER");
    return false;
  }
  return is_good;
}

static void
print_tally(const TmbFetchTally* const tally)
{
  (void)fprintf(stderr,
                "%zu files fetched (%.1f MB), %zu were there, %zu failed\n",
                tally->n_fetched,
                1e-6 * (double)tally->n_bytes,
                tally->n_kept,
                tally->n_failed);
}

int
tmb_cmd_fetch(const int argc, char** const argv)
{
  TmbFetchSettings settings    = default_settings;
  int              exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &settings, &exit_status)) {
    return exit_status;
  }
  settings.shows_progress = isatty(STDERR_FILENO);

  TmbMessage    why;
  TmbFetchTally tally  = { 0U, 0U, 0U, 0U };
  TmbFetchList  list   = { NULL, 0U };
  TmbStatus     status = TMB_OK;
  if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
    status = tmb_fail(TMB_NO_MEMORY, &why, "libcurl can't be set up");
  }
  if (!status) {
    status =
      tmb_fetch_list_read(argv + optind, (size_t)(argc - optind), &list, &why);
  }
  if (!status) {
    status = tmb_fetch_run(&list, &settings, &tally, &why);
  }
  if (status) {
    tmb_complain("%s", why.text);
  } else if (settings.shows_progress) {
    print_tally(&tally);
  }
  tmb_fetch_list_free(&list);
  curl_global_cleanup();
  return (status || tally.n_failed) ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
