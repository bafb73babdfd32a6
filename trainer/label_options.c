// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_options.h"

#include "trainer/commands.h"
#include "trainer/label_queue.h"
#include "trainer/options.h"
#include "trainer/parallel.h"

#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/// Of a position in a recording; some months.
#define MOST_SECONDS 1e7

#define MOST_CHANNELS 16384.0
#define MOST_SHARDS 1000000.0

#define TIME_LIMIT_S 120.0
#define MEMORY_MIB 1024U

static void
print_help(void)
{
  (void)printf(
    "Usage: timbrel label [OPTION]... FILE|FOLDER...\n"
    "Name the instrument of each note in recordings, and of each recording.\n"
    "Folders are searched for sound files, and the folders in them too.\n"
    "\n"
    "  --from-file LIST     label also what this file lists, a path a line; - "
    "is stdin\n"
    "  -0, --null           zero bytes, not line ends, are between the paths "
    "in LIST\n"
    "  --probe              in folders, know sound files by their content, "
    "whatever\n"
    "                       their names\n"
    "  --fail-fast          stop at the first file that can't be labelled\n"
    "\n"
    "  --start S            label each recording from here on, seconds [0]\n"
    "  --end S              and up to here [its end]\n"
    "  --channel CHANNEL    mix (all), left, right, a number from 1 on, or "
    "each: rows\n"
    "                       of channel N then have #N behind the file's name "
    "[mix]\n"
    "\n"
    "  --model FILE         model to use instead of $TIMBREL_MODEL or the "
    "factory's\n"
    "  --format FORMAT      " TMB_ROW_FORMATS " [table]\n"
    "  -o, --output FILE    write all to this file, which appears when it is "
    "whole\n"
    "  -d, --output-folder FOLDER\n"
    "                       write a file there for each recording, in folders "
    "as "
    "its own\n"
    "  --resume             go on with what was interrupted before; -o or -d "
    "say where\n"
    "  --shard I/N          label the Ith of N parts of all, I from 1 on; "
    "timbrel "
    "merge\n"
    "                       joins what -o wrote of them\n"
    "  --min-confidence P   least confidence of a named note, 0 to 1 [%g];\n"
    "                       --threshold is the same\n"
    "  --decision MS        age of a note when it is named, milliseconds [%g]\n"
    "  --jobs N             recordings to label at a time [%u, the processors "
    "here];\n"
    "                       the output does not depend on it\n"
    "  --time-limit S       give a file up when its decoder is silent for so "
    "long,\n"
    "                       seconds [%g]\n"
    "  --memory-limit MIB   memory that a decoder may take, 0 for any [%u]\n"
    "  --progress KIND      auto (a line on a terminal) or json (objects on "
    "stderr)\n"
    "  -q, --quiet          no progress, and errors only as rows and exit "
    "status\n"
    "  -h, --help           print this\n",
    (double)tmb_default_settings.threshold,
    (double)tmb_default_settings.decision_ms,
    tmb_default_threads(),
    TIME_LIMIT_S,
    MEMORY_MIB);
}

enum {
  FROM_FILE = 256,
  PROBE,
  FAIL_FAST,
  START,
  END,
  CHANNEL,
  MODEL,
  FORMAT,
  MIN_CONFIDENCE,
  DECISION,
  JOBS,
  RESUME,
  SHARD,
  TIME_LIMIT,
  MEMORY_LIMIT,
  PROGRESS
};

static const struct option known[] = {
  { "from-file", required_argument, NULL, FROM_FILE },
  { "null", no_argument, NULL, '0' },
  { "probe", no_argument, NULL, PROBE },
  { "fail-fast", no_argument, NULL, FAIL_FAST },
  { "start", required_argument, NULL, START },
  { "end", required_argument, NULL, END },
  { "channel", required_argument, NULL, CHANNEL },
  { "model", required_argument, NULL, MODEL },
  { "format", required_argument, NULL, FORMAT },
  { "output", required_argument, NULL, 'o' },
  { "min-confidence", required_argument, NULL, MIN_CONFIDENCE },
  { "threshold", required_argument, NULL, MIN_CONFIDENCE }, // The plugin's word
  { "decision", required_argument, NULL, DECISION },
  { "jobs", required_argument, NULL, JOBS },
  { "output-folder", required_argument, NULL, 'd' },
  { "resume", no_argument, NULL, RESUME },
  { "shard", required_argument, NULL, SHARD },
  { "time-limit", required_argument, NULL, TIME_LIMIT },
  { "memory-limit", required_argument, NULL, MEMORY_LIMIT },
  { "progress", required_argument, NULL, PROGRESS },
  { "quiet", no_argument, NULL, 'q' },
  { "help", no_argument, NULL, 'h' },
  { NULL, 0, NULL, 0 },
};

