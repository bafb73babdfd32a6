// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/summary_output.h"
#include "trainer/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define NAME_WIDTH 20U
#define MAX_REASONS 10U ///< That a terminal gets

/// Such as " 12.3 %", or a dash.
static void
write_share(FILE* const out, const uint64_t part, const uint64_t whole)
{
  const double share = tmb_summary_share(part, whole);
  if (isfinite(share)) {
    (void)fprintf(out, "%8.1f %%", 100.0 * share);
  } else {
    (void)fputs("         -", out);
  }
}

/// Write a text that is safe to show, with spaces up to a width.
static void
write_name(FILE* const out, const char* const name, const size_t width)
{
  char* const  clean = tmb_text_clean(name, true);
  const size_t n     = clean ? tmb_text_length(clean) : 0U;
  (void)fprintf(
    out, "%s%*s", clean ? clean : "?", n < width ? (int)(width - n) : 0, "");
  free(clean);
}

static void
write_shares(FILE* const           out,
             const char* const     title,
             const TmbShare* const shares,
             const uint32_t        n,
             const uint64_t        n_notes)
{
  if (!n) {
    return;
  }
  (void)fputc('\n', out);
  write_name(out, title, NAME_WIDTH);
  (void)fputs("     notes     share  recordings      hours\n", out);
  for (uint32_t i = 0U; i < n; ++i) {
    write_name(out, shares[i].name, NAME_WIDTH);
    (void)fprintf(out, "%10" PRIu64, shares[i].n_notes);
    write_share(out, shares[i].n_notes, n_notes);
    (void)fprintf(out,
                  "%12" PRIu64 "%11.3f\n",
                  shares[i].n_recordings,
                  shares[i].seconds / 3600.0);
  }
}

static void
write_bins(FILE* const out, const TmbSums* const sums)
{
  (void)fputc('\n', out);
  write_name(out, "confidence", NAME_WIDTH);
  (void)fputs("     notes   unknown  recordings\n", out);
  for (unsigned i = 0U; i < TMB_N_BINS; ++i) {
    const TmbBin* const bin = &sums->bins[i];
    (void)fprintf(out,
                  "%3u to %3u %%%*s%10" PRIu64 "%10" PRIu64 "%12" PRIu64 "\n",
                  100U * i / TMB_N_BINS,
                  100U * (i + 1U) / TMB_N_BINS,
                  (int)NAME_WIDTH - 12,
                  "",
                  bin->n_notes,
                  bin->n_unknown,
                  bin->n_recordings);
  }
}

static void
write_reasons(FILE* const out, const TmbSums* const sums)
{
  if (!sums->n_reasons) {
    return;
  }
  (void)fputs("\n     files  have no label\n", out);
  uint64_t n_rest = sums->n_failed;
  for (size_t i = 0U; i < sums->n_reasons && i < MAX_REASONS; ++i) {
    (void)fprintf(out, "%10" PRIu64 "  ", sums->reasons[i].n_files);
    write_name(out, sums->reasons[i].reason, 0U);
    (void)fputc('\n', out);
    n_rest -= sums->reasons[i].n_files;
  }
  if (n_rest) {
    (void)fprintf(out, "%10" PRIu64 "  (for other reasons)\n", n_rest);
  }
}

static void
write_count(FILE* const       out,
            const uint64_t    n,
            const char* const one,
            const char* const many)
{
  (void)fprintf(out, "%" PRIu64 " %s", n, n == 1U ? one : many);
}

static void
write_head(FILE* const out, const TmbSums* const sums)
{
  write_count(out, sums->n_recordings, "recording", "recordings");
  (void)fprintf(out, ", %.3f hours, ", sums->seconds / 3600.0);
  write_count(out, sums->n_notes, "note", "notes");
  (void)fputc('\n', out);
  if (sums->n_notes) {
    (void)fprintf(
      out,
      "unknown: %.1f %% of the notes, %.1f %% of the recordings\n",
      100.0 * tmb_summary_share(sums->n_unknown_notes, sums->n_notes),
      100.0 *
        tmb_summary_share(sums->n_unknown_recordings, sums->n_recordings));
  }
  if (sums->n_failed) {
    write_count(
      out, sums->n_failed, "file has no label\n", "files have no label\n");
  }
  if (sums->n_duplicates) {
    write_count(out,
                sums->n_duplicates,
                "result was replaced by a later one of the same file\n",
                "results were replaced by later ones of the same files\n");
  }
}

void
tmb_summary_write_table(const TmbSummary* const summary, FILE* const out)
{
  const TmbSums* const sums = tmb_summary_sums(summary);
  write_head(out, sums);
  write_shares(
    out, "instrument", sums->instruments, sums->n_instruments, sums->n_notes);
  write_shares(out, "family", sums->families, sums->n_families, sums->n_notes);
  if (sums->n_recordings) {
    write_bins(out, sums);
  }
  write_reasons(out, sums);
}
