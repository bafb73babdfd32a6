// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/json_parts.h"
#include "trainer/summary_output.h"

#include <jansson.h>

#define DIGITS 15U ///< Of numbers

static json_t*
pack_rate(const uint64_t part, const uint64_t whole)
{
  return tmb_json_finite(tmb_summary_share(part, whole));
}

static json_t*
pack_shares(const TmbShare* const shares,
            const uint32_t        n,
            const char* const     key,
            const uint64_t        n_notes)
{
  json_t* list = json_array();
  for (uint32_t i = 0U; list && i < n; ++i) {
    const TmbShare* const share = &shares[i];
    // clang-format off
    list = tmb_json_append(list, json_pack("{s:s, s:s*, s:I, s:o, s:I, s:o}",
      key,          share->name,
      "family",     *share->family ? share->family : NULL,
      "notes",      (json_int_t)share->n_notes,
      "share",      pack_rate(share->n_notes, n_notes),
      "recordings", (json_int_t)share->n_recordings,
      "seconds",    tmb_json_finite(share->seconds)));
    // clang-format on
  }
  return list;
}

static json_t*
pack_bins(const TmbBin* const bins)
{
  json_t* list = json_array();
  for (unsigned i = 0U; list && i < TMB_N_BINS; ++i) {
    // clang-format off
    list = tmb_json_append(list, json_pack("{s:f, s:f, s:I, s:I, s:I}",
      "from",       (double)i / TMB_N_BINS,
      "to",         (double)(i + 1U) / TMB_N_BINS,
      "notes",      (json_int_t)bins[i].n_notes,
      "unknown",    (json_int_t)bins[i].n_unknown,
      "recordings", (json_int_t)bins[i].n_recordings));
    // clang-format on
  }
  return list;
}

static json_t*
pack_reasons(const TmbReason* const reasons, const size_t n)
{
  json_t* list = json_array();
  for (size_t i = 0U; list && i < n; ++i) {
    list = tmb_json_append(list,
                           json_pack("{s:s, s:I}",
                                     "error",
                                     reasons[i].reason,
                                     "files",
                                     (json_int_t)reasons[i].n_files));
  }
  return list;
}

static json_t*
pack_summary(const TmbSums* const sums)
{
  // clang-format off
  return json_pack("{s:I, s:o, s:I, s:{s:I, s:o, s:I, s:o}, s:I, s:I,"
                   " s:o, s:o, s:o, s:o}",
    "recordings", (json_int_t)sums->n_recordings,
    "seconds",    tmb_json_finite(sums->seconds),
    "notes",      (json_int_t)sums->n_notes,
    "unknown",
      "notes",           (json_int_t)sums->n_unknown_notes,
      "note_rate",       pack_rate(sums->n_unknown_notes, sums->n_notes),
      "recordings",      (json_int_t)sums->n_unknown_recordings,
      "recording_rate",  pack_rate(sums->n_unknown_recordings,
                                   sums->n_recordings),
    "failed",      (json_int_t)sums->n_failed,
    "duplicates",  (json_int_t)sums->n_duplicates,
    "instruments", pack_shares(sums->instruments, sums->n_instruments, "label",
                               sums->n_notes),
    "families",    pack_shares(sums->families, sums->n_families, "name",
                               sums->n_notes),
    "confidence",  pack_bins(sums->bins),
    "errors",      pack_reasons(sums->reasons, sums->n_reasons));
  // clang-format on
}

bool
tmb_summary_write_json(const TmbSummary* const summary, FILE* const out)
{
  json_t* const document = pack_summary(tmb_summary_sums(summary));
  const bool    is_dumped =
    document &&
    !json_dumpf(document, out, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
  json_decref(document);
  (void)fputc('\n', out);
  return is_dumped || ferror(out);
}
