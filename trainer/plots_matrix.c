// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/page_scores.h"
#include "trainer/plot_kinds.h"
#include "trainer/plots.h"
#include "trainer/text.h"

#include <inttypes.h>
#include <math.h>

// In pixels
#define MAX_CELL 44U
#define MIN_CELL 7U
#define MIN_COUNTED 19U ///< A cell that a number fits in
#define GRID 700U       ///< All cells together, if they can
#define LETTER 7U       ///< Of the labels, rather more than the mean
#define AXIS 36U        ///< An axis' title and gaps
#define EDGE 12U

#define MAX_LETTERS 20U ///< Of a label
#define FIRST_HIGH 5U   ///< Heat on which numbers are light, on a light screen

static uint32_t
cell_size(const uint32_t n)
{
  const uint32_t size = GRID / n;
  return size > MAX_CELL ? MAX_CELL : size < MIN_CELL ? MIN_CELL : size;
}

/// Pixels for the names of classes.
static uint32_t
label_size(const json_t* const evaluation, const uint32_t n)
{
  size_t longest = 0U;
  for (uint32_t i = 0U; i < n; ++i) {
    const size_t length = tmb_text_length(tmb_evaluation_class(evaluation, i));
    longest             = length > longest ? length : longest;
  }
  return LETTER *
         (uint32_t)(longest < MAX_LETTERS ? longest : MAX_LETTERS + 1U);
}

static bool
measure(const TmbPage* const page, TmbCanvas* const canvas)
{
  const uint32_t n = tmb_confusion_size(page->evaluation);
  if (!n || n > TMB_MAX_MATRIX) {
    return false;
  }

  const uint32_t side =
    AXIS + label_size(page->evaluation, n) + (n * cell_size(n)) + EDGE;
  *canvas = (TmbCanvas){ side, side };
  return true;
}

/// Which heat a share of a row has: by its root, so that a few per cent can be
/// told from one.
static unsigned
heat_of(const uint64_t count, const uint64_t whole)
{
  const double   root = sqrt((double)count / (double)whole);
  const unsigned heat = (unsigned)(root * (double)TMB_N_HEATS);
  return heat < TMB_N_HEATS ? heat : TMB_N_HEATS - 1U;
}

static void
write_count(const uint64_t count, FILE* const input)
{
  (void)fprintf(input,
                count < 10000U ? " %" PRIu64 "\n" : " %" PRIu64 "k\n",
                count < 10000U ? count : count / 1000U);
}

/// The cells as data blocks, $h0 to the last heat: column, row, count.
static void
write_cells(const json_t* const part, const uint32_t n, FILE* const input)
{
  for (unsigned heat = 0U; heat < TMB_N_HEATS; ++heat) {
    (void)fprintf(input, "$h%u << E\n-9 -9 0\n", heat); // Never empty
    for (uint32_t i = 0U; i < n; ++i) {
      uint64_t whole = 0U;
      for (uint32_t j = 0U; j < n; ++j) {
        whole += tmb_confusion_count(part, i, j);
      }
      for (uint32_t j = 0U; j < n; ++j) {
        const uint64_t count = tmb_confusion_count(part, i, j);
        if (count && heat_of(count, whole) == heat) {
          (void)fprintf(input, "%u %u", j, i);
          write_count(count, input);
        }
      }
    }
    (void)fputs("E\n", input);
  }
}

/// The names of classes beside the rows or above the columns.
static void
write_names(const json_t* const evaluation,
            const uint32_t      n,
            const char* const   axis,
            FILE* const         input)
{
  (void)fprintf(input,
                "set %s scale 0 nomirror textcolor rgb '%s' ",
                axis,
                tmb_colour(TMB_INK));
  for (uint32_t i = 0U; i < n; ++i) {
    (void)fputs(i ? "," : "(", input);
    tmb_plot_text(tmb_evaluation_class(evaluation, i), MAX_LETTERS, input);
    (void)fprintf(input, " %u", i);
  }
  (void)fputs(")\n", input);
}

static void
write_axes(const json_t* const    evaluation,
           const uint32_t         n,
           const TmbCanvas* const canvas,
           FILE* const            input)
{
  const double      side  = (double)canvas->width;
  const double      label = (double)(AXIS + label_size(evaluation, n)) / side;
  const double      most  = (double)n - 0.5;
  const char* const ink   = tmb_colour(TMB_INK);
  (void)fprintf(input,
                "set lmargin at screen %.6f\nset rmargin at screen %.6f\n"
                "set tmargin at screen %.6f\nset bmargin at screen %.6f\n"
                "unset border\nunset xtics\n"
                "set xrange [-0.5:%g]\nset x2range [-0.5:%g]\n"
                "set yrange [%g:-0.5]\n"
                "set grid x2tics ytics back lt 1 lw 1 lc rgb '%s'\n",
                label,
                1.0 - (EDGE / side),
                1.0 - label,
                EDGE / side,
                most,
                most,
                most,
                tmb_colour(TMB_FAINT));
  (void)fprintf(input,
                "set label 'answer' at graph 0.5, screen %.6f center "
                "textcolor rgb '%s'\n"
                "set label 'truth' at screen %.6f, graph 0.5 center "
                "rotate by 90 textcolor rgb '%s'\n",
                1.0 - (11.0 / side),
                ink,
                11.0 / side,
                ink);
  write_names(evaluation, n, "ytics", input);
  write_names(evaluation, n, "x2tics rotate by 90", input);
}

static void
draw(const TmbPage* const   page,
     const TmbCanvas* const canvas,
     FILE* const            input)
{
  const uint32_t n         = tmb_confusion_size(page->evaluation);
  const uint32_t cell      = cell_size(n);
  const bool     is_wide   = cell >= MIN_COUNTED;
  const double   half_cell = 0.5 - (0.5 / (double)cell); // A gap of a pixel
  write_axes(page->evaluation, n, canvas, input);
  write_cells(tmb_evaluation_part(page->evaluation), n, input);
  for (unsigned heat = 0U; heat < TMB_N_HEATS; ++heat) {
    (void)fprintf(input,
                  "%s$h%u using 1:2:(%.4f):(%.4f) with boxxyerror fs solid 1 "
                  "noborder lc rgb '%s' notitle",
                  heat ? ", " : "plot ",
                  heat,
                  half_cell,
                  half_cell,
                  tmb_colour(TMB_HEAT + heat));
  }
  for (unsigned heat = 0U; is_wide && heat < TMB_N_HEATS; ++heat) {
    (void)fprintf(input,
                  ", $h%u using 1:2:(stringcolumn(3)) with labels font ',8' "
                  "textcolor rgb '%s' notitle",
                  heat,
                  tmb_colour(heat < FIRST_HIGH ? TMB_ON_LOW : TMB_ON_HIGH));
  }
  (void)fputc('\n', input);
}

const TmbPlotKind tmb_plot_confusion = {
  .name    = "confusion",
  .title   = "Confusion matrix",
  .about   = "A row for each class with the number of its examples that were "
             "taken for each class; colour is the share of the row",
  .measure = measure,
  .draw    = draw,
};
