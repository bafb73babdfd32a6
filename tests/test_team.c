// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/team.h"

#include "tests/support/cmocka.h"
#include "trainer/parallel.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define N_ROUNDS 2000U

/// What each member says, and how often it saw another say something else.
typedef struct {
  uint32_t    n;
  uint32_t    said[TMB_MAX_THREADS]; ///< Not atomic: the wait orders them
  uint32_t    n_wrong[TMB_MAX_THREADS];
  atomic_uint n_runs[TMB_MAX_THREADS];
} Talk;

/// TmbTeamWork
static void
count(void* const job, const uint32_t member, TmbTeam* const team)
{
  Talk* const talk = (Talk*)job;
  (void)team;
  (void)atomic_fetch_add(&talk->n_runs[member], 1U);
}

/// TmbTeamWork: each says a number, then all must hear it from all.
static void
talk_in_rounds(void* const job, const uint32_t member, TmbTeam* const team)
{
  Talk* const talk = (Talk*)job;
  for (uint32_t round = 1U; round <= N_ROUNDS; ++round) {
    talk->said[member] = round;
    tmb_team_wait(team);
    for (uint32_t i = 0U; i < talk->n; ++i) {
      talk->n_wrong[member] += talk->said[i] != round;
    }
    tmb_team_wait(team);
  }
}

#ifndef TMB_SANITIZED

static void
a_team_that_can_not_be_had_does_nothing(void** const state)
{
  (void)state;
  // Room for the stacks of some of the threads, but not of all
  char        text[32] = "";
  FILE* const in       = fopen("/proc/self/statm", "re");
  assert_non_null(in);
  assert_non_null(fgets(text, sizeof(text), in));
  (void)fclose(in);

  struct rlimit whole;
  assert_int_equal(getrlimit(RLIMIT_AS, &whole), 0);
  const struct rlimit small = { (strtoul(text, NULL, 10) *
                                 (unsigned long)sysconf(_SC_PAGESIZE)) +
                                  (24UL << 20U),
                                whole.rlim_max };
  Talk                talk  = { .n = TMB_MAX_THREADS };
  assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
  const TmbStatus status = tmb_team_run(TMB_MAX_THREADS, count, &talk);
  assert_int_equal(setrlimit(RLIMIT_AS, &whole), 0);
  assert_int_equal(status, TMB_NO_MEMORY);
  for (uint32_t i = 0U; i < TMB_MAX_THREADS; ++i) {
    assert_int_equal(atomic_load(&talk.n_runs[i]), 0U);
  }
}

#endif

static void
each_member_does_its_part_once(void** const state)
{
  static const uint32_t sizes[] = { 1U, 2U, 4U, 7U, TMB_MAX_THREADS };

  (void)state;
  for (size_t i = 0U; i < sizeof(sizes) / sizeof(*sizes); ++i) {
    Talk talk = { .n = sizes[i] };
    assert_int_equal(tmb_team_run(sizes[i], count, &talk), TMB_OK);
    for (uint32_t j = 0U; j < TMB_MAX_THREADS; ++j) {
      assert_int_equal(atomic_load(&talk.n_runs[j]), j < sizes[i]);
    }
  }
}

static void
nobody_goes_on_before_all_are_there(void** const state)
{
  static const uint32_t sizes[] = { 1U, 2U, 4U };

  (void)state;
  for (size_t i = 0U; i < sizeof(sizes) / sizeof(*sizes); ++i) {
    Talk talk = { .n = sizes[i] };
    assert_int_equal(tmb_team_run(sizes[i], talk_in_rounds, &talk), TMB_OK);
    for (uint32_t j = 0U; j < sizes[i]; ++j) {
      assert_int_equal(talk.said[j], N_ROUNDS);
      assert_int_equal(talk.n_wrong[j], 0U);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
#ifndef TMB_SANITIZED
    // First, while there are no stacks of former threads to be used again
    cmocka_unit_test(a_team_that_can_not_be_had_does_nothing),
#endif
    cmocka_unit_test(each_member_does_its_part_once),
    cmocka_unit_test(nobody_goes_on_before_all_are_there),
  };
  return cmocka_run_group_tests_name("team", tests, NULL, NULL);
}
