// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEXT_H
#define TMB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/**
   Copy bytes that should be UTF-8, such as a file's name, as what is.

   A byte that is part of no character becomes U+FFFD.

   @param printable Whether control characters become U+FFFD too, for what goes
   to a terminal.
   @return A string that the caller frees, or null if memory is out.
*/
char*
tmb_text_clean(const char* text, bool printable);

/// Whether tmb_text_clean() would leave a text as it is.
bool
tmb_text_is_clean(const char* text, bool printable);

/// The part of a path that a sentence shows: the end of a long one, so that
/// there is room for the reason in a TmbMessage.
const char*
tmb_text_shown(const char* path);

/// Characters of a UTF-8 string.
size_t
tmb_text_length(const char* text);

/**
   Copy a text, cut to `most` characters, of which the last then is an ellipsis.

   @param most At least 1.
   @return A string that the caller frees, or null if memory is out.
*/
char*
tmb_text_cut(const char* text, size_t most);

#endif // TMB_TEXT_H
