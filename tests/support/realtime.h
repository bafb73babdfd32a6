// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_REALTIME_H
#define TMB_TEST_REALTIME_H

#include <stdbool.h>

/*
  Counts calls that a real-time thread may not make: memory, locks, files, text,
  sleep.  The test program defines these functions itself, in front of the C
  library's, so that calls from the plugin's shared object and from the
  libraries it uses come through here too.
*/

/// Count a call by this name, if this thread is guarded.
void
realtime_count(const char* name);

/// Count calls of this thread from now on (true), or no longer (false).
void
realtime_guard(bool inside);

/// Calls that were counted.
unsigned
realtime_calls(void);

/// Calls to the function of this name that were counted.
unsigned
realtime_calls_to(const char* name);

/// The first that was counted, or "none".
const char*
realtime_first(void);

void
realtime_forget(void);

#endif // TMB_TEST_REALTIME_H
