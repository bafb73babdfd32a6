// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"
#include "trainer/summary_parts.h"
#include "trainer/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define WIDTH 400U     ///< Of a picture, in pixels
#define NAMES 125U     ///< Of the names beside bars
#define BAR_STEP 20U   ///< From one bar to the next
#define BAR_MOST 215.0 ///< Length of the longest bar
#define MAX_BARS 30U
#define MAX_CHARACTERS 19U ///< Of a name

#define BINS_TOP 40.0 ///< Of the histogram's highest column
#define BINS_BOTTOM 250.0
#define BIN_STEP (WIDTH / (double)TMB_N_BINS)

static void
begin_picture(FILE* const       out,
              const char* const name,
              const char* const title,
              const unsigned    height)
{
  (void)fprintf(out,
                "<figure>\n<svg viewBox=\"0 0 %u %u\" role=\"img\" "
                "aria-labelledby=\"%s-title\" "
                "xmlns=\"http://www.w3.org/2000/svg\">\n"
                "<title id=\"%s-title\">%s</title>\n",
                WIDTH,
                height,
                name,
                name,
                title);
}

static void
draw_bar(FILE* const           out,
         const TmbShare* const share,
         const unsigned        top,
         const uint64_t        most)
{
  char* const  cut = tmb_text_cut(share->name, MAX_CHARACTERS);
  const double length =
    most ? BAR_MOST * (double)share->n_notes / (double)most : 0.0;
  (void)fprintf(
    out, "<text x=\"%u\" y=\"%u\" text-anchor=\"end\">", NAMES - 6U, top + 14U);
  tmb_markup_text(out, cut ? cut : "?");
  (void)fprintf(out,
                "</text><path class=\"named\" d=\"M%u %uh%.1fv14h%.1fz\"/>"
                "<text x=\"%.1f\" y=\"%u\">%" PRIu64 "</text>\n",
                NAMES,
                top + 3U,
                length,
                -length,
                NAMES + length + 5.0,
                top + 14U,
                share->n_notes);
  free(cut);
}

void
tmb_summary_draw_shares(FILE* const           out,
                        const char* const     name,
                        const char* const     title,
                        const TmbShare* const shares,
                        const uint32_t        n)
{
  const uint32_t n_bars = n < MAX_BARS ? n : MAX_BARS;
  begin_picture(out, name, title, BAR_STEP * n_bars);
  for (uint32_t i = 0U; i < n_bars; ++i) {
    draw_bar(out, &shares[i], BAR_STEP * i, shares[0].n_notes);
  }
  (void)fputs("</svg>\n", out);
  if (n > n_bars) {
    (void)fprintf(
      out, "<figcaption>The first %u of %u.</figcaption>\n", n_bars, n);
  }
  (void)fputs("</figure>\n", out);
}

static void
draw_column(FILE* const       out,
            const char* const kind,
            const double      left,
            const double      bottom,
            const double      height)
{
  (void)fprintf(out,
                "<path class=\"%s\" d=\"M%.1f %.1fv%.1fh%.1fv%.1fz\"/>",
                kind,
                left + 2.0,
                bottom,
                -height,
                BIN_STEP - 4.0,
                height);
}

static void
draw_bin(FILE* const         out,
         const TmbBin* const bin,
         const unsigned      i,
         const double        scale)
{
  const double left    = BIN_STEP * i;
  const double unknown = scale * (double)bin->n_unknown;
  const double height  = scale * (double)bin->n_notes;
  draw_column(out, "unknown", left, BINS_BOTTOM, unknown);
  draw_column(out, "named", left, BINS_BOTTOM - unknown, height - unknown);
  (void)fprintf(out,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" "
                "class=\"small\">%" PRIu64 "</text>\n",
                left + 0.5 * BIN_STEP,
                BINS_BOTTOM - height - 4.0,
                bin->n_notes);
}

void
tmb_summary_draw_bins(FILE* const out, const TmbBin* const bins)
{
  uint64_t most = 1U;
  for (unsigned i = 0U; i < TMB_N_BINS; ++i) {
    most = bins[i].n_notes > most ? bins[i].n_notes : most;
  }

  begin_picture(out, "confidence", "Notes by confidence", 290U);
  (void)fputs("<path class=\"unknown\" d=\"M2 6h10v10h-10z\"/>"
              "<text x=\"17\" y=\"15\">unknown</text>"
              "<path class=\"named\" d=\"M102 6h10v10h-10z\"/>"
              "<text x=\"117\" y=\"15\">named</text>\n",
              out);
  for (unsigned i = 0U; i < TMB_N_BINS; ++i) {
    draw_bin(out, &bins[i], i, (BINS_BOTTOM - BINS_TOP) / (double)most);
  }
  (void)fprintf(
    out, "<path class=\"axis\" d=\"M0 %.1fh%u\"/>\n", BINS_BOTTOM, WIDTH);
  for (unsigned i = 0U; i <= TMB_N_BINS; i += 2U) {
    (void)fprintf(out,
                  "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%u&#160;%%"
                  "</text>\n",
                  BIN_STEP * i,
                  BINS_BOTTOM + 18.0,
                  !i                ? "start"
                  : i == TMB_N_BINS ? "end"
                                    : "middle",
                  100U * i / TMB_N_BINS);
  }
  (void)fputs("</svg>\n</figure>\n", out);
}
