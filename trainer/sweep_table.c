// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/sweep_table.h"

#include "trainer/history.h"

#include <math.h>
#include <stdbool.h>

/// What is told of a run.
typedef struct {
  const TmbHistoryRow* best; ///< Null if it has no epoch
  const TmbHistoryRow* last;
  double               seconds; ///< An epoch
  const char*          end;
} Result;

static Result
result_of(const TmbSweepRun* const run)
{
  static const char* const ends[] = {
    [TMB_GOES_ON]         = "",
    [TMB_ALL_EPOCHS]      = "all epochs",
    [TMB_TARGET]          = "target",
    [TMB_NO_PATIENCE]     = "no better",
    [TMB_WAS_INTERRUPTED] = "interrupted",
  };

  const TmbHistory* const history = &run->fitted.history;
  const uint32_t          n       = history->n_rows;
  Result                  result  = { .best = tmb_history_best(history),
                                      .last = n ? &history->rows[n - 1U] : NULL,
                                      .end  = run->status ? "failed"
                                              : run->is_done ? ends[run->fitted.end]
                                                             : "not begun" };
  for (uint32_t i = 0U; i < n; ++i) {
    result.seconds += history->rows[i].seconds / (double)n;
  }
  return result;
}

/// The best of the runs that were done, or `n`.
static uint32_t
find_best(const TmbSweepRun* const runs, const uint32_t n)
{
  TmbHistory histories[TMB_MAX_RUNS] = { { .n_rows = 0U } };
  for (uint32_t i = 0U; i < n; ++i) {
    histories[i] =
      runs[i].is_done ? runs[i].fitted.history : (TmbHistory){ .n_rows = 0U };
  }
  return tmb_history_best_of(histories, n);
}

void
tmb_sweep_print(const TmbSweepRun* const runs, const uint32_t n)
{
  const uint32_t best = find_best(runs, n);
  (void)printf("validation%36s %17s\n"
               "  %-38s %8s %8s %8s %8s %7s  %s\n",
               "best",
               "last",
               "run",
               "accuracy",
               "loss",
               "accuracy",
               "loss",
               "s/epoch",
               "end");
  for (uint32_t i = 0U; i < n; ++i) {
    const Result result = result_of(&runs[i]);
    (void)printf("%c %-38s ", (i == best) ? '*' : ' ', runs[i].label);
    if (result.best && result.last) {
      (void)printf("%8.4f %8.4f %8.4f %8.4f %7.3f",
                   result.best->validation_accuracy,
                   result.best->validation_loss,
                   result.last->validation_accuracy,
                   result.last->validation_loss,
                   result.seconds);
    } else {
      (void)printf("%8s %8s %8s %8s %7s", "-", "-", "-", "-", "-");
    }
    (void)printf("  %s\n", result.end);
  }
  if (best < n) {
    const TmbFitted* const fitted = &runs[best].fitted;
    (void)printf("\n* the best, in its epoch %u\n%s is of its epoch %u\n",
                 tmb_history_best(&fitted->history)->epoch,
                 runs[best].model,
                 fitted->kept);
  }
}

/// A field that may hold commas and quotes.
static void
write_text(FILE* const out, const char* text)
{
  (void)fputc('"', out);
  for (; *text; ++text) {
    if (*text == '"') {
      (void)fputc('"', out);
    }
    (void)fputc(*text, out);
  }
  (void)fputc('"', out);
}

/// A field that is empty for what is not known.
static void
write_number(FILE* const out, const double number)
{
  (void)fputc(',', out);
  if (isfinite(number)) {
    (void)fprintf(out, "%.9g", number);
  }
}

void
tmb_sweep_write_csv(FILE* const              out,
                    const TmbSweepRun* const runs,
                    const uint32_t           n)
{
  const uint32_t best = find_best(runs, n);
  (void)fprintf(out,
                "learning_rate,hidden,batch,epochs,best_epoch,best_accuracy,"
                "best_loss,last_accuracy,last_loss,seconds_per_epoch,end,best,"
                "model\r\n");
  for (uint32_t i = 0U; i < n; ++i) {
    const TmbSweepRun* const    run    = &runs[i];
    const TmbFitSettings* const fit    = &run->options.fit;
    const Result                result = result_of(run);
    char                        layers[TMB_PLAN_TEXT];
    tmb_sweep_layers(&fit->plan, layers);
    (void)fprintf(out, "%.9g,", fit->learning_rate);
    (void)fprintf(
      out, "%s,%u,%u,", layers, fit->n_batch, run->fitted.history.n_rows);
    if (result.best && result.last) {
      (void)fprintf(out, "%u", result.best->epoch);
      write_number(out, result.best->validation_accuracy);
      write_number(out, result.best->validation_loss);
      write_number(out, result.last->validation_accuracy);
      write_number(out, result.last->validation_loss);
      write_number(out, result.seconds);
    } else {
      (void)fputs(",,,,,", out);
    }
    (void)fprintf(out, ",%s,%d,", result.end, i == best);
    write_text(out, run->model);
    (void)fputs("\r\n", out);
  }
}
