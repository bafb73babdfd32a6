// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "dsp/recogniser.h"
#include "trainer/commands.h"
#include "trainer/marks.h"
#include "trainer/onset_finders.h"
#include "trainer/onset_report.h"
#include "trainer/onset_score.h"
#include "trainer/options.h"
#include "trainer/walk.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Who is scored, this product first.
static const struct {
  const char*    name;
  TmbOnsetFinder find;
} detectors[] = {
  { "timbrel", tmb_onsets_find },
  { "aubio", tmb_onsets_find_aubio },
  { "librosa", tmb_onsets_find_librosa },
};
enum { N_DETECTORS = sizeof(detectors) / sizeof(*detectors) };

/// Which files of each folder are scored; the first is number 1.
typedef enum { HALF_ALL, HALF_ODD, HALF_EVEN, N_HALVES } Half;
static const char* const half_names[N_HALVES] = { "all", "odd", "even" };

typedef struct {
  TmbOnsetSettings      settings;
  bool                  has_peers;
  bool                  is_per_file;
  Half                  half;
  const TmbOnsetFormat* format;
} Options;

/// The files of one folder.
typedef struct {
  char*         path;
  uint64_t      n_seen; ///< Also those of the other half
  TmbOnsetScore scores[N_DETECTORS];
} Folder;

typedef struct {
  const Options* options;
  bool           is_absent[N_DETECTORS];
  size_t         n_folders;
  Folder*        folders;
  TmbOnsetScore  total[N_DETECTORS];
  unsigned       n_failed;
} Run;

static void
print_help(void)
{
  (void)printf(
    "Usage: timbrel onsets [OPTION]... FILE|FOLDER...\n"
    "Score the onset detector on recordings with annotations: beside X.flac,\n"
    "X.onsets holds one onset time in seconds a line.  Folders are searched\n"
    "for sound files, and the folders in them too.\n"
    "\n"
    "  --sensitivity S    of the detector, 0 to 1 [%g]\n"
    "  --gate DB          level under which all is silence, dBFS [%g]\n"
    "  --half HALF        score the odd or even files of each folder [all]\n"
    "  --peers            score aubioonset and librosa's method too\n"
    "  --per-file         a row for each file\n"
    "  --format FORMAT    table (for people) or jsonl [table]\n"
    "  -h, --help         print this\n",
    (double)tmb_default_settings.sensitivity,
    (double)tmb_default_settings.gate_db);
}

static bool
read_half(const char* const text, Half* const half)
{
  for (unsigned i = 0U; i < N_HALVES; ++i) {
    if (!strcmp(text, half_names[i])) {
      *half = (Half)i;
      return true;
    }
  }
  (void)tmb_usage_error(
    "onsets", "--half takes odd, even or all, not \"%s\"", text);
  return false;
}

static bool
read_format(const char* const text, const TmbOnsetFormat** const format)
{
  *format = tmb_onset_format(text);
  if (!*format) {
    (void)tmb_usage_error(
      "onsets", "--format takes table or jsonl, not \"%s\"", text);
  }
  return *format;
}

static bool
read_number(const char* const option,
            const char* const text,
            const double      least,
            const double      most,
            float* const      number)
{
  double     value = 0.0;
  const bool is_ok =
    tmb_number_option("onsets", option, text, least, most, &value);
  *number = (float)value;
  return is_ok;
}

