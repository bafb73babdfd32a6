// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/spectrogram_plot.h"

#include "trainer/gnuplot.h"
#include "trainer/spectrogram_notes.h"
#include "trainer/text.h"

#include <inttypes.h>
#include <math.h>

#define RANGE_DB 80.0

// In pixels
#define LEFT 88U
#define RIGHT 100U
#define BOTTOM 62U
#define TITLE 44U
#define TICK_ROW 17.0   ///< From a frequency to the next at least
#define CHARACTER 10.5  ///< Of the title, rather more than the mean
#define POINT 1.3       ///< Of a font; SVG's are in pixels
#define EDGE_LABEL 14.0 ///< From the edge to the middle of an axis label

uint32_t
tmb_plot_columns(const uint32_t width)
{
  return width - LEFT - RIGHT;
}

/// Round frequencies as far as there is room for them.
static void
write_frequencies(const TmbPlot* const plot,
                  const double         height,
                  FILE* const          out)
{
  static const double ranked[] = { 1000.0, 100.0,   10000.0, 500.0, 5000.0,
                                   2000.0, 200.0,   50.0,    300.0, 3000.0,
                                   7000.0, 15000.0, 700.0,   1500.0 };
  enum { N = sizeof(ranked) / sizeof(*ranked) };

  const TmbImageConfig* const config = tmb_image_config(plot->image);

  const double low      = tmb_hz_to_mel(TMB_IMAGE_SCALE, config->fmin_hz);
  const double high     = tmb_hz_to_mel(TMB_IMAGE_SCALE, config->fmax_hz);
  double       taken[N] = { 0.0 };
  unsigned     n        = 0U;
  (void)fputs("set ytics (", out);
  for (unsigned i = 0U; i < N; ++i) {
    const double mel  = tmb_hz_to_mel(TMB_IMAGE_SCALE, ranked[i]);
    bool         fits = mel >= low && mel <= high;
    for (unsigned j = 0U; fits && j < n; ++j) {
      fits = fabs(mel - taken[j]) * height >= TICK_ROW * (high - low);
    }
    if (fits) {
      (void)fprintf(out, "%s'%.0f' %.6f", n ? ", " : "", ranked[i], mel);
      taken[n++] = mel;
    }
  }
  (void)fputs(")\n", out);
}

/// Darker is softer; lightness rises evenly to the eye (OKLab).
static void
write_colours(const TmbPlot* const plot, FILE* const out)
{
  const uint32_t n_bands = tmb_image_config(plot->image)->n_bands;
  float          largest = (float)TMB_IMAGE_FLOOR_DB;
  for (uint32_t c = 0U; c < tmb_image_columns(plot->image); ++c) {
    const float* const levels = tmb_image_column(plot->image, c);
    for (uint32_t b = 0U; b < n_bands; ++b) {
      largest = fmaxf(largest, levels[b]);
    }
  }

  // All of silence is to be dark
  const double top = ((double)largest > TMB_IMAGE_FLOOR_DB)
                       ? ceil((double)largest)
                       : TMB_IMAGE_FLOOR_DB + RANGE_DB;
  (void)fprintf(out,
                "set palette defined (0 '#060613', 1 '#201253', 2 '#4f1e85', "
                "3 '#952c8f', 4 '#dd3c73', 5 '#fa8054', 6 '#ffc165', "
                "7 '#fcf9c2')\n"
                "set palette maxcolors 256\n"
                "set cbrange [%.0f:%.0f]\n"
                "set cbtics 10 out nomirror textcolor rgb '#222222'\n",
                top - RANGE_DB,
                top);
}

/// The title, or as much of its end as there is room for.
static void
write_title(const TmbPlot* const plot, FILE* const out)
{
  const char*  title  = plot->title;
  const size_t n_fit  = (size_t)((double)(plot->width - LEFT) / CHARACTER);
  size_t       n_left = tmb_text_length(title);
  (void)fputs("set label ", out);
  if (n_left > n_fit) {
    while (n_left >= n_fit) {
      ++title;
      n_left -= ((unsigned char)*title & 0xC0U) != 0x80U;
    }
    (void)fputs("'\xE2\x80\xA6' . ", out);
  }
  tmb_gnuplot_text(out, title);
  (void)fprintf(out,
                " at graph 0, screen %.6f left font ',13' "
                "textcolor rgb '#111111'\n",
                1.0 - (0.5 * TITLE / (double)plot->height));
}

