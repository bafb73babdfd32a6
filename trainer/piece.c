// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/piece.h"

#include <string.h>

/// What stands before each message.
typedef struct {
  uint32_t word;
  uint32_t n; ///< Bytes behind this
} Header;

void
tmb_piece_tell(FILE* const        out,
               const TmbPieceWord word,
               const void* const  what,
               const size_t       n_what,
               const void* const  more,
               const size_t       n_more)
{
  // Who does not listen any more closes the pipe, which shows at the next job
  const Header header = { (uint32_t)word, (uint32_t)(n_what + n_more) };
  (void)fwrite(&header, sizeof(header), 1U, out);
  (void)fwrite(what, 1U, n_what, out);
  if (n_more) {
    (void)fwrite(more, 1U, n_more, out);
  }
}

size_t
tmb_piece_parse(const uint8_t* const   bytes,
                const size_t           n,
                TmbPieceMessage* const message)
{
  Header header;
  if (n < sizeof(header)) {
    return 0U;
  }
  memcpy(&header, bytes, sizeof(header));
  if (n - sizeof(header) < header.n) {
    return 0U;
  }
  message->word  = (TmbPieceWord)header.word;
  message->bytes = bytes + sizeof(header);
  message->n     = header.n;
  return sizeof(header) + header.n;
}
