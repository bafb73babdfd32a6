// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_errors.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// Write N for each number, so that the same reason is the same text.
static void
generalise(const char* reason, TmbMessage* const text)
{
  size_t n = 0U;
  while (*reason && n < sizeof(text->text) - 1U) {
    if (isdigit((unsigned char)*reason)) {
      text->text[n++] = 'N';
      reason += strspn(reason, "0123456789.");
    } else {
      text->text[n++] = *reason++;
    }
  }
  text->text[n] = '\0';
}

void
tmb_label_errors_add(TmbLabelErrors* const errors,
                     const char* const     path,
                     const char* const     reason)
{
  TmbMessage text;
  uint32_t   i = 0U;
  generalise(reason, &text);
  while (i < errors->n &&
         strcmp(text.text, errors->reasons[i].text.text) != 0) {
    ++i;
  }
  if (i >= TMB_MAX_REASONS) {
    i    = TMB_MAX_REASONS;
    text = (TmbMessage){ "other reasons" };
  }

  TmbReason* const row = &errors->reasons[i];
  if (!row->n) {
    errors->n = i + 1U;
    row->text = text;
    (void)tmb_fail(TMB_OK, &row->example, "%s", path);
  }
  ++row->n;
}

static int
by_number(const void* const a, const void* const b)
{
  const uint64_t n_a = ((const TmbReason*)a)->n;
  const uint64_t n_b = ((const TmbReason*)b)->n;
  return (n_a < n_b) - (n_a > n_b);
}

void
tmb_label_errors_print(TmbLabelErrors* const errors,
                       const uint64_t        n_all,
                       FILE* const           out)
{
  int      width = 0;
  uint64_t n     = 0U;
  for (uint32_t i = 0U; i < errors->n; ++i) {
    const int n_text = (int)strlen(errors->reasons[i].text.text);
    width            = n_text > width ? n_text : width;
    n += errors->reasons[i].n;
  }
  if (n < 2U) {
    return;
  }

  qsort(errors->reasons, errors->n, sizeof(TmbReason), by_number);
  (void)fprintf(
    out, "%" PRIu64 " of %" PRIu64 " recordings have no label:\n", n, n_all);
  for (uint32_t i = 0U; i < errors->n; ++i) {
    const TmbReason* const row = &errors->reasons[i];
    (void)fprintf(out,
                  "%10" PRIu64 "  %-*s  %s\n",
                  row->n,
                  width,
                  row->text.text,
                  row->example.text);
  }
}