/// @return Whether to go on; if not, `*exit_status` is to be returned.
static bool
read_options(const int      argc,
             char** const   argv,
             Options* const options,
             int* const     exit_status)
{
  enum { SENSITIVITY = 256, GATE, HALF, PEERS, PER_FILE, FORMAT };
  static const struct option known[] = {
    { "sensitivity", required_argument, NULL, SENSITIVITY },
    { "gate", required_argument, NULL, GATE },
    { "half", required_argument, NULL, HALF },
    { "peers", no_argument, NULL, PEERS },
    { "per-file", no_argument, NULL, PER_FILE },
    { "format", required_argument, NULL, FORMAT },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  TmbOnsetSettings* const settings = &options->settings;
  bool                    is_ok    = true;
  *exit_status                     = TMB_EXIT_USAGE;
  opterr                           = 0;
  for (int c = 0;
       is_ok && (c = getopt_long(argc, argv, ":h", known, NULL)) != -1;) {
    switch (c) {
      case SENSITIVITY:
        is_ok = read_number(
          "--sensitivity", optarg, 0.0, 1.0, &settings->sensitivity);
        break;
      case GATE:
        is_ok = read_number("--gate", optarg, -120.0, 0.0, &settings->gate_db);
        break;
      case HALF:
        is_ok = read_half(optarg, &options->half);
        break;
      case PEERS:
        options->has_peers = true;
        break;
      case PER_FILE:
        options->is_per_file = true;
        break;
      case FORMAT:
        is_ok = read_format(optarg, &options->format);
        break;
      case 'h':
        print_help();
        *exit_status = TMB_EXIT_OK;
        return false;
      default:
        *exit_status = tmb_bad_option("onsets", c, argv);
        return false;
    }
  }
  if (is_ok && optind == argc) {
    *exit_status = tmb_usage_error("onsets", "which files or folders?");
    return false;
  }
  return is_ok;
}

static void
report(Run* const run, const TmbMessage* const why)
{
  ++run->n_failed;
  tmb_complain("%s", why->text);
}

/// The folder that a file is in, new if it is its first; null without memory.
static Folder*
folder_of(Run* const run, const char* const file)
{
  const char* const slash = strrchr(file, '/');
  const size_t      n = (slash && slash != file) ? (size_t)(slash - file) : 1U;
  const char* const path = slash ? file : ".";
  for (size_t i = 0U; i < run->n_folders; ++i) {
    Folder* const folder = &run->folders[i];
    if (!strncmp(folder->path, path, n) && !folder->path[n]) {
      return folder;
    }
  }

  char* const   name = strndup(path, n);
  Folder* const folders =
    (Folder*)realloc(run->folders, (run->n_folders + 1U) * sizeof(Folder));
  if (folders) {
    run->folders = folders;
  }
  if (!name || !folders) {
    free(name);
    return NULL;
  }
  Folder* const folder = &folders[run->n_folders++];
  *folder              = (Folder){ .path = name };
  return folder;
}

/// Score one detector on one file.
static TmbStatus
score_file(Run* const            run,
           Folder* const         folder,
           const char* const     path,
           const unsigned        detector,
           const TmbMarks* const annotated,
           TmbMessage* const     why)
{
  TmbMarks      told  = { .n = 0U };
  TmbOnsetScore alone = { .n_files = 0U };
  TmbStatus     status =
    detectors[detector].find(path, &run->options->settings, &told, why);
  if (!status) {
    status = tmb_onset_score_add(&alone, annotated, &told);
    if (!status) {
      status = tmb_onset_score_add(&folder->scores[detector], annotated, &told);
    }
    if (!status) {
      status = tmb_onset_score_add(&run->total[detector], annotated, &told);
    }
    if (!status && run->options->is_per_file) {
      const TmbOnsetRow row = {
        .type     = TMB_ROW_FILE,
        .name     = path,
        .detector = detectors[detector].name,
        .score    = &alone,
      };
      status = run->options->format->row(&row);
    }
    if (status) {
      (void)tmb_fail(status, why, "%s: %s", path, tmb_strstatus(status));
    }
  }
  tmb_onset_score_free(&alone);
  tmb_marks_free(&told);
  return status;
}

/// Score all who are there on one file; peers if this product can read it.
static void
score_detectors(Run* const            run,
                Folder* const         folder,
                const char* const     path,
                const TmbMarks* const annotated)
{
  const unsigned n     = run->options->has_peers ? N_DETECTORS : 1U;
  bool           go_on = true;
  for (unsigned i = 0U; go_on && i < n; ++i) {
    TmbMessage      why;
    const TmbStatus status =
      run->is_absent[i] ? TMB_OK
                        : score_file(run, folder, path, i, annotated, &why);
    if (status) {
      report(run, &why);
      run->is_absent[i] = status == TMB_BAD_ARG;
      go_on             = i > 0U;
    }
  }
}

/// Whether the options want a file, the first of a folder being number 1.
static bool
is_wanted(const Options* const options, const uint64_t number)
{
  return options->half == HALF_ALL ||
         (options->half == HALF_ODD) == (number % 2U == 1U);
}

static void
take_file(Run* const run, const char* const path)
{
  TmbMessage    why;
  TmbMarks      annotated  = { .n = 0U };
  Folder* const folder     = folder_of(run, path);
  char* const   annotation = tmb_annotation_path(path);
  if (!folder || !annotation) {
    (void)tmb_fail(TMB_NO_MEMORY, &why, "%s: out of memory", path);
    report(run, &why);
  } else if (is_wanted(run->options, ++folder->n_seen)) {
    if (tmb_annotation_read(annotation, &annotated, &why)) {
      report(run, &why);
    } else {
      score_detectors(run, folder, path, &annotated);
    }
  }
  tmb_marks_free(&annotated);
  free(annotation);
}

/// Score a file or all files of a folder.
static void
take_all(Run* const run, const char* const root)
{
  TmbMessage  why;
  TmbWalk*    walk    = NULL;
  const char* path    = root;
  uint64_t    n_found = 0U;
  if (tmb_walk_new(root, NULL, NULL, &walk)) {
    (void)tmb_fail(TMB_NO_MEMORY, &why, "%s: out of memory", root);
    report(run, &why);
    return;
  }

  for (;;) {
    const TmbStatus status = tmb_walk_next(walk, &path, &why);
    if (!path) {
      break;
    }
    ++n_found;
    if (status) {
      report(run, &why);
    } else {
      take_file(run, path);
    }
  }
  if (!n_found) {
    (void)tmb_fail(
      TMB_NO_FILE, &why, "%s: there is no sound file in this folder", root);
    report(run, &why);
  }
  tmb_walk_free(walk);
}

/// A row for each detector that was there.
static void
print_rows(Run* const                 run,
           const TmbOnsetRowType      type,
           const char* const          name,
           const TmbOnsetScore* const scores)
{
  for (unsigned i = 0U; i < N_DETECTORS; ++i) {
    const TmbOnsetRow row = {
      .type     = type,
      .name     = name,
      .detector = detectors[i].name,
      .score    = &scores[i],
    };
    if (scores[i].n_files && run->options->format->row(&row)) {
      TmbMessage why;
      (void)tmb_fail(TMB_NO_MEMORY, &why, "%s: out of memory", name);
      report(run, &why);
    }
  }
}

static void
free_scores(TmbOnsetScore* const scores)
{
  for (unsigned i = 0U; i < N_DETECTORS; ++i) {
    tmb_onset_score_free(&scores[i]);
  }
}

int
tmb_cmd_onsets(const int argc, char** const argv)
{
  Options options = {
    .settings = { .sensitivity = tmb_default_settings.sensitivity,
                  .gate_db     = tmb_default_settings.gate_db },
    .format   = tmb_onset_format("table"),
  };
  int exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &options, &exit_status)) {
    return exit_status;
  }

  Run run = { .options = &options };
  options.format->head();
  for (int i = optind; i < argc; ++i) {
    take_all(&run, argv[i]);
  }
  for (size_t i = 0U; i < run.n_folders; ++i) {
    Folder* const folder = &run.folders[i];
    print_rows(&run, TMB_ROW_FOLDER, folder->path, folder->scores);
    free_scores(folder->scores);
    free(folder->path);
  }
  print_rows(&run, TMB_ROW_TOTAL, "total", run.total);
  free_scores(run.total);
  free(run.folders);
  return run.n_failed ? TMB_EXIT_FAILED : TMB_EXIT_OK;
}
