// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"
#include "trainer/page_parts.h"
#include "trainer/page_scores.h"
#include "trainer/split.h"

#include <math.h>
#include <stdbool.h>

#define DEFAULT_TITLE "Timbrel report"

/// In two columns where there is room; tables and the matrix scroll by
/// themselves where there is not.
static const char style[] =
  ":root{color-scheme:light dark;--back:#fff;--ink:#1f2328;--soft:#59636e;"
  "--line:#d9dee3;--fill:#f4f6f8;--accent:#0068b5;--bar:#8fbde4}\n"
  "@media screen and (prefers-color-scheme:dark){:root{--back:#0d1117;"
  "--ink:#e6edf3;--soft:#9aa5b1;--line:#2d333b;--fill:#161b22;"
  "--accent:#58a6ff;--bar:#2f6699}}\n"
  "*{box-sizing:border-box}\n"
  "body{margin:0;background:var(--back);color:var(--ink);"
  "font:16px/1.5 system-ui,sans-serif}\n"
  "header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}\n"
  "header{padding-top:2.5rem}\n"
  "h1{font-size:1.9rem;line-height:1.2;font-weight:650;margin:0;"
  "overflow-wrap:anywhere}\n"
  "h2{font-size:1.3rem;font-weight:650;margin:3.25rem 0 .5rem}\n"
  "h3{font-size:1rem;font-weight:600;margin:0 0 .5rem}\n"
  "p{max-width:44rem;margin:.5rem 0}\n"
  ".soft,figcaption,footer{color:var(--soft)}\n"
  "header p{overflow-wrap:anywhere}\n"
  "figcaption{font-size:.875rem;margin-top:.5rem;max-width:44rem}\n"
  "footer{margin-top:4rem;padding-bottom:2rem;font-size:.875rem}\n"
  "footer::before{content:\"\";display:block;margin-bottom:1rem;"
  "border-top:1px solid var(--line)}\n"
  ".cards{display:grid;gap:1.25rem 1.5rem;margin:1.75rem 0 0;padding:0;"
  "grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr))}\n"
  ".cards div{border-top:2px solid var(--line);padding-top:.5rem;"
  "display:flex;flex-direction:column-reverse;justify-content:flex-end}\n"
  ".cards dt{color:var(--soft);font-size:.85rem;line-height:1.35}\n"
  ".cards dd{margin:0;font-size:1.6rem;line-height:1.3;font-weight:600;"
  "font-variant-numeric:tabular-nums}\n"
  ".pair{display:grid;gap:2rem 2.5rem;align-items:start;margin-top:1rem;"
  "grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}\n"
  ".pair>*{min-width:0}\n"
  ".scroll+.pair{margin-top:2rem}.pair .pair{margin-top:0}\n"
  "figure{margin:0}\n"
  ".pair figure{max-width:31rem}\n"
  "svg{display:block;width:100%;height:auto}\n"
  "svg g{font-family:inherit}\n"
  ".scroll{overflow-x:auto}\n"
  ".scroll svg{width:auto;max-width:none}\n"
  "table{border-collapse:collapse;font-size:.9rem;"
  "font-variant-numeric:tabular-nums}\n"
  "caption{text-align:left;font-weight:600;font-size:1rem;"
  "padding-bottom:.4rem}\n"
  "th,td{padding:.3rem .7rem;text-align:right;vertical-align:top;"
  "border-bottom:1px solid var(--line);white-space:nowrap}\n"
  "thead th{color:var(--soft);font-weight:500;border-bottom-width:2px}\n"
  "tbody th{font-weight:500}\n"
  ".meaning{white-space:normal}.meaning span{font-weight:400;"
  "font-size:.85em}\n"
  ".meaning,.full{width:100%}\n"
  "th:first-child,.facts td{text-align:left}\n"
  "th:first-child,.facts th{padding-left:0}\n"
  "td.bar{background:linear-gradient(var(--bar),var(--bar)) "
  "no-repeat left bottom/var(--share) 3px;min-width:5.5rem}\n"
  "tr.best th,tr.best td{font-weight:700}\n"
  ".facts{width:100%}\n"
  ".facts th{width:11rem;color:var(--soft);white-space:normal}\n"
  ".facts td{white-space:normal;overflow-wrap:anywhere}\n"
  ".badge{color:var(--accent);font-weight:600;font-size:.8rem;"
  "margin-left:.5rem}\n"
  "@media(max-width:30rem){table{font-size:.8rem}th,td{padding:.3rem "
  ".25rem}.facts th{width:7rem}"
  "td.bar{min-width:0}h1{font-size:1.5rem}header{padding-top:1.5rem}h2{margin-"
  "top:2.5rem}}\n"
  "@media print{body{font-size:11pt}h2,caption{break-after:avoid}"
  "figure,tr{break-inside:avoid}.scroll{overflow:visible}"
  ".scroll div{max-width:100%}.scroll "
  "svg{width:100%}*{print-color-adjust:exact;"
  "-webkit-print-color-adjust:exact}}\n";

