// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/commands.h"
#include "trainer/corpus.h"
#include "trainer/corpus_commands.h"
#include "trainer/corpus_survey.h"
#include "trainer/options.h"
#include "trainer/parallel.h"
#include "trainer/text.h"

#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "corpus check"
#define SILENT_DB (-80.0)
#define SHORTEST_S 0.1 ///< Below it there is no note to be heard
#define FEWEST_SOURCES 3U
#define MOST_LISTED 20U ///< Recordings of a kind that are named
#define CLASS_WIDTH 20

/// All that a check needs and finds.
typedef struct {
  const char*                patterns[TMB_MAX_SKIPS];
  TmbLicenceFilter           skip;
  TmbCorpus*                 corpus;
  TmbRecordingSurvey*        surveys; ///< [n_recordings]
  const TmbRecordingSurvey** order;   ///< [n_recordings]
  uint32_t*                  cells;   ///< [n_classes][n_sources] Recordings
} Check;

static void
print_help(void)
{
  (void)puts(
    "Usage: timbrel corpus check [OPTION]... CORPUS...\n"
    "Tell what is wrong with a corpus, and what is in it: recordings that "
    "can't be\n"
    "read, are silent, clipped or too short; those that are the same, sample "
    "by\n"
    "sample; recordings of each class by source.  CORPUS is what timbrel "
    "train\n"
    "takes.\n"
    "\n"
    "  --skip-licence GLOB    leave out what the manifest gives such a "
    "licence;\n"
    "                         may be repeated\n"
    "  -h, --help             print this\n"
    "\n"
    "The exit status is 1 if something can't be read, or if a recording "
    "stands in\n"
    "two sources: a source that is held out would then be known.");
}

/// @return Whether to go on; if not, `*exit_status` is to be returned.
static bool
read_options(const int    argc,
             char** const argv,
             Check* const self,
             int* const   exit_status)
{
  enum { SKIP_LICENCE = 256 };
  static const struct option known[] = {
    { "skip-licence", required_argument, NULL, SKIP_LICENCE },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":h", known, NULL)) != -1;) {
    if (c == 'h') {
      print_help();
      *exit_status = TMB_EXIT_OK;
      return false;
    }
    if (c != SKIP_LICENCE) {
      (void)tmb_bad_option(COMMAND, c, argv);
      return false;
    }
    if (self->skip.n == TMB_MAX_SKIPS) {
      (void)tmb_usage_error(COMMAND, "too many --skip-licence options");
      return false;
    }
    self->patterns[self->skip.n++] = optarg;
  }
  if (optind == argc) {
    (void)tmb_usage_error(COMMAND, "which corpus?");
    return false;
  }
  self->skip.patterns = self->patterns;
  return true;
}

static TmbStatus
survey(Check* const             self,
       const char* const* const paths,
       const uint32_t           n_paths,
       TmbMessage* const        why)
{
  TmbCorpus* corpus = NULL;
  TmbStatus status = tmb_corpus_open(paths, n_paths, &self->skip, &corpus, why);
  self->corpus     = corpus;
  if (status) {
    return status;
  }

  const size_t n = corpus->n_recordings;
  self->surveys  = (TmbRecordingSurvey*)calloc(n, sizeof(TmbRecordingSurvey));
  self->order =
    (const TmbRecordingSurvey**)calloc(n, sizeof(const TmbRecordingSurvey*));
  self->cells = (uint32_t*)calloc((size_t)corpus->n_classes * corpus->n_sources,
                                  sizeof(uint32_t));
  status      = (self->surveys && self->order && self->cells)
                  ? tmb_corpus_survey(corpus, tmb_default_threads(), self->surveys)
                  : TMB_NO_MEMORY;
  if (status) {
    return tmb_fail(status, why, "%s", tmb_strstatus(status));
  }
  for (uint32_t i = 0U; i < n; ++i) {
    const TmbRecording* const recording = &corpus->recordings[i];
    ++self->cells[((size_t)recording->class_index * corpus->n_sources) +
                  recording->source];
  }
  return TMB_OK;
}

