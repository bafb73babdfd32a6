// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_FINDER_H
#define TMB_FINDER_H

#include "dsp/status.h"
#include "trainer/walk.h"

#include <stdbool.h>
#include <stddef.h>

/// Where recordings are looked for.
typedef struct {
  char* const* paths; ///< [n_paths] Files and folders
  size_t       n_paths;
  const char*  list;           ///< Of more of them; "-" is stdin; or null
  bool         zeros_separate; ///< Those in the list, not line ends
  TmbProbe     probe;          ///< What else is one in folders; or null
  void*        data;           ///< Handed to `probe`
} TmbSearch;

/**
   Finds recordings one by one: those of `paths`, then those of the list, each
   folder in the order of a TmbWalk.

   The order depends on nothing else, and memory not on how many there are.
   What is named twice comes twice, but a folder gives each file once.
*/
typedef struct TmbFinderImpl TmbFinder;

/**
   @param search Copied; what it points to is borrowed.
   @param[out] finder Owned by the caller, freed with tmb_finder_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_finder_new(const TmbSearch* search, TmbFinder** finder);

void
tmb_finder_free(TmbFinder* finder);

/**
   The next recording.

   @param[out] path The file; on error, what is wrong (a folder, the list); null
   at the end.  Valid until the next call.
   @param[out] why One sentence that names it and the reason.
   @return #TMB_OK; or another status, behind which the next call goes on.
*/
TMB_NODISCARD TmbStatus
tmb_finder_next(TmbFinder* finder, const char** path, TmbMessage* why);

/**
   A path that the finder has just given out, as it is in the folder that it was
   found in; one that was named itself, as it was named.  So it is the same
   wherever an archive is kept.

   @return Within `path`.
*/
const char*
tmb_finder_relative(const TmbFinder* finder, const char* path);

#endif // TMB_FINDER_H
