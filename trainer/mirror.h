// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_MIRROR_H
#define TMB_MIRROR_H

#include "dsp/attributes.h"
#include "dsp/status.h"

#include <stdio.h>

/**
   A folder with a file for each of many others, in folders as theirs.

   What a/b.wav is called there is FOLDER/a/b.wav.csv: with the whole name, so
   that b.wav and b.flac don't meet.  Nothing is written outside the folder: a
   path's leading slash is left out, and ".." takes back what stands before it,
   or nothing.  Of paths that come to the same then, the first has the file and
   the others are refused; 16 to 32 bytes are held of each to
   tell.
*/
typedef struct TmbMirrorImpl TmbMirror;

/**
   Make the folder if it is missing, and see that files can be made in it.

   @param folder Copied; not empty.
   @param extension Copied; such as ".csv".
   @param[out] mirror Owned by the caller, freed with tmb_mirror_free().
   @return #TMB_OK, #TMB_NO_MEMORY or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_mirror_new(const char* folder,
               const char* extension,
               TmbMirror** mirror,
               TmbMessage* why);

void
tmb_mirror_free(TmbMirror* mirror);

/**
   Tell where the file of a path is to be.

   @param[out] place Owned by the caller; null on error.
   @param[out] why One sentence that begins with the path.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG if another path has it.
*/
TMB_NODISCARD TmbStatus
tmb_mirror_claim(TmbMirror*  mirror,
                 const char* path,
                 char**      place,
                 TmbMessage* why);

/**
   Write what a spool holds up to its position to a place, with the folders
   that it stands in, whole or not at all.  Until then it is PLACE.part, which
   is replaced if a process that was killed has left one.

   @param place From tmb_mirror_claim(); changed meanwhile, and restored.
   @param[out] why One sentence that names the file or its folder.
   @return #TMB_OK, #TMB_NO_MEMORY, #TMB_NO_FILE if this file can't be begun,
   or #TMB_WRITE_FAILED if it can't be ended, or none can be begun, as on a full
   disk.
*/
TMB_NODISCARD TmbStatus
tmb_mirror_save(const TmbMirror* mirror,
                char*            place,
                FILE*            spool,
                TmbMessage*      why);

/**
   Bring all that was saved to the disk, in one go, since to wait for each of
   many small files would take longer than to make it.

   @return #TMB_OK or #TMB_WRITE_FAILED.
*/
TMB_NODISCARD TmbStatus
tmb_mirror_sync(const TmbMirror* mirror, TmbMessage* why);

#endif // TMB_MIRROR_H
