// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/summary_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_FAMILY "no family"

uint32_t
tmb_confidence_bin(const double confidence)
{
  if (!(confidence >= 0.0)) {
    return TMB_N_BINS;
  }
  return (uint32_t)fmin(confidence * TMB_N_BINS, TMB_N_BINS - 1.0);
}

double
tmb_summary_share(const uint64_t part, const uint64_t whole)
{
  return whole ? (double)part / (double)whole : (double)NAN;
}

static bool
is_unknown(const TmbKind* const kind)
{
  return !strcmp(kind->label, TMB_UNKNOWN_LABEL);
}

static const char*
family_name(const TmbKind* const kind)
{
  return *kind->family      ? kind->family
         : is_unknown(kind) ? TMB_UNKNOWN_LABEL
                            : NO_FAMILY;
}

/// Add what a kind has to the share of that name.
static void
add_share(TmbShare* const       shares,
          uint32_t* const       n,
          const TmbShare* const share)
{
  uint32_t i = 0U;
  while (i < *n && strcmp(shares[i].name, share->name)) {
    ++i;
  }
  if (i == *n) {
    shares[(*n)++] = (TmbShare){ .name = share->name, .family = share->family };
  }
  shares[i].n_notes += share->n_notes;
  shares[i].n_recordings += share->n_recordings;
  shares[i].seconds += share->seconds;
}

/// What is frequent first; names in their order.
static int
compare_shares(const void* const a, const void* const b)
{
  const TmbShare* const left  = (const TmbShare*)a;
  const TmbShare* const right = (const TmbShare*)b;
  if (left->n_notes != right->n_notes) {
    return left->n_notes < right->n_notes ? 1 : -1;
  }
  if (left->n_recordings != right->n_recordings) {
    return left->n_recordings < right->n_recordings ? 1 : -1;
  }
  return strcmp(left->name, right->name);
}

/// Add a recording to the sums, and to what its kinds have.
static void
add_recording(TmbSummary* const         self,
              const TmbHeardFile* const file,
              TmbShare* const           kinds)
{
  TmbSums* const sums = &self->sums;
  const uint32_t bin  = tmb_confidence_bin(file->confidence);
  const double   s    = isfinite(file->seconds) ? file->seconds : 0.0;
  ++sums->n_recordings;
  sums->n_unknown_recordings += is_unknown(&self->kinds[file->kind]);
  sums->n_notes += file->n_notes;
  sums->seconds += s;
  ++kinds[file->kind].n_recordings;
  kinds[file->kind].seconds += s;
  if (bin < TMB_N_BINS) {
    ++sums->bins[bin].n_recordings;
  }

  for (uint32_t i = 0U; i < file->n_cells; ++i) {
    const TmbCell* const cell = &file->cells[i];
    const uint32_t       n_unknown =
      is_unknown(&self->kinds[cell->kind]) ? cell->n : 0U;
    kinds[cell->kind].n_notes += cell->n;
    sums->n_unknown_notes += n_unknown;
    if (cell->bin < TMB_N_BINS) {
      sums->bins[cell->bin].n_notes += cell->n;
      sums->bins[cell->bin].n_unknown += n_unknown;
    }
  }
}

/// Whether a kind is of a row that counts.
static bool
is_heard(const TmbShare* const share)
{
  return share->n_notes || share->n_recordings;
}

static void
group_kinds(TmbSummary* const self, const TmbShare* const kinds)
{
  TmbSums* const sums = &self->sums;
  for (uint32_t i = 0U; i < self->n_kinds; ++i) {
    TmbShare share = kinds[i];
    if (is_heard(&share)) {
      share.name   = self->kinds[i].label;
      share.family = is_unknown(&self->kinds[i]) ? "" : self->kinds[i].family;
      add_share(sums->instruments, &sums->n_instruments, &share);
      share.name   = family_name(&self->kinds[i]);
      share.family = "";
      add_share(sums->families, &sums->n_families, &share);
    }
  }
  qsort(sums->instruments,
        sums->n_instruments,
        sizeof(*sums->instruments),
        compare_shares);
  qsort(
    sums->families, sums->n_families, sizeof(*sums->families), compare_shares);
}

static int
compare_reasons(const void* const a, const void* const b)
{
  return strcmp(((const TmbReason*)a)->reason, ((const TmbReason*)b)->reason);
}

static int
compare_counts(const void* const a, const void* const b)
{
  const TmbReason* const left  = (const TmbReason*)a;
  const TmbReason* const right = (const TmbReason*)b;
  return left->n_files == right->n_files
           ? strcmp(left->reason, right->reason)
           : (left->n_files < right->n_files ? 1 : -1);
}

/// Count files by reason.
static TmbStatus
add_reasons(TmbSummary* const self)
{
  TmbSums* const sums = &self->sums;
  size_t         n    = 0U;
  if (!sums->n_failed) {
    return TMB_OK;
  }
  sums->reasons = (TmbReason*)calloc(sums->n_failed, sizeof(*sums->reasons));
  if (!sums->reasons) {
    return TMB_NO_MEMORY;
  }

  for (size_t i = 0U; i < self->n_files; ++i) {
    if (self->files[i].reason) {
      sums->reasons[n++] = (TmbReason){ self->files[i].reason, 1U };
    }
  }
  qsort(sums->reasons, n, sizeof(*sums->reasons), compare_reasons);
  for (size_t i = 0U; i < n; ++i) {
    TmbReason* const last =
      sums->n_reasons ? &sums->reasons[sums->n_reasons - 1U] : NULL;
    if (last && !strcmp(last->reason, sums->reasons[i].reason)) {
      ++last->n_files;
    } else {
      sums->reasons[sums->n_reasons++] = sums->reasons[i];
    }
  }
  qsort(sums->reasons, sums->n_reasons, sizeof(*sums->reasons), compare_counts);
  return TMB_OK;
}

TmbStatus
tmb_summary_add_up(TmbSummary* const self)
{
  TmbSums* const  sums  = &self->sums;
  const size_t    n     = self->n_kinds ? self->n_kinds : 1U;
  TmbShare* const kinds = (TmbShare*)calloc(n, sizeof(*kinds));
  sums->instruments     = (TmbShare*)calloc(n, sizeof(*sums->instruments));
  sums->families        = (TmbShare*)calloc(n, sizeof(*sums->families));
  if (!kinds || !sums->instruments || !sums->families) {
    free(kinds);
    return TMB_NO_MEMORY;
  }

  for (size_t i = 0U; i < self->n_files; ++i) {
    if (self->files[i].reason) {
      ++sums->n_failed;
    } else {
      add_recording(self, &self->files[i], kinds);
    }
  }
  group_kinds(self, kinds);
  free(kinds);
  return add_reasons(self);
}
