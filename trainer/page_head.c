// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"
#include "trainer/page_frame.h"
#include "trainer/page_parts.h"
#include "trainer/page_scores.h"
#include "trainer/split.h"

#include <math.h>
#include <stdbool.h>

#define DEFAULT_TITLE "Timbrel report"

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

/// What makes pictures follow a dark screen.
static void
write_plots_style(FILE* const out)
{
  (void)fputs("<style>\n", out);
  tmb_plots_write_style(out);
  (void)fputs("</style>\n", out);
}

void
tmb_page_head(const TmbPageWriter* const writer)
{
  FILE* const       out = writer->out;
  const char* const title =
    writer->page->title ? writer->page->title : DEFAULT_TITLE;
  tmb_page_begin(out, title, write_plots_style);
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

static void
write_share_card(const TmbPageWriter* const writer,
                 const double               share,
                 const char* const          label)
{
  tmb_page_card(writer->out, "%.1f %%", 100.0 * share, label);
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
  tmb_page_card(
    writer->out, "%.3f", tmb_json_number(part, "log_loss"), "log loss");
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
  tmb_page_card(writer->out, "%.4g", best->validation_loss, label);
  if (page->target > 0.0) {
    const uint32_t epoch = first_at_target(history, page->target);
    (void)snprintf(label,
                   sizeof(label),
                   epoch ? "epoch that reached %g\xC2\xA0%%"
                         : "epochs below %g\xC2\xA0%%",
                   100.0 * page->target);
    tmb_page_card(writer->out,
                  "%.0f",
                  epoch ? (double)epoch : (double)history->n_rows,
                  label);
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
      tmb_page_share_cell(writer->out, tmb_json_number(scores, keys[j]));
    }
    (void)fputs("</tr>\n", writer->out);
  }
  (void)fputs("</tbody>\n</table>\n</div>\n</div>\n</section>\n", writer->out);
}
