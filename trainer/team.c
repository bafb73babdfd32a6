// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/team.h"

#include "trainer/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

/// A step of training takes a tenth of a millisecond: those who are done with
/// their part look out for the others for some ten microseconds, before they
/// let somebody else have the processor.
#define LOOKS 65536U

struct TmbTeamImpl {
  uint32_t    n;
  TmbTeamWork work;
  void*       job;
  atomic_uint n_here; ///< Members that wait
  atomic_uint round;  ///< Waits that are over

  pthread_mutex_t lock;
  pthread_cond_t  decided;
  enum { UNDECIDED, GO, LEAVE } order; ///< Under the lock
};

typedef struct {
  TmbTeam* team;
  uint32_t index;
} Member;

static void*
run_member(void* const data)
{
  const Member* const member = (const Member*)data;
  TmbTeam* const      team   = member->team;
  (void)pthread_mutex_lock(&team->lock);
  while (team->order == UNDECIDED) {
    (void)pthread_cond_wait(&team->decided, &team->lock);
  }
  const bool goes = team->order == GO;
  (void)pthread_mutex_unlock(&team->lock);
  if (goes) {
    team->work(team->job, member->index, team);
  }
  return NULL;
}

static TmbStatus
run_threads(TmbTeam* const team)
{
  Member    members[TMB_MAX_THREADS];
  pthread_t threads[TMB_MAX_THREADS];
  uint32_t  n_started = 1U;
  bool      is_whole  = true;
  while (is_whole && n_started < team->n) {
    members[n_started] = (Member){ team, n_started };
    is_whole           = !pthread_create(
      &threads[n_started], NULL, run_member, &members[n_started]);
    n_started += is_whole;
  }

  (void)pthread_mutex_lock(&team->lock);
  team->order = is_whole ? GO : LEAVE;
  (void)pthread_cond_broadcast(&team->decided);
  (void)pthread_mutex_unlock(&team->lock);
  if (is_whole) {
    team->work(team->job, 0U, team);
  }
  for (uint32_t i = 1U; i < n_started; ++i) {
    (void)pthread_join(threads[i], NULL);
  }
  return is_whole ? TMB_OK : TMB_NO_MEMORY;
}

TmbStatus
tmb_team_run(const uint32_t n, const TmbTeamWork work, void* const job)
{
  TmbTeam team = { .n = n, .work = work, .job = job };
  atomic_init(&team.n_here, 0U);
  atomic_init(&team.round, 0U);
  if (pthread_mutex_init(&team.lock, NULL)) {
    return TMB_NO_MEMORY;
  }
  if (pthread_cond_init(&team.decided, NULL)) {
    (void)pthread_mutex_destroy(&team.lock);
    return TMB_NO_MEMORY;
  }

  const TmbStatus status = run_threads(&team);
  (void)pthread_cond_destroy(&team.decided);
  (void)pthread_mutex_destroy(&team.lock);
  return status;
}

void
tmb_team_wait(TmbTeam* const team)
{
  const unsigned round = atomic_load(&team->round);
  if (atomic_fetch_add(&team->n_here, 1U) + 1U == team->n) {
    atomic_store(&team->n_here, 0U);
    atomic_store(&team->round, round + 1U);
    return;
  }
  for (unsigned looks = 0U; atomic_load(&team->round) == round; ++looks) {
    if (looks >= LOOKS) {
      (void)sched_yield();
    }
  }
}
