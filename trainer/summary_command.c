// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/commands.h"
#include "trainer/line_file.h"
#include "trainer/new_file.h"
#include "trainer/options.h"
#include "trainer/regular_file.h"
#include "trainer/summary.h"
#include "trainer/summary_output.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COMMAND "summary"
#define MAX_COMPLAINTS 3U ///< About lines of one file; more are only counted

/// What was asked for, and what came of it.
typedef struct {
  const char* json_path; ///< Or null
  const char* page_path; ///< ...
  char**      results;   ///< [n_results] Paths
  int         n_results;
  TmbSummary* summary;
  TmbNewFile  json;
  TmbNewFile  page;
  int         n_read;
  bool        is_complete; ///< Whether there was nothing to complain of
} Run;

static void
print_help(void)
{
  (void)fputs(
    "Usage: timbrel summary [OPTION]... RESULTS...\n"
    "Add up what `timbrel label --format jsonl` found: recordings, hours, "
    "notes\n"
    "by instrument and family, confidence, what is unknown, what failed.\n"
    "RESULTS are any number of such files, - is standard input.  Of results "
    "of\n"
    "one recording, the last counts.\n"
    "\n"
    "  --json FILE  write all numbers there as well, for programs\n"
    "  --html FILE  draw them as a page that needs no other file, with a "
    "table\n"
    "               of all recordings that can be searched and sorted\n"
    "  -h, --help   print this\n",
    stdout);
}

/// Read the options; if that is all there is to do, false and an exit status.
static bool
read_options(const int    argc,
             char** const argv,
             Run* const   self,
             int* const   exit_status)
{
  enum { JSON = 256, HTML };
  static const struct option known[] = {
    { "json", required_argument, NULL, JSON },
    { "html", required_argument, NULL, HTML },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":h", known, NULL)) != -1;) {
    switch (c) {
      case JSON:
        self->json_path = optarg;
        break;
      case HTML:
        self->page_path = optarg;
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
    *exit_status = tmb_usage_error(COMMAND, "which results?");
    return false;
  }
  self->results   = argv + optind;
  self->n_results = argc - optind;
  return true;
}

/// Begin a file, so that a place where it can't be is told at once.
static TmbStatus
open_output(const Run* const  self,
            const char* const path,
            TmbNewFile* const file,
            TmbMessage* const why)
{
  for (int i = 0; path && i < self->n_results; ++i) {
    if (tmb_is_same_file(path, self->results[i])) {
      return tmb_fail(
        TMB_WRITE_FAILED, why, "%s can't be written: it is read", path);
    }
  }
  return path ? tmb_new_file_open(path, file, why) : TMB_OK;
}

/// A file of results that is read.
typedef struct {
  TmbLineFile lines;
  uint64_t    n_left_out; ///< Lines, and notes that no row of a file follows
  bool        is_cut;     ///< Whether the last line is, so that it is no row
} Results;

/// Say what of a file does not count, unless enough was said about the file.
static void
leave_out(Run* const        self,
          Results* const    results,
          const char* const what,
          const char* const reason)
{
  self->is_complete = false;
  if (++results->n_left_out <= MAX_COMPLAINTS) {
    tmb_complain("%s: %s %" PRIu64 " does not count: %s",
                 results->lines.name,
                 what,
                 results->lines.number,
                 reason);
  }
}

/// Count a line; #TMB_BAD_FILE if it is no row that counts.
static TmbStatus
add_line(Run* const self, Results* const results, TmbMessage* const reason)
{
  const TmbLineFile* const lines = &results->lines;
  if (lines->is_long) {
    return tmb_fail(
      TMB_BAD_FILE, reason, "it has more than %u bytes", TMB_MAX_LINE);
  }

  TmbResultRow row;
  TmbStatus status = tmb_result_row_read(lines->text, lines->n, &row, reason);
  const char* const open = tmb_summary_open_file(self->summary);
  if (!status && open && strcmp(open, row.file)) {
    leave_out(self,
              results,
              "what comes before line",
              "the row of their recording is missing");
  }
  if (!status) {
    status = tmb_summary_add(self->summary, &row, reason);
  }
  tmb_result_row_clear(&row);
  return status;
}