/// A text in which files' names may stand, for a terminal.
static void
print_clean(const char* const text)
{
  char* const clean = tmb_text_clean(text, true);
  (void)fputs(clean ? clean : "?", stdout);
  free(clean);
}

/// A kind of trouble: whether a recording has it, and what more there is to
/// tell.
typedef struct {
  const char* title;
  bool (*has)(const TmbRecordingSurvey* recording);
  void (*tell)(const TmbRecordingSurvey* recording); ///< Or null
} Trouble;

static bool
is_unreadable(const TmbRecordingSurvey* const recording)
{
  return recording->status != TMB_OK;
}

static double
peak_db(const TmbRecordingSurvey* const recording)
{
  return 20.0 * log10((double)recording->peak);
}

static bool
is_silent(const TmbRecordingSurvey* const recording)
{
  return !recording->status &&
         (!recording->n_notes || !(peak_db(recording) >= SILENT_DB));
}

static void
tell_silence(const TmbRecordingSurvey* const recording)
{
  if (peak_db(recording) >= SILENT_DB) {
    (void)fputs(": no note is found", stdout);
  } else if (!(recording->peak > 0.0f)) {
    (void)fputs(": all samples are zero", stdout);
  } else {
    (void)printf(": the peak is %.0f dBFS", peak_db(recording));
  }
}

static bool
is_clipped(const TmbRecordingSurvey* const recording)
{
  return !recording->status && recording->is_clipped;
}

static bool
is_short(const TmbRecordingSurvey* const recording)
{
  return !recording->status && recording->seconds < SHORTEST_S;
}

static void
tell_length(const TmbRecordingSurvey* const recording)
{
  (void)printf(": %.0f ms", 1000.0 * recording->seconds);
}

/// Name the recordings that have a trouble; how many these are.
static uint32_t
print_trouble(const Check* const self, const Trouble* const trouble)
{
  uint32_t n = 0U;
  for (uint32_t i = 0U; i < self->corpus->n_recordings; ++i) {
    n += trouble->has(&self->surveys[i]);
  }
  if (!n) {
    return 0U;
  }

  (void)printf("\n%s: %u\n", trouble->title, n);
  uint32_t n_listed = 0U;
  for (uint32_t i = 0U; n_listed < n && n_listed < MOST_LISTED; ++i) {
    const TmbRecordingSurvey* const recording = &self->surveys[i];
    if (trouble->has(recording)) {
      (void)fputs("  ", stdout);
      // The reason names the file by itself
      print_clean(recording->status ? recording->why.text
                                    : self->corpus->recordings[i].path);
      if (trouble->tell) {
        trouble->tell(recording);
      }
      (void)putchar('\n');
      ++n_listed;
    }
  }
  if (n_listed < n) {
    (void)printf("  and %u more\n", n - n_listed);
  }
  return n;
}

static const TmbRecording*
recording_of(const Check* const self, const TmbRecordingSurvey* const survey)
{
  return &self->corpus->recordings[survey - self->surveys];
}

/// Name the recordings that are one; whether they are of several sources.
static bool
print_group(const Check* const self, const uint32_t start, const uint32_t n)
{
  const TmbRecording* const first     = recording_of(self, self->order[start]);
  bool                      is_across = false;
  for (uint32_t i = 1U; i < n; ++i) {
    is_across =
      is_across ||
      recording_of(self, self->order[start + i])->source != first->source;
  }
  (void)puts(is_across ? "\nthe same samples in several sources:"
                       : "\nthe same samples:");
  for (uint32_t i = 0U; i < n; ++i) {
    const TmbRecording* const recording =
      recording_of(self, self->order[start + i]);
    (void)fputs("  ", stdout);
    print_clean(recording->path);
    (void)fputs(" (", stdout);
    print_clean(recording->source_name);
    (void)puts(")");
  }
  return is_across;
}

