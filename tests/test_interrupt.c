// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/interrupt.h"

#include "tests/support/blas.h"
#include "tests/support/clouds.h"
#include "tests/support/cmocka.h"
#include "trainer/fit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/// What a child does; its exit status is 0 if all was well.
typedef int (*Child)(int first, int second);

/// Run a child, since what it does to itself can't be undone.
static int
run(const Child child, const int first, const int second)
{
  const pid_t pid    = fork();
  int         status = 0;
  assert_true(pid >= 0);
  if (!pid) {
    (void)alarm(30U);
    _exit(child(first, second));
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return status;
}

static int
be_interrupted_twice(const int first, const int second)
{
  tmb_interrupt_catch();
  if (tmb_interrupted()) {
    return 1;
  }
  (void)raise(first);
  if (!tmb_interrupted()) {
    return 2;
  }
  (void)raise(second);
  return 3;
}

static void
the_first_signal_is_noted_and_the_second_ends_the_process(void** const state)
{
  static const struct {
    const char* label;
    int         first;
    int         second;
  } rows[] = {
    { "SIGINT twice", SIGINT, SIGINT },
    { "SIGTERM twice", SIGTERM, SIGTERM },
    { "SIGINT, then SIGTERM", SIGINT, SIGTERM },
    { "SIGTERM, then SIGINT", SIGTERM, SIGINT },
  };

  (void)state;
  for (size_t i = 0U; i < sizeof(rows) / sizeof(*rows); ++i) {
    const int status = run(be_interrupted_twice, rows[i].first, rows[i].second);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != rows[i].second) {
      fail_msg("%s: %d", rows[i].label, status);
    }
  }
}

/// A TmbEpochDone.
static void
raise_in_second(void* const                context,
                const TmbHistoryRow* const row,
                const bool                 is_restored)
{
  (void)is_restored;
  if (row->epoch == 2U) {
    (void)raise(*(const int*)context);
  }
}

static int
fit(const int number, const int unused)
{
  (void)unused;
  Clouds* const  clouds     = clouds_new(30U, 0.5, 1U);
  TmbFitSettings settings   = tmb_plain_fit;
  settings.plan.layers[0].n = 4U;
  settings.n_epochs         = 10U;

  int             context = number;
  const TmbFitJob job     = { .settings   = &settings,
                              .training   = &clouds->examples,
                              .validation = &clouds->examples,
                              .n_threads  = 1U,
                              .done       = raise_in_second,
                              .context    = &context };
  TmbFitted       fitted;
  TmbMessage      why = { "" };
  tmb_interrupt_catch();
  const TmbStatus status   = tmb_fit(&job, &fitted, &why);
  const bool      is_right = !status && fitted.net && fitted.kept == 2U &&
                        fitted.history.n_rows == 2U &&
                        fitted.end == TMB_WAS_INTERRUPTED;
  tmb_fitted_clear(&fitted);
  clouds_free(clouds);
  return is_right ? 0 : 1;
}

static void
a_training_ends_with_its_epoch(void** const state)
{
  (void)state;
  assert_int_equal(run(fit, SIGINT, 0), 0);
  assert_int_equal(run(fit, SIGTERM, 0), 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_first_signal_is_noted_and_the_second_ends_the_process),
    cmocka_unit_test(a_training_ends_with_its_epoch),
  };
  return cmocka_run_group_tests_name("interrupt", tests, blas_setup, NULL);
}
