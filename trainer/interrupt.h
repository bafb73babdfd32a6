// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_INTERRUPT_H
#define TMB_INTERRUPT_H

#include <stdbool.h>

/**
   From now on, let the first SIGINT or SIGTERM only be noted, so that what is
   being done can be brought to a good end; the second ends the process.
*/
void
tmb_interrupt_catch(void);

/// Whether one came; from any thread.
bool
tmb_interrupted(void);

/// From now on, let SIGUSR1 ask how far it is.
void
tmb_status_catch(void);

/// Whether it came since this was asked last; for one thread.
bool
tmb_status_asked(void);

#endif // TMB_INTERRUPT_H