/// A member of the evaluation, if it is a text, after a word.
static bool
write_text(const TmbPageWriter* const writer,
           const char* const          word,
           const char* const          key)
{
  const char* const text =
    json_string_value(json_object_get(writer->page->evaluation, key));
  if (text) {
    (void)fputs(word, writer->out);
    tmb_markup_text(writer->out, text);
  }
  return text;
}

void
tmb_page_head(const TmbPageWriter* const writer)
{
  FILE* const       out = writer->out;
  const char* const title =
    writer->page->title ? writer->page->title : DEFAULT_TITLE;
  (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
              "<meta charset=\"utf-8\"/>\n"
              "<meta name=\"viewport\" "
              "content=\"width=device-width, initial-scale=1\"/>\n"
              "<title>",
              out);
  tmb_markup_text(out, title);
  (void)fputs("</title>\n<style>\n", out);
  (void)fputs(style, out);
  tmb_plots_write_style(out);
  (void)fputs("</style>\n</head>\n<body>\n<header>\n<h1>", out);
  tmb_markup_text(out, title);
  (void)fputs("</h1>\n", out);
  if (writer->page->evaluation) {
    const json_t* const parts =
      json_object_get(writer->page->evaluation, "parts");
    (void)fputs("<p class=\"soft\">", out);
    if (write_text(writer, "", "model")) {
      (void)write_text(writer, ", measured on ", "data");
    }
    (void)fputs(json_object_get(parts, "held_out")
                  ? ": what it was trained without</p>\n"
                  : "</p>\n",
                out);
  }
  (void)fputs("</header>\n<main>\n", out);
}

/// A number with what it is; nothing if it is NaN.
static void
write_card(const TmbPageWriter* const writer,
           const char* const          format,
           const double               number,
           const char* const          label)
{
  if (isfinite(number)) {
    (void)fputs("<div><dt>", writer->out);
    tmb_markup_text(writer->out, label);
    (void)fputs("</dt><dd>", writer->out);
    (void)fprintf(writer->out, format, number);
    (void)fputs("</dd></div>\n", writer->out);
  }
}

static void
write_share_card(const TmbPageWriter* const writer,
                 const double               share,
                 const char* const          label)
{
  write_card(writer, "%.1f %%", 100.0 * share, label);
}

static void
write_evaluation_cards(const TmbPageWriter* const writer)
{
  const TmbPage* const page = writer->page;
  const json_t* const  part = tmb_evaluation_part(page->evaluation);
  char                 label[80];
  (void)snprintf(label,
                 sizeof(label),
                 "%.40s right, of %.0f",
                 tmb_evaluation_unit(page->evaluation),
                 tmb_json_number(part, "examples"));
  write_share_card(writer, tmb_json_number(part, "accuracy"), label);
  write_share_card(
    writer, tmb_json_number(part, "top3"), "right among the first three");
  write_share_card(writer,
                   tmb_json_number(part, "cells_accuracy"),
                   "right, mean over (source, class)");
  write_share_card(
    writer, tmb_json_number(part, "recordings_accuracy"), "recordings right");
  write_card(writer, "%.3f", tmb_json_number(part, "log_loss"), "log loss");
  write_share_card(writer,
                   tmb_json_number(part, "expected_calibration_error"),
                   "calibration error");
}