/// Axes, `top` pixels below the upper edge.
static void
write_axes(const TmbPlot* const plot, const uint32_t top, FILE* const out)
{
  const double width  = (double)plot->width;
  const double height = (double)plot->height;
  const double right  = (width - RIGHT) / width;
  (void)fprintf(out,
                "set terminal %s size %" PRIu32 ",%" PRIu32
                " font 'sans-serif,11' fontscale %g noenhanced "
                "background '#ffffff'\n"
                "set encoding utf8\n"
                "set lmargin at screen %.6f\n"
                "set rmargin at screen %.6f\n"
                "set bmargin at screen %.6f\n"
                "set tmargin at screen %.6f\n"
                "set colorbox user origin screen %.6f, graph 0 "
                "size screen %.6f, graph 1 noborder\n",
                plot->is_svg ? "svg" : "pngcairo",
                plot->width,
                plot->height,
                plot->is_svg ? POINT : 1.0,
                LEFT / width,
                right,
                BOTTOM / height,
                1.0 - ((double)top / height),
                right + (14.0 / width),
                14.0 / width);
  (void)fprintf(out,
                "set border 3 linecolor rgb '#888888'\n"
                "set xrange [%.6f:%.6f]\n"
                "set xtics out nomirror textcolor rgb '#222222'\n"
                "set format x '%%.10g'\n"
                "set ytics out nomirror textcolor rgb '#222222'\n"
                "set xlabel 'time (s)' textcolor rgb '#222222'\n"
                "set label 'frequency (Hz)' at screen %.6f, graph 0.5 "
                "center rotate by 90 textcolor rgb '#222222'\n"
                "set label 'level (dBFS)' at screen %.6f, graph 0.5 "
                "center rotate by 90 textcolor rgb '#222222'\n",
                plot->start_s,
                plot->end_s,
                EDGE_LABEL / width,
                1.0 - (EDGE_LABEL / width));
}

/// The image itself, line by line from the lowest band up.
static void
write_image(const TmbPlot* const plot, FILE* const out)
{
  const TmbImageConfig* const config    = tmb_image_config(plot->image);
  const uint32_t              n_columns = tmb_image_columns(plot->image);

  const double low     = tmb_hz_to_mel(TMB_IMAGE_SCALE, config->fmin_hz);
  const double high    = tmb_hz_to_mel(TMB_IMAGE_SCALE, config->fmax_hz);
  const double step    = (high - low) / (double)(config->n_bands + 1U);
  double       first_s = 0.0;
  double       step_s  = 0.0;
  tmb_image_times(plot->image, &first_s, &step_s);
  (void)fprintf(out,
                "set yrange [%.6f:%.6f]\n"
                "plot '-' binary array=(%" PRIu32 ",%" PRIu32
                ") format='%%float32' origin=(%.9g,%.9g) dx=%.9g dy=%.9g "
                "with image notitle\n",
                low + (0.5 * step),
                high - (0.5 * step),
                n_columns,
                config->n_bands,
                first_s,
                low + step,
                step_s,
                step);
  for (uint32_t b = 0U; b < config->n_bands; ++b) {
    for (uint32_t c = 0U; c < n_columns; ++c) {
      (void)fwrite(
        tmb_image_column(plot->image, c) + b, sizeof(float), 1U, out);
    }
  }
}

void
tmb_plot_write(const TmbPlot* const plot, FILE* const input)
{
  const TmbPlotNotes notes = {
    .notes   = plot->notes,
    .n_notes = plot->n_notes,
    .start_s = plot->start_s,
    .end_s   = plot->end_s,
    .left    = LEFT,
    .right   = plot->width - RIGHT,
    .width   = plot->width,
    .height  = plot->height,
    .top     = TITLE,
  };
  const uint32_t top = TITLE + tmb_plot_notes_height(&notes);
  write_axes(plot, top, input);
  write_title(plot, input);
  write_colours(plot, input);
  write_frequencies(plot, (double)(plot->height - top - BOTTOM), input);
  tmb_plot_notes_write(&notes, input);
  write_image(plot, input);
}
