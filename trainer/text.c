// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_BYTES 150U ///< Of a path

static const char replacement[] = "\xEF\xBF\xBD"; // U+FFFD

/// Decode a character; its length in bytes, or 0 if there is none.
static size_t
read_character(const unsigned char* const text, uint32_t* const character)
{
  static const uint32_t least[] = { 0U, 0U, 0x80U, 0x800U, 0x10000U };

  const unsigned char first = text[0];
  const size_t        n     = first < 0x80U              ? 1U
                              : (first & 0xE0U) == 0xC0U ? 2U
                              : (first & 0xF0U) == 0xE0U ? 3U
                              : (first & 0xF8U) == 0xF0U ? 4U
                                                         : 0U;

  *character = n < 2U ? first : first & (0x7FU >> n);
  for (size_t i = 1U; i < n; ++i) {
    if ((text[i] & 0xC0U) != 0x80U) {
      return 0U; // Also at the string's end
    }
    *character = (*character << 6U) | (text[i] & 0x3FU);
  }

  const bool is_surrogate = *character >= 0xD800U && *character < 0xE000U;
  return (!n || *character < least[n] || *character > 0x10FFFFU || is_surrogate)
           ? 0U
           : n;
}

static bool
is_control(const uint32_t character)
{
  return character < 0x20U || (character >= 0x7FU && character < 0xA0U);
}

bool
tmb_text_is_clean(const char* const text, const bool printable)
{
  const unsigned char* in       = (const unsigned char*)text;
  bool                 is_clean = true;
  while (is_clean && *in) {
    uint32_t     character = 0U;
    const size_t n         = read_character(in, &character);

    is_clean = n && !(printable && is_control(character));
    in += n;
  }
  return is_clean;
}

char*
tmb_text_clean(const char* const text, const bool printable)
{
  const unsigned char* in    = (const unsigned char*)text;
  char* const          clean = (char*)malloc((3U * strlen(text)) + 1U);
  char*                out   = clean;
  while (clean && *in) {
    uint32_t     character = 0U;
    const size_t n         = read_character(in, &character);
    if (n && !(printable && is_control(character))) {
      memcpy(out, in, n);
      out += n;
    } else {
      memcpy(out, replacement, sizeof(replacement) - 1U);
      out += sizeof(replacement) - 1U;
    }
    in += n ? n : 1U;
  }
  if (clean) {
    *out = '\0';
  }
  return clean;
}

const char*
tmb_text_shown(const char* const path)
{
  const size_t n     = strlen(path);
  const char*  start = n > SHOWN_BYTES ? path + (n - SHOWN_BYTES) : path;
  while (start > path && ((unsigned char)*start & 0xC0U) == 0x80U) {
    ++start; // Not in the middle of a UTF-8 character
  }
  return start;
}

size_t
tmb_text_length(const char* const text)
{
  size_t n = 0U;
  for (const char* c = text; *c; ++c) {
    n += ((unsigned char)*c & 0xC0U) != 0x80U;
  }
  return n;
}

char*
tmb_text_cut(const char* const text, const size_t most)
{
  static const char ellipsis[] = "\xE2\x80\xA6";

  const bool  is_whole = tmb_text_length(text) <= most;
  const char* end      = text;
  for (size_t n = 0U; *end; ++end) {
    n += ((unsigned char)*end & 0xC0U) != 0x80U;
    if (!is_whole && n == most) {
      break;
    }
  }

  const size_t n   = (size_t)(end - text);
  char* const  cut = (char*)malloc(n + sizeof(ellipsis));
  if (cut) {
    memcpy(cut, text, n);
    memcpy(cut + n, is_whole ? "" : ellipsis, is_whole ? 1U : sizeof(ellipsis));
  }
  return cut;
}
