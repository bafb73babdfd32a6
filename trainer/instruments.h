// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_INSTRUMENTS_H
#define TMB_INSTRUMENTS_H

#include "dsp/model.h"

#define TMB_OTHER_FAMILY "other" ///< Of a class whose name is not known

/**
   What is known of a class by its name: General MIDI program and family.

   Another name gets program -1 and family #TMB_OTHER_FAMILY.

   @param name Shorter than #TMB_MAX_NAME.
*/
TmbClass
tmb_instrument(const char* name);

#endif // TMB_INSTRUMENTS_H
