// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_VERDICT_H
#define TMB_VERDICT_H

#include "dsp/attributes.h"
#include "dsp/model.h"

#include <stdint.h>

#define TMB_UNKNOWN (-1) ///< In place of the index of a class or a family

/// What a note or a recording is called.
typedef struct {
  int   instrument;        ///< Class index or #TMB_UNKNOWN
  float confidence;        ///< Largest posterior of a class, also if unknown
  int   family;            ///< Index of the family or #TMB_UNKNOWN
  float family_confidence; ///< Sum of its classes' posteriors; 0 if unknown
} TmbVerdict;

/**
   Name what a posterior speaks for.

   The likeliest class is the instrument if it reaches the threshold, and its
   family is the family.  If it does not, the likeliest family is named alone
   if that reaches the threshold: a trumpet that might be a trombone is still
   sure to be brass.  Where the model knows "none of these", and that is
   likelier than each class, neither is named, whatever the threshold.

   @param families Of the model's classes.
   @param posterior [n_outputs] Not NaN.
   @param n_outputs As many as classes, or one more for "none of these".
   @param threshold Least posterior of what is named.
   @param scratch [n_classes] The caller's, one a thread.
*/
TMB_REALTIME TmbVerdict
tmb_judge(const TmbFamilies* families,
          const float*       posterior,
          uint32_t           n_outputs,
          float              threshold,
          float*             scratch);

#endif // TMB_VERDICT_H
