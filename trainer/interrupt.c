// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void
note(const int number)
{
  // Whichever comes next ends the process, not the same one alone
  (void)number;
  (void)signal(SIGINT, SIG_DFL);
  (void)signal(SIGTERM, SIG_DFL);
  interrupted = 1;
}

void
tmb_interrupt_catch(void)
{
  struct sigaction action = { .sa_flags = SA_RESTART };
  action.sa_handler       = note;
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGINT, &action, NULL);
  (void)sigaction(SIGTERM, &action, NULL);
}

bool
tmb_interrupted(void)
{
  return interrupted;
}
