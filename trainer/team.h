// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEAM_H
#define TMB_TEAM_H

#include "dsp/status.h"

#include <stdint.h>

/// Threads that do one job side by side, and wait for each other in it.
typedef struct TmbTeamImpl TmbTeam;

/**
   A member's part of a job.

   @param job What all members share.
   @param member Which one this is, 0 to n - 1.
   @param team For tmb_team_wait().
*/
typedef void (*TmbTeamWork)(void* job, uint32_t member, TmbTeam* team);

/**
   Let a team of `n` do a job, the caller's thread as member 0.

   @param n 1 to #TMB_MAX_THREADS.
   @return #TMB_OK, or #TMB_NO_MEMORY if so many threads can't be had: then
   nothing was done.
*/
TMB_NODISCARD TmbStatus
tmb_team_run(uint32_t n, TmbTeamWork work, void* job);

/// Wait until all members are here: each must call it equally often.
void
tmb_team_wait(TmbTeam* team);

#endif // TMB_TEAM_H
