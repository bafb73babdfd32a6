// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Looking into files in a process of its own, as decoders may do anything.

#include "trainer/clock.h"
#include "trainer/label_run_impl.h"

#include <poll.h>
#include <string.h>

/// Wait until something was received; false if that takes too long.
static bool
wait_for_bytes(TmbLabelRun* const self, const double until_s)
{
  const double  left_s = until_s - tmb_clock_s();
  struct pollfd fd     = { .fd = self->prober.fd, .events = POLLIN };
  if (!(left_s > 0.0)) {
    return false;
  }
  (void)poll(&fd, 1U, left_s < 1e6 ? 1 + (int)(1000.0 * left_s) : -1);
  return tmb_worker_receive(&self->prober);
}

/// Wait for the answer; false if none comes.
static bool
wait_for_answer(TmbLabelRun* const self, TmbStatus* const answer)
{
  const double    until_s = tmb_clock_s() + self->options->time_limit_s;
  size_t          n_taken = 0U;
  TmbPieceMessage message;
  TmbPieceEnd     end;
  while (!tmb_worker_next(&self->prober, &n_taken, &message)) {
    if (!wait_for_bytes(self, until_s)) {
      return false;
    }
  }
  if (message.word != TMB_PIECE_END || message.n != sizeof(end)) {
    return false;
  }
  memcpy(&end, message.bytes, sizeof(end));
  *answer = end.status;
  return !tmb_worker_next(&self->prober, &n_taken, &message);
}

/// Ask the prober, which is started if there is none; false if it has no
/// answer.
static bool
ask(TmbLabelRun* const self, const char* const path, TmbStatus* const answer)
{
  static const TmbPieceJob job = { .is_probe = true };

  TmbMessage why;
  return (self->prober.pid ||
          !tmb_worker_start(
            &self->prober, self->labeller, self->options->memory_mib, &why)) &&
         tmb_worker_give(&self->prober, &job, path) &&
         wait_for_answer(self, answer);
}

bool
tmb_label_probe(void* const data, const char* const path)
{
  TmbLabelRun* const self   = (TmbLabelRun*)data;
  TmbStatus          answer = TMB_NO_MEMORY;
  // An earlier file may have left too little memory
  for (bool is_new = false; answer == TMB_NO_MEMORY && !is_new;) {
    is_new = !self->prober.pid;
    if (!ask(self, path, &answer)) {
      tmb_worker_end(&self->prober, NULL);
      return true; // What is wrong with it is told when it is labelled
    }
    if (answer == TMB_NO_MEMORY) {
      tmb_worker_end(&self->prober, NULL);
    }
  }
  return answer != TMB_BAD_FILE;
}
