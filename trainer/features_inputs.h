// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FEATURES_INPUTS_H
#define TMB_FEATURES_INPUTS_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A recording whose features are wanted, or why there is none.
typedef struct {
  char*   path;
  char*   reason;      ///< Null, or a sentence that names the path
  char*   class_name;  ///< Null without a class
  char*   source_name; ///< Null without a class
  int32_t class_index; ///< Into classes; -1 without a class
} TmbInput;

/// All zero is an empty list.
typedef struct {
  TmbInput*    items; ///< [n]
  size_t       n;
  const char** classes; ///< [n_classes] In alphabetical order, borrowed
  uint32_t     n_classes;
} TmbInputs;

/**
   Add what an argument names.

   A folder with a manifest.csv and a manifest itself (X.csv) stand for their
   recordings, with their classes and sources, see trainer/corpus.h.  Any other
   folder stands for its sound files: CLASS/file and CLASS/SOURCE/file are of
   the class and source that their place tells, as in a corpus, and a file at
   the folder's top has no class.  All else is a recording without a class.

   What can't be listed is an input with a reason.  Recordings are not opened.

   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_inputs_add(TmbInputs* inputs, const char* argument);

/// Whether what an argument names is read from this very file: a recording or
/// a manifest that would be lost if it were written to.
bool
tmb_input_is(const char* argument, const char* path);

/// Number the classes, once all inputs are there: #TMB_OK or #TMB_NO_MEMORY.
TMB_NODISCARD TmbStatus
tmb_inputs_number(TmbInputs* inputs);

void
tmb_inputs_free(TmbInputs* inputs);

#endif // TMB_FEATURES_INPUTS_H
