// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"
#include "trainer/page_frame.h"
#include "trainer/page_parts.h"
#include "trainer/page_scores.h"

#include <math.h>
#include <stdbool.h>

/// The calibration diagram as numbers.
static void
write_bins(const TmbPageWriter* const writer)
{
  const json_t* const bins = json_object_get(
    tmb_evaluation_part(writer->page->evaluation), "calibration");
  (void)fputs("<div class=\"scroll\">\n<table>\n<thead><tr>"
              "<th scope=\"col\">confidence</th><th scope=\"col\">",
              writer->out);
  tmb_markup_text(writer->out, tmb_evaluation_unit(writer->page->evaluation));
  (void)fputs("</th><th scope=\"col\">mean</th>"
              "<th scope=\"col\">right</th></tr></thead>\n<tbody>\n",
              writer->out);
  for (size_t i = 0U; i < json_array_size(bins); ++i) {
    const json_t* const bin = json_array_get(bins, i);
    (void)fprintf(writer->out,
                  "<tr><th scope=\"row\">%.4g to %.4g&#160;%%</th>",
                  100.0 * tmb_json_number(bin, "from"),
                  100.0 * tmb_json_number(bin, "to"));
    tmb_page_number_cell(writer->out, "%.0f", tmb_json_number(bin, "examples"));
    tmb_page_share_cell(writer->out, tmb_json_number(bin, "confidence"));
    tmb_page_share_cell(writer->out, tmb_json_number(bin, "accuracy"));
    (void)fputs("</tr>\n", writer->out);
  }
  (void)fputs("</tbody>\n</table>\n</div>\n", writer->out);
}

void
tmb_page_answers(const TmbPageWriter* const writer)
{
  const uint32_t n = tmb_confusion_size(writer->page->evaluation);
  if (writer->plots->drawn[TMB_PLOT_CONFUSION].svg) {
    const TmbDrawn* const matrix = &writer->plots->drawn[TMB_PLOT_CONFUSION];
    (void)fprintf(
      writer->out,
      "<section>\n<h2>Confusions</h2>\n"
      "<figure>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
      "aria-label=\"Confusion matrix\">\n"
      "<div style=\"width:%upx\">\n",
      matrix->width);
    tmb_plots_write(writer->plots, TMB_PLOT_CONFUSION, writer->out);
    (void)fputs("</div>\n</div>\n<figcaption>Each row has the ", writer->out);
    tmb_markup_text(writer->out, tmb_evaluation_unit(writer->page->evaluation));
    (void)fputs(" of one class, in the columns that they were taken for.  "
                "The stronger the colour, the larger the share of the row."
                "</figcaption>\n</figure>\n</section>\n",
                writer->out);
  } else if (n) {
    (void)fprintf(writer->out,
                  "<section>\n<h2>Confusions</h2>\n<p>A matrix of %u classes "
                  "can't be read, and is not drawn.</p>\n</section>\n",
                  n);
  }
  if (writer->plots->drawn[TMB_PLOT_CALIBRATION].svg) {
    (void)fputs("<section>\n<h2>Calibration</h2>\n<div class=\"pair\">\n",
                writer->out);
    tmb_page_figure(writer,
                    TMB_PLOT_CALIBRATION,
                    NULL,
                    "How often answers of each confidence are right.  On the "
                    "dashed line, the confidence can be taken at its word; "
                    "below, it is too sure; above, it is too modest.");
    write_bins(writer);
    (void)fputs("</div>\n</section>\n", writer->out);
  }
}

/// A share with a bar of that length behind it.
static void
write_bar_cell(const TmbPageWriter* const writer, const double share)
{
  if (share >= 0.0 && share <= 1.0) {
    (void)fprintf(
      writer->out,
      "<td class=\"bar\" style=\"--share:%.1f%%\">%.1f&#160;%%</td>",
      100.0 * share,
      100.0 * share);
  } else {
    tmb_page_share_cell(writer->out, (double)NAN);
  }
}

static void
write_name(const TmbPageWriter* const writer, const json_t* const row)
{
  const char* const name = json_string_value(json_object_get(row, "name"));
  (void)fputs("<tr><th scope=\"row\">", writer->out);
  tmb_markup_text(writer->out, name ? name : "?");
  (void)fputs("</th>", writer->out);
}

static void
write_class_table(const TmbPageWriter* const writer, const json_t* const rows)
{
  (void)fputs("<div class=\"scroll\">\n<table>\n<thead><tr>"
              "<th scope=\"col\">class</th><th scope=\"col\">",
              writer->out);
  tmb_markup_text(writer->out, tmb_evaluation_unit(writer->page->evaluation));
  (void)fputs("</th><th scope=\"col\">precision</th>"
              "<th scope=\"col\">recall</th>"
              "<th scope=\"col\">F1</th></tr></thead>\n<tbody>\n",
              writer->out);
  for (size_t i = 0U; i < json_array_size(rows); ++i) {
    const json_t* const row = json_array_get(rows, i);
    write_name(writer, row);
    tmb_page_number_cell(writer->out, "%.0f", tmb_json_number(row, "examples"));
    tmb_page_share_cell(writer->out, tmb_json_number(row, "precision"));
    tmb_page_share_cell(writer->out, tmb_json_number(row, "recall"));
    write_bar_cell(writer, tmb_json_number(row, "f1"));
    (void)fputs("</tr>\n", writer->out);
  }
  (void)fputs("</tbody>\n</table>\n</div>\n", writer->out);
}

/// The share right of each row that has examples; one row says what is known.
static void
write_accuracy_table(const TmbPageWriter* const writer,
                     const char* const          key,
                     const char* const          title)
{
  const json_t* const rows =
    json_object_get(tmb_evaluation_part(writer->page->evaluation), key);
  if (json_array_size(rows) < 2U) {
    return;
  }

  (void)fprintf(writer->out,
                "<div class=\"scroll\">\n<table>\n<thead><tr>"
                "<th scope=\"col\">%s</th><th scope=\"col\">",
                title);
  tmb_markup_text(writer->out, tmb_evaluation_unit(writer->page->evaluation));
  (void)fputs("</th><th scope=\"col\">right</th></tr></thead>\n<tbody>\n",
              writer->out);
  for (size_t i = 0U; i < json_array_size(rows); ++i) {
    const json_t* const row = json_array_get(rows, i);
    if (tmb_json_number(row, "examples") > 0.0) {
      write_name(writer, row);
      tmb_page_number_cell(
        writer->out, "%.0f", tmb_json_number(row, "examples"));
      write_bar_cell(writer, tmb_json_number(row, "accuracy"));
      (void)fputs("</tr>\n", writer->out);
    }
  }
  (void)fputs("</tbody>\n</table>\n</div>\n", writer->out);
}

void
tmb_page_classes(const TmbPageWriter* const writer)
{
  const json_t* const rows =
    json_object_get(tmb_evaluation_part(writer->page->evaluation), "by_class");
  if (!json_array_size(rows)) {
    return;
  }

  (void)fputs("<section>\n<h2>Classes</h2>\n"
              "<p class=\"soft\">Precision: of those that were named so, how "
              "many are.  Recall: of those that are, how many were named so.  "
              "F1 is their harmonic mean.</p>\n"
              "<div class=\"pair\">\n",
              writer->out);
  write_class_table(writer, rows);
  (void)fputs("<div class=\"pair\">\n", writer->out);
  write_accuracy_table(writer, "by_family", "family");
  write_accuracy_table(writer, "by_source", "source");
  (void)fputs("</div>\n</div>\n</section>\n", writer->out);
}
