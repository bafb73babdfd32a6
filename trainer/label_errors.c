// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_errors.h"

#include "trainer/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WIDTH 60U ///< Characters, which only longer reasons exceed

/// Write N for each number, so that the same reason is the same text.
static void
generalise(const char* reason, TmbMessage* const text)
{
  static const char digits[] = "0123456789";

  size_t n = 0U;
  while (*reason && n < sizeof(text->text) - 1U) {
    if (isdigit((unsigned char)*reason)) {
      text->text[n++] = 'N';
      reason += strspn(reason, digits);
      if (reason[0] == '.' && isdigit((unsigned char)reason[1])) {
        reason += 1U + strspn(reason + 1, digits);
      }
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
    (void)tmb_fail(TMB_OK, &row->example, "%s", tmb_text_shown(path));
  }
  ++row->n;
}

static int
by_number(const void* const a, const void* const b)
{
  const TmbReason* const x = (const TmbReason*)a;
  const TmbReason* const y = (const TmbReason*)b;
  return x->n == y->n ? strcmp(x->text.text, y->text.text)
                      : (x->n < y->n) - (x->n > y->n);
}

/// Print a text that may hold a file's name; the characters that it takes.
static size_t
print_clean(const char* const text, FILE* const out)
{
  char* const       clean = tmb_text_clean(text, true);
  const char* const shown = clean ? clean : "?";
  const size_t      n     = tmb_text_length(shown);
  (void)fputs(shown, out);
  free(clean);
  return n;
}

void
tmb_label_errors_print(TmbLabelErrors* const errors,
                       const uint64_t        n_all,
                       FILE* const           out)
{
  size_t   width = 0U;
  uint64_t n     = 0U;
  for (uint32_t i = 0U; i < errors->n; ++i) {
    const size_t n_text = tmb_text_length(errors->reasons[i].text.text);
    width = n_text > width && n_text <= MOST_WIDTH ? n_text : width;
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
    (void)fprintf(out, "%10" PRIu64 "  ", row->n);
    const size_t n_text = print_clean(row->text.text, out);
    const int    n_left = n_text < width ? (int)(width - n_text) : 0;
    (void)fprintf(out, "%*s  ", n_left, "");
    (void)print_clean(row->example.text, out);
    (void)fputc('\n', out);
  }
}
