// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t asked;

static void
note(const int number)
{
  // Whichever comes next ends the process, not the same one alone
  (void)number;
  (void)signal(SIGINT, SIG_DFL);
  (void)signal(SIGTERM, SIG_DFL);
  interrupted = 1;
}

static void
note_question(const int number)
{
  (void)number;
  asked = 1;
}

static void
handle(const int number, void (*handler)(int))
{
  struct sigaction action = { .sa_flags = SA_RESTART };
  action.sa_handler       = handler;
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(number, &action, NULL);
}

void
tmb_interrupt_catch(void)
{
  handle(SIGINT, note);
  handle(SIGTERM, note);
}

bool
tmb_interrupted(void)
{
  return interrupted;
}

void
tmb_status_catch(void)
{
  handle(SIGUSR1, note_question);
}

bool
tmb_status_asked(void)
{
  const bool was_asked = asked;
  if (was_asked) {
    asked = 0;
  }
  return was_asked;
}