static bool
read_number(const char* const option,
            const char* const text,
            const double      least,
            const double      most,
            double* const     value)
{
  return tmb_number_option("label", option, text, least, most, value);
}

/// The same for what the recogniser is set to.
static bool
read_setting(const char* const option,
             const char* const text,
             const double      least,
             const double      most,
             float* const      setting)
{
  double value = 0.0;
  if (!read_number(option, text, least, most, &value)) {
    return false;
  }
  *setting = (float)value;
  return true;
}

static bool
read_channel(const char* const text, uint32_t* const channel)
{
  static const struct {
    const char* name;
    uint32_t    channel;
  } names[] = {
    { "mix", TMB_CHANNELS_MIXED },
    { "left", 1U },
    { "right", 2U },
    { "each", TMB_CHANNELS_EACH },
  };

  for (size_t i = 0U; i < sizeof(names) / sizeof(*names); ++i) {
    if (!strcmp(text, names[i].name)) {
      *channel = names[i].channel;
      return true;
    }
  }
  if (text[0] < '0' || text[0] > '9') {
    (void)tmb_usage_error(
      "label",
      "--channel takes mix, left, right, each or a number, not \"%s\"",
      text);
    return false;
  }
  return tmb_count_option(
    "label", "--channel", text, 1.0, MOST_CHANNELS, channel);
}

static bool
read_format(const char* const text, const TmbRowFormat** const format)
{
  *format = tmb_row_format(text);
  if (!*format) {
    (void)tmb_usage_error(
      "label", "--format takes " TMB_ROW_FORMATS ", not \"%s\"", text);
  }
  return *format;
}

/// Two whole numbers with a slash between.
static bool
read_shard(const char* const text, TmbLabelOptions* const options)
{
  char              number[16];
  const size_t      n     = strcspn(text, "/");
  const char* const total = text + n + (text[n] == '/');
  if (!text[n] || n >= sizeof(number)) {
    (void)tmb_usage_error(
      "label", "--shard takes a number, / and how many, not \"%s\"", text);
    return false;
  }
  memcpy(number, text, n);
  number[n] = '\0';
  return tmb_count_option(
           "label", "--shard", total, 1.0, MOST_SHARDS, &options->n_shards) &&
         tmb_count_option("label",
                          "--shard",
                          number,
                          1.0,
                          (double)options->n_shards,
                          &options->shard);
}

static bool
read_progress(const char* const text, bool* const tells_json)
{
  *tells_json = !strcmp(text, "json");
  if (!*tells_json && strcmp(text, "auto") != 0) {
    (void)tmb_usage_error(
      "label", "--progress takes auto or json, not \"%s\"", text);
    return false;
  }
  return true;
}

/// Options of how a run goes about it, not of what it labels.
static bool
read_run_option(const int              option,
                const char* const      text,
                TmbLabelOptions* const options)
{
  switch (option) {
    case JOBS:
      return tmb_count_option("label",
                              "--jobs",
                              text,
                              1.0,
                              (double)TMB_MAX_THREADS,
                              &options->n_jobs);
    case RESUME:
      options->resumes = true;
      return true;
    case SHARD:
      return read_shard(text, options);
    case TIME_LIMIT:
      return read_number(
        "--time-limit", text, 1.0, MOST_SECONDS, &options->time_limit_s);
    case MEMORY_LIMIT:
      return tmb_count_option(
        "label", "--memory-limit", text, 0.0, 1e6, &options->memory_mib);
    case PROGRESS:
      return read_progress(text, &options->tells_json);
    case FAIL_FAST:
      options->fails_fast = true;
      return true;
    default: // 'q'
      options->is_quiet = true;
      return true;
  }
}

