// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/commands.h"
#include "trainer/default_model.h"
#include "trainer/labeller.h"
#include "trainer/options.h"
#include "trainer/rows.h"
#include "trainer/text.h"
#include "trainer/walk.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Characters of a path that fit the progress line.
#define PROGRESS_PATH 60U

typedef struct {
  const char* model; ///< Null for the default
  TmbRows     rows;
  TmbSettings settings;
} Options;

/// What a run needs, and what came of it.
typedef struct {
  TmbLabeller* labeller;
  TmbRows      rows;
  bool         shows_progress;
  unsigned     n_done;
  unsigned     n_failed;
} Run;

static void
print_help(void)
{
  (void)printf(
    "Usage: timbrel label [OPTION]... FILE|FOLDER...\n"
    "Name the instrument of each note in recordings, and of each recording.\n"
    "Folders are searched for sound files, and the folders in them too.\n"
    "\n"
    "  --model FILE       model to use instead of $TIMBREL_MODEL or the "
    "factory's\n"
    "  --format FORMAT    table (for people), jsonl or csv [table]\n"
    "  --threshold P      least confidence of a named note, 0 to 1 [%g]\n"
    "  --decision MS      age of a note when it is named, milliseconds [%g]\n"
    "  -h, --help         print this\n",
    (double)tmb_default_settings.threshold,
    (double)tmb_default_settings.decision_ms);
}

/// @return Whether to go on; if not, `*exit_status` is to be returned.
static bool
read_options(const int      argc,
             char** const   argv,
             Options* const options,
             int* const     exit_status)
{
  enum { MODEL = 256, FORMAT, THRESHOLD, DECISION };
  static const struct option known[] = {
    { "model", required_argument, NULL, MODEL },
    { "format", required_argument, NULL, FORMAT },
    { "threshold", required_argument, NULL, THRESHOLD },
    { "decision", required_argument, NULL, DECISION },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  double value = 0.0;
  for (int c = 0; (c = getopt_long(argc, argv, ":h", known, NULL)) != -1;) {
    switch (c) {
      case MODEL:
        options->model = optarg;
        break;
      case FORMAT:
        options->rows.format = tmb_row_format(optarg);
        if (!options->rows.format) {
          *exit_status = tmb_usage_error(
            "label", "--format takes table, jsonl or csv, not \"%s\"", optarg);
          return false;
        }
        break;
      case THRESHOLD:
        if (!tmb_number_option(
              "label", "--threshold", optarg, 0.0, 1.0, &value)) {
          return false;
        }
        options->settings.threshold = (float)value;
        break;
      case DECISION:
        if (!tmb_number_option(
              "label", "--decision", optarg, 1.0, 60000.0, &value)) {
          return false;
        }
        options->settings.decision_ms = (float)value;
        break;
      case 'h':
        print_help();
        *exit_status = TMB_EXIT_OK;
        return false;
      default:
        *exit_status = tmb_bad_option("label", c, argv);
        return false;
    }
  }
  if (optind == argc) {
    *exit_status = tmb_usage_error("label", "which files or folders?");
    return false;
  }
  return true;
}

/// One line on a terminal, wiped by wipe_progress() before anything else.
static void
show_progress(const Run* const run, const char* const path)
{
  if (run->shows_progress) {
    const size_t n     = strlen(path);
    char* const  clean = tmb_text_clean(
      n > PROGRESS_PATH ? path + (n - PROGRESS_PATH) : path, true);
    (void)fprintf(stderr,
                  "\r\033[K%u done, %u failed: %s",
                  run->n_done,
                  run->n_failed,
                  clean ? clean : "");
    free(clean);
  }
}

static void
wipe_progress(const Run* const run)
{
  if (run->shows_progress) {
    (void)fputs("\r\033[K", stderr);
  }
}

static void
report(Run* const run, const TmbMessage* const why)
{
  ++run->n_failed;
  wipe_progress(run);
  tmb_complain("%s", why->text);
}

/// A row and a sentence for what can't be labelled; false to stop.
static bool
report_path(Run* const run, const char* const path, const TmbMessage* const why)
{
  TmbMessage why_not;
  report(run, why);
  if (tmb_rows_error(&run->rows, path, why->text, &why_not)) {
    tmb_complain("%s", why_not.text);
    return false;
  }
  return true;
}

/// Label one file; false if there is no use in going on.
static bool
label_file(Run* const run, const char* const path)
{
  TmbMessage why;
  show_progress(run, path);

  const TmbStatus status =
    tmb_label_file(run->labeller, path, &run->rows, &why);
  if (status == TMB_WRITE_FAILED) {
    report(run, &why);
    return false;
  }
  if (status) {
    return report_path(run, path, &why);
  }
  ++run->n_done;
  return true;
}

/// Label a file or all files of a folder; false if there is no use in going on.
static bool
label_all(Run* const run, const char* const root)
{
  TmbMessage  why;
  TmbWalk*    walk    = NULL;
  const char* path    = root;
  uint64_t    n_found = 0U;
  if (tmb_walk_new(root, tmb_is_audio_name, &walk)) {
    (void)tmb_fail(TMB_NO_MEMORY, &why, "%s: out of memory", root);
    return report_path(run, root, &why);
  }

  bool go_on = true;
  while (go_on) {
    const TmbStatus status = tmb_walk_next(walk, &path, &why);
    if (!path) {
      break;
    }
    ++n_found;
    go_on = status ? report_path(run, path, &why) : label_file(run, path);
  }
  if (!n_found) {
    (void)tmb_fail(
      TMB_NO_FILE, &why, "%s: there is no sound file in this folder", root);
    go_on = report_path(run, root, &why);
  }
  tmb_walk_free(walk);
  return go_on;
}

static TmbStatus
load_labeller(const Options* const options,
              TmbModel** const     model,
              TmbLabeller** const  labeller,
              TmbMessage* const    why)
{
  TmbStatus status = options->model ? tmb_model_load(options->model, model, why)
                                    : tmb_default_model_load(model, why);
  if (status) {
    return status;
  }
  status = tmb_labeller_new(*model, &options->settings, labeller);
  return status
           ? tmb_fail(status,
                      why,
                      "%s: %s",
                      options->model ? options->model : "the default model",
                      tmb_strstatus(status))
           : TMB_OK;
}

int
tmb_cmd_label(const int argc, char** const argv)
{
  Options options = {
    .rows     = { .out = stdout, .format = tmb_row_format("table") },
    .settings = tmb_default_settings,
  };
  int exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  TmbMessage why;
  TmbModel*  model = NULL;
  Run        run   = {
             .rows           = options.rows,
             .shows_progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO),
  };
  if (load_labeller(&options, &model, &run.labeller, &why) ||
      tmb_rows_start(&run.rows, &why)) {
    report(&run, &why);
  } else {
    bool go_on = true;
    for (int i = optind; go_on && i < argc; ++i) {
      go_on = label_all(&run, argv[i]);
    }
  }
  wipe_progress(&run);
  tmb_labeller_free(run.labeller);
  tmb_model_free(model);
  return run.n_failed ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
