// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/model.h"
#include "trainer/audio_file.h"
#include "trainer/commands.h"
#include "trainer/default_model.h"
#include "trainer/finder.h"
#include "trainer/label_options.h"
#include "trainer/labeller.h"
#include "trainer/options.h"
#include "trainer/rows.h"
#include "trainer/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// Characters of a path that fit the progress line.
#define PROGRESS_PATH 60U

/// Of a channel's number behind a path, with its sign and the terminator.
#define CHANNEL_BYTES 12U

/// What a run needs, and what came of it.
typedef struct {
  TmbLabeller* labeller;
  TmbRows      rows;
  uint32_t     channel;
  bool         fails_fast;
  bool         shows_progress;
  unsigned     n_done;
  unsigned     n_failed;
} Run;

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

/**
   A row and a sentence for what can't be labelled; false to stop.

   @param name What the row calls it; `why` begins with its path.
*/
static bool
report_path(Run* const              run,
            const char* const       path,
            const char* const       name,
            const TmbMessage* const why)
{
  const char* const reason = tmb_rows_reason(why->text, path);
  TmbMessage        why_not;
  report(run, why);
  if (tmb_rows_error(&run->rows, name, reason, &why_not)) {
    tmb_complain("%s", why_not.text);
    return false;
  }
  return !run->fails_fast;
}

/// Label a channel, or all mixed; false if there is no use in going on.
static bool
label_channel(Run* const        run,
              const char* const path,
              const char* const name,
              const uint32_t    channel)
{
  TmbMessage      why;
  const TmbStatus status =
    tmb_label_file(run->labeller, path, name, channel, &run->rows, &why);
  if (status == TMB_WRITE_FAILED) {
    report(run, &why);
    return false;
  }
  return !status || report_path(run, path, name, &why);
}

/// Label each channel, under the path with its number.
static bool
label_channels(Run* const run, const char* const path)
{
  TmbMessage    why;
  TmbAudioFile* file = NULL;
  if (tmb_audio_open(path, &file, &why)) {
    return report_path(run, path, path, &why);
  }
  const uint32_t n_channels = tmb_audio_info(file)->n_channels;
  tmb_audio_close(file);

  const size_t size = strlen(path) + CHANNEL_BYTES;
  char* const  name = (char*)malloc(size);
  if (!name) {
    (void)tmb_fail(TMB_NO_MEMORY, &why, "%s: out of memory", path);
    return report_path(run, path, path, &why);
  }

  const unsigned n_failed = run->n_failed;
  bool           go_on    = true;
  for (uint32_t c = 1U; go_on && c <= n_channels; ++c) {
    (void)snprintf(name, size, "%s#%" PRIu32, path, c);
    go_on = label_channel(run, path, name, c);
    if (run->n_failed != n_failed) {
      break; // So would the others
    }
  }
  free(name);
  return go_on;
}

/// Label one file; false if there is no use in going on.
static bool
label_file(Run* const run, const char* const path)
{
  const unsigned n_failed = run->n_failed;
  show_progress(run, path);

  const bool go_on = run->channel == TMB_CHANNELS_EACH
                       ? label_channels(run, path)
                       : label_channel(run, path, path, run->channel);
  run->n_done += run->n_failed == n_failed;
  return go_on;
}

static void
label_all(Run* const run, TmbFinder* const finder)
{
  bool go_on = true;
  while (go_on) {
    TmbMessage      why;
    const char*     path   = NULL;
    const TmbStatus status = tmb_finder_next(finder, &path, &why);
    if (!path) {
      break;
    }
    go_on = status ? report_path(run, path, path, &why) : label_file(run, path);
  }
}

static TmbStatus
load_labeller(const TmbLabelOptions* const options,
              TmbModel** const             model,
              TmbLabeller** const          labeller,
              TmbMessage* const            why)
{
  TmbStatus status = options->model ? tmb_model_load(options->model, model, why)
                                    : tmb_default_model_load(model, why);
  if (status) {
    return status;
  }
  status =
    tmb_labeller_new(*model, &options->settings, &options->part, labeller);
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
  TmbLabelOptions options;
  int             exit_status = TMB_EXIT_OK;
  if (!tmb_read_label_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  TmbMessage why;
  TmbModel*  model  = NULL;
  TmbFinder* finder = NULL;
  Run        run    = {
              .rows           = { .out = stdout, .format = options.format },
              .channel        = options.channel,
              .fails_fast     = options.fails_fast,
              .shows_progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO),
  };
  if (tmb_finder_new(&options.search, &finder)) {
    (void)tmb_fail(TMB_NO_MEMORY, &why, "out of memory");
    report(&run, &why);
  } else if (load_labeller(&options, &model, &run.labeller, &why) ||
             tmb_rows_start(&run.rows, &why)) {
    report(&run, &why);
  } else {
    label_all(&run, finder);
  }
  wipe_progress(&run);
  tmb_finder_free(finder);
  tmb_labeller_free(run.labeller);
  tmb_model_free(model);
  return run.n_failed ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
