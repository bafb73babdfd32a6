// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CORPUS_LIST_H
#define TMB_CORPUS_LIST_H

#include "dsp/status.h"
#include "trainer/corpus.h"

/**
   Add a folder and the recordings that its manifest or its class folders list,
   with their names as they are: the first half of tmb_corpus_open().

   @param corpus folders has room for one more; recordings and counts grow, as
   far as it went also on error.
   @return #TMB_OK (also if there are none), #TMB_NO_FILE, #TMB_BAD_FILE or
   #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_list(TmbCorpus*              corpus,
                const char*             path,
                const TmbLicenceFilter* skip,
                TmbMessage*             why);

/**
   The class and source of a file by its place in a corpus folder: CLASS/file,
   CLASS/SOURCE/file or deeper.

   @param name Path from the folder.
   @param[out] class_name,source_name Freed by the caller; null if the file is
   in no class folder.
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_corpus_place(const char* name, char** class_name, char** source_name);

#endif // TMB_CORPUS_LIST_H