static bool
read_option(const int              option,
            const char* const      text,
            TmbLabelOptions* const options)
{
  switch (option) {
    case FROM_FILE:
      options->search.list = text;
      return true;
    case '0':
      options->search.zeros_separate = true;
      return true;
    case PROBE:
      options->probes = true;
      return true;
    case START:
      return read_number(
        "--start", text, 0.0, MOST_SECONDS, &options->part.start_s);
    case END:
      return read_number(
        "--end", text, 0.0, MOST_SECONDS, &options->part.end_s);
    case CHANNEL:
      return read_channel(text, &options->channel);
    case MODEL:
      options->model = text;
      return true;
    case FORMAT:
      return read_format(text, &options->format);
    case 'o':
      options->output = text;
      return true;
    case 'd':
      options->folder = text;
      return true;
    case MIN_CONFIDENCE:
      return read_setting(
        "--min-confidence", text, 0.0, 1.0, &options->settings.threshold);
    case DECISION:
      return read_setting(
        "--decision", text, 1.0, 60000.0, &options->settings.decision_ms);
    default:
      return read_run_option(option, text, options);
  }
}

static bool
is_folder(const char* const path)
{
  struct stat info;
  return !stat(path, &info) && S_ISDIR(info.st_mode);
}

/// Whether one output may have to hold more than one recording.
static bool
may_be_several(const TmbLabelOptions* const options)
{
  const TmbSearch* const search = &options->search;
  return options->channel == TMB_CHANNELS_EACH ||
         (!options->folder && (search->list || search->n_paths > 1U ||
                               is_folder(search->paths[0])));
}

/// Complain about what does not go together.
static bool
are_consistent(const TmbLabelOptions* const options)
{
  const TmbSearch* const search = &options->search;
  if (!search->n_paths && !search->list) {
    (void)tmb_usage_error("label", "which files or folders?");
  } else if (search->zeros_separate && !search->list) {
    (void)tmb_usage_error("label", "--null is about a list (--from-file)");
  } else if (options->part.end_s <= options->part.start_s) {
    (void)tmb_usage_error("label", "--start must be before --end");
  } else if ((options->folder && !*options->folder) ||
             (options->output && !*options->output)) {
    (void)tmb_usage_error("label", "where to? A name is empty");
  } else if (options->folder && options->output) {
    (void)tmb_usage_error("label", "either --output or --output-folder");
  } else if (options->resumes && !options->folder && !options->output) {
    (void)tmb_usage_error(
      "label", "--resume needs to know of what: --output or --output-folder");
  } else if (tmb_row_format_is_single(options->format) &&
             may_be_several(options)) {
    (void)tmb_usage_error("label",
                          "this format is for one recording%s",
                          options->channel == TMB_CHANNELS_EACH
                            ? ", not for --channel each"
                            : ": --output-folder makes a file for each");
  } else {
    return true;
  }
  return false;
}

bool
tmb_read_label_options(const int              argc,
                       char** const           argv,
                       TmbLabelOptions* const options,
                       int* const             exit_status)
{
  *options = (TmbLabelOptions){
    .format       = tmb_row_format("table"),
    .settings     = tmb_default_settings,
    .part         = { .end_s = (double)INFINITY },
    .channel      = TMB_CHANNELS_MIXED,
    .n_jobs       = tmb_default_threads(),
    .time_limit_s = TIME_LIMIT_S,
    .memory_mib   = MEMORY_MIB,
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0;
       (c = getopt_long(argc, argv, ":0o:d:qh", known, NULL)) != -1;) {
    if (c == 'h') {
      print_help();
      *exit_status = TMB_EXIT_OK;
      return false;
    }
    if (c == ':' || c == '?') {
      (void)tmb_bad_option("label", c, argv);
      return false;
    }
    if (!read_option(c, optarg, options)) {
      return false;
    }
  }
  options->search.paths   = argv + optind;
  options->search.n_paths = (size_t)(argc - optind);
  return are_consistent(options);
}