/// The first epoch whose accuracy reaches the target, or 0.
static uint32_t
first_at_target(const TmbHistory* const history, const double target)
{
  for (uint32_t i = 0U; i < history->n_rows; ++i) {
    const TmbHistoryRow* const row      = &history->rows[i];
    const double               accuracy = isfinite(row->validation_accuracy)
                                            ? row->validation_accuracy
                                            : row->accuracy;
    if (accuracy >= target) {
      return row->epoch;
    }
  }
  return 0U;
}

static void
write_history_cards(const TmbPageWriter* const writer)
{
  const TmbPage* const page = writer->page;
  const uint32_t i = tmb_history_best_of(page->histories, page->n_histories);
  if (i == page->n_histories) {
    return;
  }

  const TmbHistory* const    history = &page->histories[i];
  const TmbHistoryRow* const best    = tmb_history_best(history);
  char                       label[80];
  (void)snprintf(
    label, sizeof(label), "validation accuracy, epoch\xC2\xA0%u", best->epoch);
  write_share_card(writer, best->validation_accuracy, label);
  (void)snprintf(
    label, sizeof(label), "validation loss, epoch\xC2\xA0%u", best->epoch);
  write_card(writer, "%.4g", best->validation_loss, label);
  if (page->target > 0.0) {
    const uint32_t epoch = first_at_target(history, page->target);
    (void)snprintf(label,
                   sizeof(label),
                   epoch ? "epoch that reached %g\xC2\xA0%%"
                         : "epochs below %g\xC2\xA0%%",
                   100.0 * page->target);
    write_card(
      writer, "%.0f", epoch ? (double)epoch : (double)history->n_rows, label);
  }
}

void
tmb_page_headline(const TmbPageWriter* const writer)
{
  const TmbPage* const page = writer->page;
  if (page->evaluation || page->n_histories) {
    (void)fputs("<dl class=\"cards\">\n", writer->out);
    write_evaluation_cards(writer);
    write_history_cards(writer);
    (void)fputs("</dl>\n", writer->out);
  }
}

void
tmb_page_splits(const TmbPageWriter* const writer)
{
  static const struct {
    TmbSplit    split;
    const char* meaning;
  } rows[] = {
    { TMB_SPLIT_SEGMENTS, "other moments of the same recordings" },
    { TMB_SPLIT_RECORDINGS, "other notes of the same players" },
    { TMB_SPLIT_SOURCES, "other players, instruments and rooms" },
  };
  static const char* const keys[] = {
    "notes_accuracy", "cells_accuracy", "cells_family", "recordings_accuracy"
  };

  if (!writer->plots->drawn[TMB_PLOT_SPLITS].svg) {
    return;
  }
  (void)fputs("<section>\n<h2>What to expect</h2>\n"
              "<p>Three accuracies belong together, because they answer "
              "different questions.  Each is of sound that the model was "
              "trained without.  The first is what is often published; the "
              "third is what to expect of your own recordings.</p>\n"
              "<div class=\"pair\">\n",
              writer->out);
  tmb_page_figure(writer, TMB_PLOT_SPLITS, NULL, NULL);
  (void)fputs("<div class=\"scroll\">\n<table class=\"full\">\n<thead><tr>"
              "<th scope=\"col\">never heard</th>"
              "<th scope=\"col\">notes<br/>right</th>"
              "<th scope=\"col\">mean</th>"
              "<th scope=\"col\">by<br/>family</th>"
              "<th scope=\"col\">record-<br/>ings</th></tr></thead>\n<tbody>\n",
              writer->out);
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const char* const   name   = tmb_split_names[rows[i].split];
    const json_t* const scores = json_object_get(writer->page->accuracy, name);
    (void)fprintf(writer->out,
                  "<tr><th scope=\"row\" class=\"meaning\">%s"
                  "<br/><span class=\"soft\">%s</span></th>",
                  name,
                  rows[i].meaning);
    for (size_t j = 0U; j < sizeof(keys) / sizeof(*keys); ++j) {
      tmb_page_share_cell(writer, tmb_json_number(scores, keys[j]));
    }
    (void)fputs("</tr>\n", writer->out);
  }
  (void)fputs("</tbody>\n</table>\n</div>\n</div>\n</section>\n", writer->out);
}
