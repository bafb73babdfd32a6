// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/spectrogram_options.h"

#include "dsp/mel.h"
#include "dsp/recogniser.h"
#include "trainer/commands.h"
#include "trainer/options.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_WIDTH 1200U
#define DEFAULT_HEIGHT 600U
#define DEFAULT_BANDS 200U
#define MAX_SECONDS 1e7 ///< 2,777 hours

static void
print_help(void)
{
  (void)printf(
    "Usage: timbrel spectrogram [OPTION]... FILE -o OUT.png|OUT.svg\n"
    "Draw a recording's mel spectrogram with its notes and their instruments.\n"
    "\n"
    "  -o, --output FILE  picture to write, PNG or SVG by its name\n"
    "  --start S          where to begin, seconds [0]\n"
    "  --end S            where to end, seconds [the recording's end]\n"
    "  --width N          of the picture, pixels [%u]\n"
    "  --height N         [%u]\n"
    "  --bands N          mel bands from top to bottom [%u]\n"
    "  --model FILE       model to use instead of $TIMBREL_MODEL or the "
    "factory's\n"
    "  --threshold P      least confidence of a named note, 0 to 1 [%g]\n"
    "  -h, --help         print this\n"
    "\n"
    "It is drawn by gnuplot, which must be installed.\n",
    DEFAULT_WIDTH,
    DEFAULT_HEIGHT,
    DEFAULT_BANDS,
    (double)tmb_default_settings.threshold);
}

static bool
ends_with(const char* const text, const char* const suffix)
{
  const size_t n = strlen(text);
  return n > strlen(suffix) && !strcasecmp(text + n - strlen(suffix), suffix);
}

static bool
read_number(const char* const option,
            const char* const text,
            const double      least,
            const double      most,
            double* const     value)
{
  return tmb_number_option("spectrogram", option, text, least, most, value);
}

static bool
read_count(const char* const option,
           const char* const text,
           const double      least,
           const double      most,
           uint32_t* const   count)
{
  return tmb_count_option("spectrogram", option, text, least, most, count);
}

enum { START = 256, END, WIDTH, HEIGHT, BANDS, MODEL, THRESHOLD };

static bool
read_option(const int                    option,
            const char* const            text,
            TmbSpectrogramOptions* const options)
{
  switch (option) {
    case 'o':
      options->picture = text;
      options->is_svg  = ends_with(text, ".svg");
      if (!options->is_svg && !ends_with(text, ".png")) {
        (void)tmb_usage_error(
          "spectrogram",
          "--output takes a name that ends in .png or .svg, not \"%s\"",
          text);
        return false;
      }
      return true;
    case START:
      return read_number("--start", text, 0.0, MAX_SECONDS, &options->start_s);
    case END:
      return read_number("--end", text, 0.0, MAX_SECONDS, &options->end_s);
    case WIDTH:
      return read_count("--width", text, 400.0, 16384.0, &options->width);
    case HEIGHT:
      return read_count("--height", text, 300.0, 16384.0, &options->height);
    case BANDS:
      return read_count("--bands", text, 2.0, TMB_MAX_BANDS, &options->n_bands);
    case MODEL:
      options->model = text;
      return true;
    default:
      return read_number("--threshold", text, 0.0, 1.0, &options->threshold);
  }
}

bool
tmb_read_spectrogram_options(const int                    argc,
                             char** const                 argv,
                             TmbSpectrogramOptions* const options,
                             int* const                   exit_status)
{
  static const struct option known[] = {
    { "output", required_argument, NULL, 'o' },
    { "start", required_argument, NULL, START },
    { "end", required_argument, NULL, END },
    { "width", required_argument, NULL, WIDTH },
    { "height", required_argument, NULL, HEIGHT },
    { "bands", required_argument, NULL, BANDS },
    { "model", required_argument, NULL, MODEL },
    { "threshold", required_argument, NULL, THRESHOLD },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
  };

  *options = (TmbSpectrogramOptions){
    .threshold = (double)tmb_default_settings.threshold,
    .end_s     = (double)INFINITY,
    .width     = DEFAULT_WIDTH,
    .height    = DEFAULT_HEIGHT,
    .n_bands   = DEFAULT_BANDS,
  };
  *exit_status = TMB_EXIT_USAGE;
  opterr       = 0;
  for (int c = 0; (c = getopt_long(argc, argv, ":o:h", known, NULL)) != -1;) {
    if (c == 'h') {
      print_help();
      *exit_status = TMB_EXIT_OK;
      return false;
    }
    if (c == ':' || c == '?') {
      (void)tmb_bad_option("spectrogram", c, argv);
      return false;
    }
    if (!read_option(c, optarg, options)) {
      return false;
    }
  }

  if (argc - optind != 1) {
    (void)tmb_usage_error("spectrogram", "which recording? It takes one");
  } else if (!options->picture) {
    (void)tmb_usage_error("spectrogram",
                          "which picture is to be written? (-o)");
  } else if (options->start_s >= options->end_s) {
    (void)tmb_usage_error("spectrogram", "--start must be before --end");
  } else {
    options->recording = argv[optind];
    return true;
  }
  return false;
}
