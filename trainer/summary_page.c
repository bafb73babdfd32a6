// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/markup.h"
#include "trainer/page_frame.h"
#include "trainer/summary_output.h"
#include "trainer/summary_parts.h"

#include <inttypes.h>

#define MAX_REASONS 100U ///< That a page gets; its table of files has them all

/// The policy lets a browser load nothing, should a name ever become markup.
static void
write_head(FILE* const out)
{
  (void)fputs("<meta http-equiv=\"Content-Security-Policy\" "
              "content=\"default-src 'none'; style-src 'unsafe-inline'; "
              "script-src 'unsafe-inline'\"/>\n",
              out);
  tmb_summary_write_style(out);
}

static void
write_cards(FILE* const out, const TmbSums* const sums)
{
  const double notes = tmb_summary_share(sums->n_unknown_notes, sums->n_notes);
  const double recordings =
    tmb_summary_share(sums->n_unknown_recordings, sums->n_recordings);
  (void)fputs("<dl class=\"cards\">\n", out);
  tmb_page_card(out, "%.0f", (double)sums->n_recordings, "recordings");
  tmb_page_card(out, "%.4g", sums->seconds / 3600.0, "hours");
  tmb_page_card(out, "%.0f", (double)sums->n_notes, "notes");
  tmb_page_card(out, "%.1f %%", 100.0 * notes, "of the notes are unknown");
  tmb_page_card(
    out, "%.1f %%", 100.0 * recordings, "of the recordings are unknown");
  tmb_page_card(out, "%.0f", (double)sums->n_failed, "files have no label");
  if (sums->n_duplicates) {
    tmb_page_card(out,
                  "%.0f",
                  (double)sums->n_duplicates,
                  "results replaced by later ones of the same files");
  }
  (void)fputs("</dl>\n", out);
}

static void
write_shares(FILE* const           out,
             const char* const     title,
             const char* const     column,
             const TmbShare* const shares,
             const uint32_t        n,
             const uint64_t        n_notes)
{
  if (!n) {
    return;
  }
  (void)fprintf(out, "<section>\n<h2>%s</h2>\n<div class=\"pair\">\n", title);
  tmb_summary_draw_shares(out, column, title, shares, n);
  (void)fprintf(out,
                "<div class=\"scroll\">\n<table class=\"full\">\n<thead><tr>"
                "<th scope=\"col\">%s</th><th scope=\"col\">notes</th>"
                "<th scope=\"col\">share</th><th scope=\"col\">record-<br/>ings"
                "</th><th scope=\"col\">hours</th></tr></thead>\n<tbody>\n",
                column);
  for (uint32_t i = 0U; i < n; ++i) {
    (void)fputs("<tr><th scope=\"row\">", out);
    tmb_markup_text(out, shares[i].name);
    (void)fprintf(out, "</th><td>%" PRIu64 "</td>", shares[i].n_notes);
    tmb_page_share_cell(out, tmb_summary_share(shares[i].n_notes, n_notes));
    (void)fprintf(out, "<td>%" PRIu64 "</td>", shares[i].n_recordings);
    tmb_page_number_cell(out, "%.2f", shares[i].seconds / 3600.0);
    (void)fputs("</tr>\n", out);
  }
  (void)fputs("</tbody>\n</table>\n</div>\n</div>\n</section>\n", out);
}

static void
write_bins(FILE* const out, const TmbSums* const sums)
{
  if (!sums->n_recordings) {
    return;
  }
  (void)fputs("<section>\n<h2>Confidence</h2>\n<div class=\"pair\">\n", out);
  tmb_summary_draw_bins(out, sums->bins);
  (void)fputs("<div class=\"scroll\">\n<table class=\"full\">\n<thead><tr>"
              "<th scope=\"col\">confidence</th><th scope=\"col\">notes</th>"
              "<th scope=\"col\">unknown</th><th scope=\"col\">record-<br/>ings"
              "</th></tr></thead>\n<tbody>\n",
              out);
  for (unsigned i = 0U; i < TMB_N_BINS; ++i) {
    const TmbBin* const bin = &sums->bins[i];
    (void)fprintf(out,
                  "<tr><th scope=\"row\">%u to %u&#160;%%</th><td>%" PRIu64
                  "</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td></tr>\n",
                  100U * i / TMB_N_BINS,
                  100U * (i + 1U) / TMB_N_BINS,
                  bin->n_notes,
                  bin->n_unknown,
                  bin->n_recordings);
  }
  (void)fputs("</tbody>\n</table>\n</div>\n</div>\n</section>\n", out);
}

static void
write_reasons(FILE* const out, const TmbSums* const sums)
{
  if (!sums->n_reasons) {
    return;
  }
  (void)fputs("<section>\n<h2>Errors</h2>\n<table id=\"errors\">\n<thead><tr>"
              "<th scope=\"col\">files</th><th scope=\"col\">reason</th></tr>"
              "</thead>\n<tbody>\n",
              out);
  for (size_t i = 0U; i < sums->n_reasons && i < MAX_REASONS; ++i) {
    (void)fprintf(out,
                  "<tr><th scope=\"row\">%" PRIu64 "</th><td>",
                  sums->reasons[i].n_files);
    tmb_markup_text(out, sums->reasons[i].reason);
    (void)fputs("</td></tr>\n", out);
  }
  (void)fputs("</tbody>\n</table>\n", out);
  if (sums->n_reasons > MAX_REASONS) {
    (void)fprintf(out,
                  "<p class=\"soft\">The first %u of %zu reasons.</p>\n",
                  MAX_REASONS,
                  sums->n_reasons);
  }
  (void)fputs("</section>\n", out);
}

void
tmb_summary_write_page(const TmbSummary* const summary, FILE* const out)
{
  const TmbSums* const sums = tmb_summary_sums(summary);
  tmb_page_begin(out, "Timbrel summary", write_head);
  (void)fputs("<p class=\"soft\">What <code>timbrel label</code> found</p>\n"
              "</header>\n<main>\n",
              out);
  write_cards(out, sums);
  write_shares(out,
               "Instruments",
               "instrument",
               sums->instruments,
               sums->n_instruments,
               sums->n_notes);
  write_shares(
    out, "Families", "family", sums->families, sums->n_families, sums->n_notes);
  write_bins(out, sums);
  write_reasons(out, sums);
  tmb_summary_write_files(summary, out);
  tmb_page_end(out);
}
