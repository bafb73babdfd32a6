// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CLOCK_H
#define TMB_CLOCK_H

/// Seconds by a clock that nobody sets; from any thread.
double
tmb_clock_s(void);

#endif // TMB_CLOCK_H
