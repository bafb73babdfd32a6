// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/features_options.h"

#include "dsp/model.h"
#include "dsp/recogniser.h"
#include "trainer/commands.h"
#include "trainer/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static void
print_help(void)
{
  const TmbFrameSettings* const s = &tmb_default_frames;
  (void)printf(
    "Usage: timbrel features [OPTION]... FILE|FOLDER... -o X.npy\n"
    "Write features of recordings as a NumPy array, float32 [rows, columns],\n"
    "and beside it X.csv, which tells what each row belongs to, and X.json,\n"
    "which tells how they were made.\n"
    "\n"
    "  -o, --output X.npy     array to write\n"
    "  --rows KIND            notes, each as a network gets it; or frames, "
    "MFCCs\n"
    "                         as librosa has them [%s]\n"
    "\n"
    "Notes, with the indices of their classes in X.labels.npy (-1 without):\n"
    "  --model FILE           take its front end instead of the default\n"
    "  --decision MS          age of a note when it is described [%g]\n"
    "\n"
    "Frames, with the onsets of notes in X.onsets.csv:\n"
    "  --window MS            Hann window [%.6f, 2048 samples at 44.1 kHz]\n"
    "  --hop MS               [%.6f, 512 samples at 44.1 kHz]\n"
    "  --bands N              of mel [%u]\n"
    "  --scale NAME           of mel: slaney or htk [%s]\n"
    "  --norm NAME            of bands: area, mean or none [%s]\n"
    "  --fmin HZ              [%g]\n"
    "  --fmax HZ              [%g]\n"
    "  --coefficients N       [%u]\n"
    "  --lifter L             0 for none [%g]\n"
    "  --top-db DB            range below a recording's largest level, 0 for "
    "all [%g]\n"
    "  --deltas N             derivatives to add: 0, 1 or 2 [%u]\n"
    "  --onset-strength       add it as the last column\n"
    "  -h, --help             print this\n"
    "\n"
    "FILE is a recording, or a manifest (.csv) as for train.  In a folder "
    "without\n"
    "a manifest.csv, the folders are classes, and the folders in them "
    "sources.\n"
    "What can't be read is reported and left out; the exit status is 1 then.\n",
    tmb_row_kind_names[TMB_ROWS_NOTES],
    (double)tmb_default_settings.decision_ms,
    1e3 * s->window_s,
    1e3 * s->hop_s,
    s->n_bands,
    tmb_scale_names[s->scale],
    tmb_frame_norm_names[s->norm],
    s->fmin_hz,
    s->fmax_hz,
    s->n_coeffs,
    s->lifter,
    s->top_db,
    s->n_deltas);
}

enum {
  ROWS = 256,
  MODEL,
  DECISION,
  WINDOW,
  HOP,
  BANDS,
  SCALE,
  NORM,
  FMIN,
  FMAX,
  COEFFICIENTS,
  LIFTER,
  TOP_DB,
  DELTAS,
  ONSET_STRENGTH
};

static const struct option known[] = {
  { "output", required_argument, NULL, 'o' },
  { "rows", required_argument, NULL, ROWS },
  { "model", required_argument, NULL, MODEL },
  { "decision", required_argument, NULL, DECISION },
  { "window", required_argument, NULL, WINDOW },
  { "hop", required_argument, NULL, HOP },
  { "bands", required_argument, NULL, BANDS },
  { "scale", required_argument, NULL, SCALE },
  { "norm", required_argument, NULL, NORM },
  { "fmin", required_argument, NULL, FMIN },
  { "fmax", required_argument, NULL, FMAX },
  { "coefficients", required_argument, NULL, COEFFICIENTS },
  { "lifter", required_argument, NULL, LIFTER },
  { "top-db", required_argument, NULL, TOP_DB },
  { "deltas", required_argument, NULL, DELTAS },
  { "onset-strength", no_argument, NULL, ONSET_STRENGTH },
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
  return tmb_number_option("features", option, text, least, most, value);
}

static bool
read_milliseconds(const char* const option,
                  const char* const text,
                  const double      least,
                  double* const     seconds)
{
  double value = 0.0;
  if (!read_number(option, text, least, 1000.0, &value)) {
    return false;
  }
  *seconds = 1e-3 * value;
  return true;
}

static bool
read_count(const char* const option,
           const char* const text,
           const double      least,
           const double      most,
           uint32_t* const   count)
{
  return tmb_count_option("features", option, text, least, most, count);
}

/// Index of a name in a list that null ends, or -1 after a complaint.
static int
read_name(const char* const        option,
          const char* const        text,
          const char* const* const names,
          const char* const        choice)
{
  for (int i = 0; names[i]; ++i) {
    if (!strcmp(names[i], text)) {
      return i;
    }
  }
  (void)tmb_usage_error(
    "features", "%s takes %s, not \"%s\"", option, choice, text);
  return -1;
}

