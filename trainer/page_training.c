// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"
#include "trainer/page_frame.h"
#include "trainer/page_parts.h"

#include <math.h>
#include <stdbool.h>

void
tmb_page_figure(const TmbPageWriter* const writer,
                const TmbPlotName          name,
                const char* const          heading,
                const char* const          caption)
{
  if (!writer->plots->drawn[name].svg) {
    return;
  }
  (void)fputs("<figure>\n", writer->out);
  if (heading) {
    (void)fprintf(writer->out, "<h3>%s</h3>\n", heading);
  }
  tmb_plots_write(writer->plots, name, writer->out);
  if (caption) {
    (void)fprintf(writer->out, "<figcaption>%s</figcaption>\n", caption);
  }
  (void)fputs("</figure>\n", writer->out);
}

static double
total_seconds(const TmbHistory* const history)
{
  double sum = 0.0;
  for (uint32_t i = 0U; i < history->n_rows; ++i) {
    sum += isfinite(history->rows[i].seconds) ? history->rows[i].seconds : 0.0;
  }
  return sum;
}

static double
highest_rate(const TmbHistory* const history)
{
  double rate = (double)NAN;
  for (uint32_t i = 0U; i < history->n_rows; ++i) {
    rate = fmax(rate, history->rows[i].learning_rate); // Not NaN if one is not
  }
  return rate;
}

void
tmb_page_training(const TmbPageWriter* const writer)
{
  const TmbPage* const page = writer->page;
  if (page->n_histories != 1U || !page->histories->n_rows) {
    return;
  }

  const TmbHistory* const    history = page->histories;
  const TmbHistoryRow* const best    = tmb_history_best(history);
  (void)fprintf(writer->out,
                "<section>\n<h2>Training</h2>\n<p class=\"soft\">%u epochs in "
                "%.1f s",
                history->n_rows,
                total_seconds(history));
  if (best && isfinite(best->validation_loss)) {
    (void)fprintf(writer->out,
                  "; epoch %u was the best by validation accuracy",
                  best->epoch);
  }
  (void)fputs(".</p>\n<div class=\"pair\">\n", writer->out);
  tmb_page_figure(writer, TMB_PLOT_ACCURACY, "Accuracy", NULL);
  tmb_page_figure(
    writer,
    TMB_PLOT_LOSS,
    "Loss",
    "On a log scale.  If the validation loss rises while the training loss "
    "falls, the network learns its examples by heart.");
  tmb_page_figure(writer, TMB_PLOT_RATE, "Learning rate", NULL);
  (void)fputs("</div>\n</section>\n", writer->out);
}

static void
write_sweep_row(const TmbPageWriter* const writer, const uint32_t i)
{
  static const TmbHistoryRow nothing = { .loss                = (double)NAN,
                                         .validation_loss     = (double)NAN,
                                         .validation_accuracy = (double)NAN };

  const TmbHistory* const history = &writer->page->histories[i];
  const bool is_best = i == tmb_history_best_of(writer->page->histories,
                                                writer->page->n_histories);
  const TmbHistoryRow* const found = tmb_history_best(history);
  const TmbHistoryRow* const row   = found ? found : &nothing;
  (void)fprintf(
    writer->out, "<tr%s><th scope=\"row\">", is_best ? " class=\"best\"" : "");
  tmb_markup_text(writer->out, history->name ? history->name : "?");
  (void)fputs(is_best ? "<span class=\"badge\">best</span></th>" : "</th>",
              writer->out);
  tmb_page_number_cell(writer->out, "%.4f", row->validation_loss);
  tmb_page_share_cell(writer->out, row->validation_accuracy);
  tmb_page_number_cell(writer->out, "%.3g", highest_rate(history));
  tmb_page_number_cell(writer->out, "%.0f", (double)history->n_rows);
  tmb_page_number_cell(
    writer->out, "%.0f", row->epoch ? (double)row->epoch : (double)NAN);
  tmb_page_number_cell(writer->out, "%.1f", total_seconds(history));
  (void)fputs("</tr>\n", writer->out);
}

void
tmb_page_sweep(const TmbPageWriter* const writer)
{
  const TmbPage* const page = writer->page;
  if (page->n_histories < 2U) {
    return;
  }

  (void)fprintf(writer->out,
                "<section>\n<h2>Sweep</h2>\n<p class=\"soft\">%u trainings, "
                "each at its best epoch by validation accuracy.</p>\n"
                "<div class=\"scroll\">\n<table>\n<thead><tr>"
                "<th scope=\"col\">training</th>"
                "<th scope=\"col\">validation<br/>loss</th>"
                "<th scope=\"col\">validation<br/>accuracy</th>"
                "<th scope=\"col\">learning<br/>rate</th>"
                "<th scope=\"col\">epochs</th>"
                "<th scope=\"col\">best<br/>epoch</th>"
                "<th scope=\"col\">seconds</th></tr></thead>\n<tbody>\n",
                page->n_histories);
  for (uint32_t i = 0U; i < page->n_histories; ++i) {
    write_sweep_row(writer, i);
  }
  (void)fputs("</tbody>\n</table>\n</div>\n<div class=\"pair\">\n",
              writer->out);
  tmb_page_figure(writer,
                  TMB_PLOT_SWEEP,
                  "Validation losses",
                  "On a log scale; the best has a thicker line.");
  tmb_page_figure(writer, TMB_PLOT_ACCURACY, "Validation accuracy", NULL);
  (void)fputs("</div>\n</section>\n", writer->out);
}