/// Say that results end too early, if they do.
static void
check_end(Run* const self, const Results* const results)
{
  const char* const open = tmb_summary_open_file(self->summary);
  if (results->is_cut) {
    tmb_complain("%s: it ends amid line %" PRIu64
                 ", as if the run that wrote it had been cut off",
                 results->lines.name,
                 results->lines.number);
  } else if (open) {
    tmb_complain("%s: it ends amid the notes of %s, as if the run that wrote "
                 "it had been cut off",
                 results->lines.name,
                 open);
  }
  if (results->n_left_out > MAX_COMPLAINTS) {
    tmb_complain("%s: %" PRIu64 " more such lines do not count",
                 results->lines.name,
                 results->n_left_out - MAX_COMPLAINTS);
  }
  self->is_complete = self->is_complete && !results->is_cut && !open;
  tmb_summary_drop_open(self->summary);
}

/// Count all rows of a file that is open; #TMB_NO_MEMORY ends it.
static TmbStatus
read_lines(Run* const self, Results* const results, TmbMessage* const why)
{
  const TmbLineFile* const lines = &results->lines;
  while (tmb_line_file_next(&results->lines)) {
    TmbMessage      reason = { "" };
    const TmbStatus status = add_line(self, results, &reason);
    if (status == TMB_NO_MEMORY) {
      return tmb_fail(status, why, "%s: out of memory", lines->name);
    }
    if (status && !lines->has_end && !lines->is_long) {
      results->is_cut = true;
    } else if (status) {
      leave_out(self, results, "line", reason.text);
    }
  }
  check_end(self, results);
  return tmb_line_file_check(lines, why);
}

/// Count what a file has; false if there is no use in going on.
static bool
read_results(Run* const self, const char* const path)
{
  TmbMessage why;
  Results    results = { .n_left_out = 0U };
  TmbStatus  status  = tmb_line_file_open(path, &results.lines, &why);
  if (!status) {
    ++self->n_read;
    status = read_lines(self, &results, &why);
  }
  tmb_line_file_close(&results.lines);
  if (status) {
    tmb_complain("%s", why.text);
    self->is_complete = false;
  }
  return status != TMB_NO_MEMORY;
}

/// Write what was found; #TMB_OK also if nothing could be read.
static TmbStatus
write_summary(Run* const self, TmbMessage* const why)
{
  if (!self->n_read) {
    return TMB_OK;
  }
  TmbStatus status = tmb_summary_finish(self->summary);
  if (status) {
    return tmb_fail(status, why, "out of memory");
  }

  tmb_summary_write_table(self->summary, stdout);
  if (self->json.out &&
      !tmb_summary_write_json(self->summary, self->json.out)) {
    return tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }
  if (self->page.out) {
    tmb_summary_write_page(self->summary, self->page.out);
  }
  status = tmb_new_file_close(&self->json, why);
  if (!status) {
    status = tmb_new_file_close(&self->page, why);
  }
  if (!status) {
    status = tmb_new_file_rename(&self->json, why);
  }
  return status ? status : tmb_new_file_rename(&self->page, why);
}

/// The whole command; false if there was something to complain of.
static bool
summarise(Run* const self)
{
  TmbMessage why;
  self->summary    = tmb_summary_new();
  TmbStatus status = self->summary
                       ? open_output(self, self->json_path, &self->json, &why)
                       : tmb_fail(TMB_NO_MEMORY, &why, "out of memory");
  if (!status) {
    status = open_output(self, self->page_path, &self->page, &why);
  }
  bool go_on = !status;
  for (int i = 0; go_on && i < self->n_results; ++i) {
    go_on = read_results(self, self->results[i]);
  }
  if (go_on) {
    status = write_summary(self, &why);
  }
  if (status) {
    tmb_complain("%s", why.text);
  }
  tmb_new_file_discard(&self->json);
  tmb_new_file_discard(&self->page);
  tmb_summary_free(self->summary);
  return go_on && !status && self->is_complete;
}

int
tmb_cmd_summary(const int argc, char** const argv)
{
  Run self        = { .is_complete = true };
  int exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &self, &exit_status)) {
    return exit_status;
  }
  return summarise(&self) ? TMB_EXIT_OK : TMB_EXIT_FAILED;
}