/// An option that is about frames.
static bool
read_frame_option(const int               option,
                  const char* const       text,
                  TmbFrameSettings* const s)
{
  int name = 0;
  switch (option) {
    case WINDOW:
      return read_milliseconds("--window", text, 0.1, &s->window_s);
    case HOP:
      return read_milliseconds("--hop", text, 0.01, &s->hop_s);
    case BANDS:
      return read_count("--bands", text, 1.0, TMB_MAX_BANDS, &s->n_bands);
    case SCALE:
      name     = read_name("--scale", text, tmb_scale_names, "slaney or htk");
      s->scale = (TmbMelScale)name;
      return name >= 0;
    case NORM:
      name =
        read_name("--norm", text, tmb_frame_norm_names, "area, mean or none");
      s->norm = (TmbMelNorm)name;
      return name >= 0;
    case FMIN:
      return read_number("--fmin", text, 0.0, 192000.0, &s->fmin_hz);
    case FMAX:
      return read_number("--fmax", text, 1.0, 192000.0, &s->fmax_hz);
    case COEFFICIENTS:
      return read_count(
        "--coefficients", text, 1.0, TMB_MAX_BANDS, &s->n_coeffs);
    case LIFTER:
      return read_number("--lifter", text, 0.0, 1000.0, &s->lifter);
    case TOP_DB:
      return read_number("--top-db", text, 0.0, 1000.0, &s->top_db);
    case DELTAS:
      return read_count("--deltas", text, 0.0, TMB_MAX_DELTAS, &s->n_deltas);
    default:
      s->onset_strength = true;
      return true;
  }
}

static bool
read_option(const int                 option,
            const char* const         text,
            TmbFeaturesOptions* const options)
{
  int kind = 0;
  switch (option) {
    case 'o':
      options->output = text;
      return true;
    case ROWS:
      kind = read_name("--rows", text, tmb_row_kind_names, "notes or frames");
      options->kind = (TmbRowKind)kind;
      return kind >= 0;
    case MODEL:
      options->model = text;
      return true;
    case DECISION:
      return read_number(
        "--decision", text, 1.0, 60000.0, &options->decision_ms);
    default:
      return read_frame_option(option, text, &options->frames);
  }
}

/// Complain about what does not go together.
static bool
are_consistent(const TmbFeaturesOptions* const options)
{
  const TmbFrameSettings* const s = &options->frames;
  const size_t n = options->output ? strlen(options->output) : 0U;
  if (!n) {
    (void)tmb_usage_error("features", "which array is to be written? (-o)");
  } else if (n <= strlen(TMB_ROWS_SUFFIX) ||
             strcmp(options->output + n - strlen(TMB_ROWS_SUFFIX),
                    TMB_ROWS_SUFFIX) != 0) {
    (void)tmb_usage_error("features",
                          "--output takes a name that ends in %s, not \"%s\"",
                          TMB_ROWS_SUFFIX,
                          options->output);
  } else if (s->hop_s > s->window_s) {
    (void)tmb_usage_error("features", "--hop can't be longer than --window");
  } else if (s->fmin_hz >= s->fmax_hz) {
    (void)tmb_usage_error("features", "--fmin must be lower than --fmax");
  } else if (s->n_coeffs > s->n_bands) {
    (void)tmb_usage_error("features",
                          "--coefficients can't be more than --bands");
  } else {
    return true;
  }
  return false;
}

bool
tmb_read_features_options(const int                 argc,
                          char** const              argv,
                          TmbFeaturesOptions* const options,
                          int* const                exit_status)
{
  *options = (TmbFeaturesOptions){
    .decision_ms = (double)tmb_default_settings.decision_ms,
    .frames      = tmb_default_frames,
  };

  // Of each kind of rows, an option that was given and is about it only
  int of_kind[TMB_N_ROW_KINDS] = { -1, -1 };
  int index                    = -1;

  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":o:h", known, &index)) != -1;) {
    if (c == 'h') {
      print_help();
      *exit_status = TMB_EXIT_OK;
      return false;
    }
    if (c == ':' || c == '?') {
      (void)tmb_bad_option("features", c, argv);
      return false;
    }
    if (!read_option(c, optarg, options)) {
      return false;
    }
    if (c >= MODEL) {
      of_kind[c >= WINDOW ? TMB_ROWS_FRAMES : TMB_ROWS_NOTES] = index;
    }
  }

  const TmbRowKind other =
    options->kind == TMB_ROWS_NOTES ? TMB_ROWS_FRAMES : TMB_ROWS_NOTES;
  if (of_kind[other] >= 0) {
    (void)tmb_usage_error("features",
                          "--%s is for --rows %s",
                          known[of_kind[other]].name,
                          tmb_row_kind_names[other]);
    return false;
  }
  if (optind == argc) {
    (void)tmb_usage_error("features", "which files or folders?");
    return false;
  }
  return are_consistent(options);
}
