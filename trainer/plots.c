// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/plots.h"

#include "trainer/gnuplot.h"
#include "trainer/markup.h"
#include "trainer/plot_kinds.h"
#include "trainer/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_BYTES ((long)64L << 20U) ///< Of a picture

static const TmbPlotKind* const kinds[TMB_N_PLOTS] = {
  [TMB_PLOT_SPLITS]      = &tmb_plot_splits,
  [TMB_PLOT_ACCURACY]    = &tmb_plot_accuracy,
  [TMB_PLOT_LOSS]        = &tmb_plot_loss,
  [TMB_PLOT_RATE]        = &tmb_plot_rate,
  [TMB_PLOT_SWEEP]       = &tmb_plot_sweep,
  [TMB_PLOT_CONFUSION]   = &tmb_plot_confusion,
  [TMB_PLOT_CALIBRATION] = &tmb_plot_calibration,
};

/**
   On light and on dark.  Series can be told apart with any kind of colour
   vision, after Okabe & Ito, "Color Universal Design", 2008.
*/
static const char colours[TMB_N_COLOURS][2][8] = {
  { "#30363d", "#d0d7de" }, { "#8c959f", "#768390" }, { "#e4e8ec", "#2d333b" },

  { "#0068b5", "#58a6ff" }, { "#d55e00", "#ff9b50" }, { "#00875f", "#3fcf9a" },
  { "#a8478f", "#e58fcb" }, { "#b07900", "#e8b339" }, { "#5b6b7f", "#9fb3c8" },

  { "#e6f0fa", "#14273b" }, { "#cfe2f5", "#183651" }, { "#b2d2ee", "#1c466a" },
  { "#8fbde4", "#215885" }, { "#67a5d8", "#2a6ca2" }, { "#2f78b7", "#4a90c8" },
  { "#1f649f", "#6aa9dc" }, { "#124d84", "#95c5ec" }, { "#083663", "#c6e3f9" },

  { "#1b2733", "#eef4fa" }, { "#ffffff", "#0a1420" },
};

const char*
tmb_colour(const unsigned colour)
{
  return colours[colour][0];
}

void
tmb_plot_begin(const TmbCanvas* const canvas, FILE* const input)
{
  (void)fprintf(input,
                "set terminal svg size %u,%u dynamic font 'sans-serif,10' "
                "fontscale 1.3 noenhanced\n"
                "set encoding utf8\n"
                "unset key\n"
                "set border 1 lw 1 lc rgb '%s'\n"
                "set xtics out nomirror scale 0.5 textcolor rgb '%s'\n"
                "set ytics nomirror scale 0 textcolor rgb '%s'\n"
                "set grid ytics back lt 1 lw 1 lc rgb '%s'\n"
                "set style fill solid 1 noborder\n",
                canvas->width,
                canvas->height,
                tmb_colour(TMB_AXIS),
                tmb_colour(TMB_INK),
                tmb_colour(TMB_INK),
                tmb_colour(TMB_FAINT));
}

void
tmb_plot_key(const bool is_list, FILE* const input)
{
  (void)fprintf(input,
                "set key tmargin left %s Left reverse samplen 1.6 "
                "textcolor rgb '%s'\n",
                is_list ? "vertical maxcols 1" : "horizontal",
                tmb_colour(TMB_INK));
}

void
tmb_plot_text(const char* const text, const size_t most, FILE* const input)
{
  char* const cut = tmb_text_cut(text, most);
  tmb_gnuplot_text(input, cut ? cut : "");
  free(cut);
}

/// Read a picture back; gnuplot does not tell when a disk is full.
static TmbStatus
read_picture(FILE* const file, char** const svg, TmbMessage* const why)
{
  const long n = fseek(file, 0L, SEEK_END) ? -1L : ftell(file);
  *svg         = NULL;
  if (n > 0L && n <= MAX_BYTES) {
    *svg = (char*)calloc((size_t)n + 1U, 1U);
    if (!*svg) {
      return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
    }
    rewind(file);
    if (fread(*svg, 1U, (size_t)n, file) == (size_t)n &&
        strstr(*svg, "</svg>")) {
      return TMB_OK;
    }
  }
  return tmb_fail(
    TMB_WRITE_FAILED, why, "gnuplot wrote no whole picture: is the disk full?");
}

static TmbStatus
draw(const TmbPage* const     page,
     const TmbPlotKind* const kind,
     TmbDrawn* const          drawn,
     TmbMessage* const        why)
{
  TmbCanvas canvas = { TMB_PLOT_WIDTH, TMB_PLOT_HEIGHT };
  if (!kind->measure(page, &canvas)) {
    return TMB_OK;
  }

  FILE* const file = tmpfile();
  if (!file) {
    return tmb_fail(TMB_WRITE_FAILED,
                    why,
                    "no temporary file can be made: %s",
                    strerror(errno));
  }
  TmbGnuplot* gnuplot = NULL;
  TmbStatus   status  = tmb_gnuplot_start(file, &gnuplot, why);
  if (!status) {
    tmb_plot_begin(&canvas, tmb_gnuplot_input(gnuplot));
    kind->draw(page, &canvas, tmb_gnuplot_input(gnuplot));
    status = tmb_gnuplot_finish(gnuplot, why);
  }
  if (!status) {
    status = read_picture(file, &drawn->svg, why);
  }
  (void)fclose(file);
  drawn->width  = canvas.width;
  drawn->height = canvas.height;
  return status;
}

