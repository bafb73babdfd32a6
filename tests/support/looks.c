// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/looks.h"

#include "dsp/front_end.h"
#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

TmbAnalysis*
analysis_new_up_to(const double rate_hz, const double fmax_hz)
{
  const TmbFrontEnd* const front_end = &tmb_default_front_end;
  const TmbMelConfig       notes     = { .n_bands = front_end->n_bands,
                                         .fmin_hz = front_end->fmin_hz,
                                         .fmax_hz = fmax_hz,
                                         .scale   = front_end->scale,
                                         .norm    = front_end->norm };
  TmbAnalysis*             analysis  = NULL;
  assert_int_equal(tmb_analysis_new(rate_hz,
                                    front_end->window_s,
                                    front_end->hop_s,
                                    &notes,
                                    front_end->rate_hz,
                                    &analysis),
                   TMB_OK);
  return analysis;
}

TmbAnalysis*
analysis_new(const double rate_hz)
{
  return analysis_new_up_to(rate_hz, tmb_default_front_end.fmax_hz);
}

uint32_t
analysis_bins(const TmbAnalysis* const analysis)
{
  TmbMelConfig config = { .n_bands = 0U };
  tmb_analysis_fit(analysis, &config);
  return (config.n_fft / 2U) + 1U + config.n_fine;
}

static Look
copy_view(const TmbAnalysis* const analysis, const TmbView* const view)
{
  const TmbAnalysisTimes times = tmb_analysis_times(analysis);

  Look look;
  memset(&look, 0, sizeof(look));
  look.taken    = tmb_analysis_taken(analysis);
  look.is_long  = view->long_db != NULL;
  look.level_db = view->level_db;
  look.oldest   = view->samples[0];
  look.newest   = view->samples[times.n_short - 1U];
  memcpy(look.levels, view->short_db, TMB_SHORT_BANDS * sizeof(float));
  assert_int_equal(view->power != NULL, look.is_long);
  assert_int_equal(view->end, look.taken);
  if (view->long_db && view->power) {
    memcpy(look.levels + TMB_SHORT_BANDS,
           view->long_db,
           TMB_LONG_BANDS * sizeof(float));
    for (uint32_t i = 0U; i < analysis_bins(analysis); ++i) {
      look.power += view->power[i];
    }
  }
  return look;
}

Looks
looks_at(TmbAnalysis* const  analysis,
         const Signal* const signal,
         const uint32_t      n_block)
{
  const double   half  = 0.5 * tmb_analysis_times(analysis).hop;
  const uint32_t n_max = 2U + (uint32_t)((double)signal->n / half);
  Looks          self  = { 0U, (Look*)calloc(n_max, sizeof(Look)) };
  assert_non_null(self.looks);
  for (uint32_t n_taken = 0U; n_taken < signal->n;) {
    const uint32_t left = signal->n - n_taken;
    const uint32_t n    = (n_block < left) ? n_block : left;
    TmbView        view;
    n_taken += tmb_analysis_push(analysis, signal->y + n_taken, n, &view);
    if (view.short_db) {
      assert_true(self.n < n_max);
      self.looks[self.n++] = copy_view(analysis, &view);
    } else {
      assert_null(view.long_db);
      assert_null(view.power);
    }
  }
  return self;
}

Looks
looks_anew(const Signal* const signal,
           const double        rate_hz,
           const uint32_t      n_block)
{
  TmbAnalysis* const analysis = analysis_new(rate_hz);
  const Looks        self     = looks_at(analysis, signal, n_block);
  tmb_analysis_free(analysis);
  return self;
}

void
looks_free(Looks* const looks)
{
  free(looks->looks);
  looks->looks = NULL;
}

bool
look_is_same(const Look* const a, const Look* const b)
{
  bool same = a->taken == b->taken && a->is_long == b->is_long &&
              a->level_db == b->level_db && a->oldest == b->oldest &&
              a->newest == b->newest && a->power == b->power;
  for (uint32_t i = 0U; same && i < LOOK_BANDS; ++i) {
    same = a->levels[i] == b->levels[i];
  }
  return same;
}

void
looks_expect_same(const Looks* const a,
                  const Looks* const b,
                  const char* const  label)
{
  assert_int_equal(a->n, b->n);
  for (uint32_t i = 0U; i < a->n; ++i) {
    if (!look_is_same(&a->looks[i], &b->looks[i])) {
      fail_msg("%s: view %u differs", label, i);
    }
  }
}
