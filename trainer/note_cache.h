// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_NOTE_CACHE_H
#define TMB_NOTE_CACHE_H

#include "dsp/front_end.h"
#include "dsp/status.h"
#include "trainer/heard.h"

#include <stdbool.h>
#include <stdint.h>

/**
   What was heard in recordings, kept in a file, since to read it takes a small
   part of the time that listening takes.

   Recordings are known by their content, so they may be moved.  The file holds
   for one front end, one version of the extractor, one sensitivity and gate,
   and for machines of one byte order: for any others it is made anew, as it is
   if it is damaged, which is said on stderr.  It grows by what is new.

   Only read while recordings are listened to, so threads may share it.
*/
typedef struct TmbNoteCacheImpl TmbNoteCache;

/**
   Read a cache, or begin one.

   @param path Copied.
   @param front_end Of the notes.
   @param[out] cache Owned by the caller, freed with tmb_note_cache_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_note_cache_open(const char*        path,
                    const TmbFrontEnd* front_end,
                    TmbNoteCache**     cache);

void
tmb_note_cache_free(TmbNoteCache* cache);

/**
   Look a recording up by its digest.

   @param heard With its digest; notes and levels are filled in, or the status
   is #TMB_NO_MEMORY.
   @return Whether it is known.
*/
bool
tmb_note_cache_find(const TmbNoteCache* cache, TmbHeard* heard);

/**
   Write the file anew if there is something new, which is what was read without
   error and not found.

   What is no cache, by how it begins, is left as it is.

   @param heard [n]
   @param[out] why One sentence that names the file.
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_note_cache_write(const TmbNoteCache* cache,
                     const TmbHeard*     heard,
                     uint32_t            n,
                     TmbMessage*         why);

#endif // TMB_NOTE_CACHE_H
