// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_ABOUT_H
#define TMB_ABOUT_H

#include "dsp/model.h"

#define TMB_MAX_MODEL_NAME 256U
#define TMB_MAX_CLASS_LIST 8192U ///< With its end; so that a message fits

/**
   What a model says of itself to people, ready to be sent from `run`.

   The classes are one string with a line each, in their order, so that line i
   is what the outputs call i, counted from 0.  That is what a generic host
   shows as it is; a tuple or vector it would not.  Of models with so many
   classes that the list is too long, the first are listed, and a last line
   "...".
*/
typedef struct {
  char name[TMB_MAX_MODEL_NAME];    ///< Of the file, without folder and ending
  char classes[TMB_MAX_CLASS_LIST]; ///< Joined by line feeds
  int  n_notes; ///< That it learnt from, 0 if it does not tell
} TmbAbout;

/**
   Describe a model.  Not for the real-time thread.

   @param path Of its file.
   @param[out] about Need not be initialised.
*/
void
tmb_about_model(const char* path, const TmbModel* model, TmbAbout* about);

#endif // TMB_ABOUT_H
