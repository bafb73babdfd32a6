// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/page_scores.h"
#include "trainer/plot_kinds.h"
#include "trainer/split.h"

#include <math.h>

#define MAX_BINS 100U ///< Of a calibration diagram
#define BAR 0.36      ///< Width of one of two beside each other

/// The splits from the easiest question to the hardest.
static const TmbSplit ordered[TMB_N_SPLITS] = { TMB_SPLIT_SEGMENTS,
                                                TMB_SPLIT_RECORDINGS,
                                                TMB_SPLIT_SOURCES };

static double
split_score(const TmbPage* const page, const unsigned i, const char* const key)
{
  return tmb_json_number(
    json_object_get(page->accuracy, tmb_split_names[ordered[i]]), key);
}

static bool
measure_splits(const TmbPage* const page, TmbCanvas* const canvas)
{
  (void)canvas;
  bool found = false;
  for (unsigned i = 0U; i < TMB_N_SPLITS; ++i) {
    found = found || isfinite(split_score(page, i, "notes_accuracy"));
  }
  return found;
}

/// A bar for each split, with its number above, from a data block.
static void
write_bars(const TmbPage* const page,
           const char* const    key,
           const double         offset,
           FILE* const          input)
{
  (void)fprintf(input, "$%s << E\n-9 0\n", key); // Never empty
  for (unsigned i = 0U; i < TMB_N_SPLITS; ++i) {
    const double score = split_score(page, i, key);
    if (isfinite(score)) {
      (void)fprintf(input, "%g %.9g\n", (double)i + offset, 100.0 * score);
    }
  }
  (void)fputs("E\n", input);
}

static void
draw_splits(const TmbPage* const   page,
            const TmbCanvas* const canvas,
            FILE* const            input)
{
  static const struct {
    const char* key;
    const char* title;
    double      offset;
    unsigned    colour;
  } bars[] = {
    { "notes_accuracy", "notes right", -0.5 * BAR, TMB_SERIES },
    { "cells_accuracy", "mean over (source, class)", 0.5 * BAR, TMB_HEAT + 3U },
  };
  enum { N_BARS = sizeof(bars) / sizeof(*bars) };

  (void)canvas;
  tmb_plot_key(true, input);
  (void)fputs("set xrange [-0.55:2.55]\nset yrange [0:108]\n"
              "set ytics 0,25,100\nset format y '%g %%'\n"
              "set xtics scale 0 (",
              input);
  for (unsigned i = 0U; i < TMB_N_SPLITS; ++i) {
    (void)fprintf(
      input, "%s'%s' %u", i ? "," : "", tmb_split_names[ordered[i]], i);
  }
  (void)fputs(")\n", input);
  for (unsigned i = 0U; i < N_BARS; ++i) {
    write_bars(page, bars[i].key, bars[i].offset, input);
  }
  for (unsigned i = 0U; i < N_BARS; ++i) {
    (void)fprintf(input,
                  "%s$%s using 1:2:(%g) with boxes lc rgb '%s' title '%s', "
                  "$%s using 1:2:(sprintf('%%.1f',$2)) with labels "
                  "offset 0,0.6 textcolor rgb '%s' notitle",
                  i ? ", " : "plot ",
                  bars[i].key,
                  BAR - 0.03,
                  tmb_colour(bars[i].colour),
                  bars[i].title,
                  bars[i].key,
                  tmb_colour(TMB_INK));
  }
  (void)fputc('\n', input);
}

static const json_t*
bins_of(const TmbPage* const page)
{
  return json_object_get(tmb_evaluation_part(page->evaluation), "calibration");
}

/// Whether a bin has examples, and of how many.
static bool
has_examples(const json_t* const bin, double* const n)
{
  *n = tmb_json_number(bin, "examples");
  return *n > 0.0 && isfinite(tmb_json_number(bin, "confidence")) &&
         isfinite(tmb_json_number(bin, "accuracy"));
}

static bool
measure_calibration(const TmbPage* const page, TmbCanvas* const canvas)
{
  const json_t* const bins  = bins_of(page);
  bool                found = false;
  canvas->height            = 330U;
  for (size_t i = 0U; i < json_array_size(bins) && i < MAX_BINS; ++i) {
    double n = 0.0;
    found    = found || has_examples(json_array_get(bins, i), &n);
  }
  return found;
}

/// Confidence, accuracy, from, to, share of all examples; in percent.
static void
write_bins(const json_t* const bins, FILE* const input)
{
  double whole = 0.0;
  double n     = 0.0;
  for (size_t i = 0U; i < json_array_size(bins) && i < MAX_BINS; ++i) {
    whole += has_examples(json_array_get(bins, i), &n) ? n : 0.0;
  }
  (void)fputs("$bins << E\n", input);
  for (size_t i = 0U; i < json_array_size(bins) && i < MAX_BINS; ++i) {
    const json_t* const bin = json_array_get(bins, i);
    if (has_examples(bin, &n)) {
      (void)fprintf(input,
                    "%.9g %.9g %.9g %.9g %.9g\n",
                    100.0 * tmb_json_number(bin, "confidence"),
                    100.0 * tmb_json_number(bin, "accuracy"),
                    100.0 * tmb_json_number(bin, "from"),
                    100.0 * tmb_json_number(bin, "to"),
                    100.0 * n / whole);
    }
  }
  (void)fputs("E\n", input);
}

static void
draw_calibration(const TmbPage* const   page,
                 const TmbCanvas* const canvas,
                 FILE* const            input)
{
  (void)canvas;
  tmb_plot_key(false, input);
  write_bins(bins_of(page), input);
  (void)fprintf(input,
                "set xrange [0:100]\nset yrange [0:100]\n"
                "set xtics 0,25,100\nset ytics 0,25,100\n"
                "set format x '%%g %%%%'\nset format y '%%g %%%%'\n"
                "set xlabel 'confidence' textcolor rgb '%s' offset 0,0.3\n"
                "set ylabel 'right' textcolor rgb '%s'\n"
                "set arrow from 0,0 to 100,100 nohead lw 1.4 dt 2 "
                "lc rgb '%s' back\n"
                "plot $bins using (0.5*($3+$4)):5:(0.92*($4-$3)) "
                "with boxes lc rgb '%s' title 'share of all', "
                "$bins using 1:2 with linespoints lw 1.8 pt 7 ps 0.55 "
                "lc rgb '%s' title 'right'\n",
                tmb_colour(TMB_INK),
                tmb_colour(TMB_INK),
                tmb_colour(TMB_AXIS),
                tmb_colour(TMB_HEAT + 2U),
                tmb_colour(TMB_SERIES));
}

const TmbPlotKind tmb_plot_splits = {
  .name    = "splits",
  .title   = "Accuracy by what was held out",
  .about   = "Accuracy when segments, recordings and sources are held out",
  .measure = measure_splits,
  .draw    = draw_splits,
};

const TmbPlotKind tmb_plot_calibration = {
  .name  = "calibration",
  .title = "Calibration",
  .about = "How often answers of each confidence are right; on the dashed line "
           "confidence would say exactly that",
  .measure = measure_calibration,
  .draw    = draw_calibration,
};
