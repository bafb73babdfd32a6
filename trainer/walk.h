// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_WALK_H
#define TMB_WALK_H

#include "dsp/status.h"

#include <stdbool.h>

/**
   The sound files of a folder and the folders in it, one by one.

   They come in the byte order of their names, folder by folder, the same on
   every machine.  Only the names in the folder at hand and in those above it
   are held, so memory does not grow with the number of files.
*/
typedef struct TmbWalkImpl TmbWalk;

/// Whether a name ends like a sound file's, such as ".wav" or ".FLAC".
bool
tmb_is_audio_name(const char* name);

/// Whether a walk is to hand over what does not have such a name.
typedef bool (*TmbProbe)(void* data, const char* path);

/**
   Begin a walk.

   @param root A folder, or anything else: that is then the only file, whatever
   its name, even if it does not exist.
   @param probe Asked of files without a sound file's name; null takes none.
   @param data Handed to `probe`.
   @param[out] walk Owned by the caller, freed with tmb_walk_free().
   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_walk_new(const char* root, TmbProbe probe, void* data, TmbWalk** walk);

void
tmb_walk_free(TmbWalk* walk);

/**
   The next file.

   Symbolic links are followed, but not into a folder that the walk is in, nor
   to what it comes to by another name.  Hidden files and folders (their names
   begin with a dot) are passed over.

   @param[out] path The file, or the folder that can't be read or is named
   like a sound file and holds none; null at the end.  Valid until the next
   call.
   @param[out] why One sentence that names the folder and the reason.
   @return #TMB_OK, #TMB_NO_FILE for such a folder (the next call goes on behind
   it), or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_walk_next(TmbWalk* walk, const char** path, TmbMessage* why);

#endif // TMB_WALK_H