/// Name all that is there twice; whether some of it is of several sources.
static bool
print_duplicates(const Check* const self)
{
  const uint32_t n = tmb_order_by_content(
    self->surveys, self->corpus->n_recordings, self->order);
  bool is_across = false;
  for (uint32_t start = 0U, end = 0U; start < n; start = end) {
    end = start + 1U;
    while (end < n && !memcmp(self->order[start]->digest,
                              self->order[end]->digest,
                              TMB_DIGEST_BYTES)) {
      ++end;
    }
    if (end - start > 1U) {
      is_across = print_group(self, start, end - start) || is_across;
    }
  }
  return is_across;
}

static uint32_t
count_sources(const Check* const self, const uint32_t class_index)
{
  const uint32_t n_sources = self->corpus->n_sources;
  uint32_t       n         = 0U;
  for (uint32_t i = 0U; i < n_sources; ++i) {
    n += self->cells[((size_t)class_index * n_sources) + i] > 0U;
  }
  return n;
}

/// A row a class: recordings, sources, and those of each source.
static void
print_classes(const Check* const self)
{
  const TmbCorpus* const corpus = self->corpus;
  (void)printf("\n%-*s recordings sources\n", CLASS_WIDTH, "class");
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    const uint32_t* const row   = &self->cells[(size_t)i * corpus->n_sources];
    uint32_t              n_all = 0U;
    for (uint32_t j = 0U; j < corpus->n_sources; ++j) {
      n_all += row[j];
    }
    (void)printf("%-*s %10u %7u ",
                 CLASS_WIDTH,
                 corpus->classes[i],
                 n_all,
                 count_sources(self, i));
    const char* between = " ";
    for (uint32_t j = 0U; j < corpus->n_sources; ++j) {
      if (row[j]) {
        (void)fputs(between, stdout);
        print_clean(corpus->sources[j]);
        (void)printf(" %u", row[j]);
        between = ", ";
      }
    }
    (void)putchar('\n');
  }
}

static void
print_thin_classes(const Check* const self)
{
  bool has_some = false;
  for (uint32_t i = 0U; i < self->corpus->n_classes; ++i) {
    if (count_sources(self, i) < FEWEST_SOURCES) {
      (void)printf("%s %s",
                   has_some ? "" : "\nfewer than three sources:",
                   self->corpus->classes[i]);
      has_some = true;
    }
  }
  if (has_some) {
    (void)putchar('\n');
  }
}

/// Print all; whether it is good to train on.
static bool
report(const Check* const self)
{
  static const Trouble troubles[] = {
    { "silent", is_silent, tell_silence },
    { "clipped", is_clipped, NULL },
    { "too short", is_short, tell_length },
  };
  static const Trouble unreadable = { "can't be read", is_unreadable, NULL };

  const TmbCorpus* const corpus  = self->corpus;
  double                 seconds = 0.0;
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    seconds += self->surveys[i].seconds;
  }
  (void)printf("%u recordings of %u classes from %u sources, %.0f s\n",
               corpus->n_recordings,
               corpus->n_classes,
               corpus->n_sources,
               seconds);
  const bool is_read = !print_trouble(self, &unreadable);
  for (size_t i = 0U; i < sizeof(troubles) / sizeof(*troubles); ++i) {
    (void)print_trouble(self, &troubles[i]);
  }
  const bool is_across = print_duplicates(self);
  print_classes(self);
  print_thin_classes(self);
  return is_read && !is_across && !corpus->n_unreadable;
}

int
tmb_cmd_corpus_check(const int argc, char** const argv)
{
  Check self        = { .corpus = NULL };
  int   exit_status = TMB_EXIT_OK;
  if (!read_options(argc, argv, &self, &exit_status)) {
    return exit_status;
  }

  TmbMessage why = { "" };
  exit_status    = TMB_EXIT_FAILED;
  if (survey(&self,
             (const char* const*)argv + optind,
             (uint32_t)(argc - optind),
             &why)) {
    tmb_complain("%s", why.text);
  } else if (report(&self)) {
    exit_status = TMB_EXIT_OK;
  }
  free(self.cells);
  free((void*)self.order);
  free(self.surveys);
  tmb_corpus_free(self.corpus);
  return exit_status;
}
