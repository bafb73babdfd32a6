// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SCHEDULE_H
#define TMB_SCHEDULE_H

/// How the learning rate changes while a network is trained.
typedef enum {
  TMB_CONSTANT,
  TMB_COSINE,   ///< From its height down to 0; Loshchilov & Hutter, ICLR 2017
  TMB_ONE_CYCLE ///< Up for the first 30 %, then down to 0; Smith & Topin, 2018
} TmbSchedule;

/// The command's words for them, in their order; null at the end.
extern const char* const tmb_schedule_names[];

/**
   The share of the highest rate, 0 to 1.

   @param progress Share of the steps that have been taken, 0 to 1.
*/
double
tmb_schedule_share(TmbSchedule schedule, double progress);

#endif // TMB_SCHEDULE_H