TmbStatus
tmb_plots_draw(const TmbPage* const page,
               TmbPlots* const      plots,
               TmbMessage* const    why)
{
  TmbStatus status = TMB_OK;
  *plots           = (TmbPlots){ .drawn = { { .svg = NULL } } };
  for (unsigned i = 0U; !status && i < TMB_N_PLOTS; ++i) {
    status = draw(page, kinds[i], &plots->drawn[i], why);
  }
  return status;
}

/// A style sheet's rules for a dark screen, for elements below `scope`.
static void
write_dark(FILE* const out, const char* const scope)
{
  static const char* const attributes[] = { "fill", "stroke", "color" };

  for (unsigned i = 0U; i < TMB_N_COLOURS; ++i) {
    for (size_t j = 0U; j < sizeof(attributes) / sizeof(*attributes); ++j) {
      (void)fprintf(out,
                    "%s[%s=\"%s\"]{%s:%s}",
                    scope,
                    attributes[j],
                    colours[i][0],
                    attributes[j],
                    colours[i][1]);
    }
    (void)fputc('\n', out);
  }
}

void
tmb_plots_write_style(FILE* const out)
{
  (void)fputs("@media screen and (prefers-color-scheme:dark){\n", out);
  write_dark(out, "svg ");
  (void)fputs("}\n", out);
}

/// Of a file of its own, which has no page behind it.
static void
write_file_style(FILE* const out)
{
  (void)fputs("svg{background:#fff}\n"
              "@media (prefers-color-scheme:dark){\n"
              "svg{background:#0d1117}\n",
              out);
  write_dark(out, "");
  (void)fputs("}\n", out);
}

static TmbSvg
describe(const TmbPlotKind* const kind, const TmbDrawn* const drawn)
{
  const TmbSvg svg = {
    .name   = kind->name,
    .title  = kind->title,
    .about  = kind->about,
    .width  = drawn->width,
    .height = drawn->height,
  };
  return svg;
}

void
tmb_plots_write(const TmbPlots* const plots,
                const TmbPlotName     name,
                FILE* const           out)
{
  const TmbDrawn* const drawn = &plots->drawn[name];
  if (drawn->svg) {
    const TmbSvg svg = describe(kinds[name], drawn);
    tmb_markup_svg(out, drawn->svg, &svg, NULL);
  }
}

static TmbStatus
save(TmbDrawn* const          drawn,
     const TmbPlotKind* const kind,
     const char* const        folder,
     TmbMessage* const        why)
{
  const size_t size = strlen(folder) + strlen(kind->name) + sizeof("/.svg");
  char* const  path = (char*)malloc(size);
  if (!path) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }

  (void)snprintf(path, size, "%s/%s.svg", folder, kind->name);
  TmbStatus status = tmb_new_file_open(path, &drawn->file, why);
  if (!status) {
    const TmbSvg svg = describe(kind, drawn);
    (void)fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
                drawn->file.out);
    tmb_markup_svg(drawn->file.out, drawn->svg, &svg, write_file_style);
    status = tmb_new_file_close(&drawn->file, why);
  }
  free(path);
  return status;
}

TmbStatus
tmb_plots_save(TmbPlots* const   plots,
               const char* const folder,
               TmbMessage* const why)
{
  if (mkdir(folder, 0777) && errno != EEXIST) {
    return tmb_fail(
      TMB_WRITE_FAILED, why, "%s can't be made: %s", folder, strerror(errno));
  }

  TmbStatus status = TMB_OK;
  for (unsigned i = 0U; !status && i < TMB_N_PLOTS; ++i) {
    if (plots->drawn[i].svg) {
      status = save(&plots->drawn[i], kinds[i], folder, why);
    }
  }
  return status;
}

TmbStatus
tmb_plots_rename(TmbPlots* const plots, TmbMessage* const why)
{
  TmbStatus status = TMB_OK;
  for (unsigned i = 0U; !status && i < TMB_N_PLOTS; ++i) {
    status = tmb_new_file_rename(&plots->drawn[i].file, why);
  }
  return status;
}

void
tmb_plots_clear(TmbPlots* const plots)
{
  for (unsigned i = 0U; i < TMB_N_PLOTS; ++i) {
    free(plots->drawn[i].svg);
    tmb_new_file_discard(&plots->drawn[i].file);
  }
  *plots = (TmbPlots){ .drawn = { { .svg = NULL } } };
}
