// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/sound_header.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

/// Programs that write to a pipe claim the most, or nearly, of a 32-bit size.
#define STREAMED_BYTES 0x7FFF0000U

/// What a header may claim too much: some writers count the header as sound.
#define SLACK_BYTES 64U

/// Chunks before the sound that we look at.
#define MAX_CHUNKS 256U

/// Behind an ID3 tag, bytes in which the first MPEG frame's header is.
#define FIRST_FRAME_BYTES 2048U

static bool
read_at(const int            fd,
        const uint64_t       offset,
        unsigned char* const bytes,
        const size_t         n)
{
  return pread(fd, bytes, n, (off_t)offset) == (ssize_t)n;
}

static uint32_t
size_of_chunk(const unsigned char* const bytes, const bool big_endian)
{
  uint32_t size = 0U;
  for (unsigned i = 0U; i < 4U; ++i) {
    size |= (uint32_t)bytes[i] << (8U * (big_endian ? 3U - i : i));
  }
  return size;
}

uint64_t
tmb_missing_bytes(const int fd, const uint64_t n_bytes)
{
  unsigned char head[12] = { 0 };
  if (!read_at(fd, 0U, head, sizeof(head))) {
    return 0U;
  }

  const bool is_wav =
    !memcmp(head, "RIFF", 4U) && !memcmp(head + 8, "WAVE", 4U);
  const bool is_aiff =
    !memcmp(head, "FORM", 4U) && !memcmp(head + 8, "AIF", 3U);
  if (!is_wav && !is_aiff) {
    return 0U;
  }

  const char* const sound  = is_wav ? "data" : "SSND";
  uint64_t          offset = sizeof(head);
  for (unsigned i = 0U; i < MAX_CHUNKS; ++i) {
    unsigned char chunk[8] = { 0 };
    if (!read_at(fd, offset, chunk, sizeof(chunk))) {
      return 0U;
    }

    const uint32_t size = size_of_chunk(chunk + 4, is_aiff);
    offset += sizeof(chunk);
    if (!memcmp(chunk, sound, 4U)) {
      const uint64_t end = offset + size;
      return (size < STREAMED_BYTES && end > n_bytes + SLACK_BYTES)
               ? end - n_bytes
               : 0U;
    }
    offset += size + (size & 1U);
  }
  return 0U;
}

/// Bytes of an ID3v2 tag, whose size has seven bits a byte; 0 without one.
static uint64_t
id3_bytes(const int fd)
{
  unsigned char head[10] = { 0 };
  if (!read_at(fd, 0U, head, sizeof(head)) || memcmp(head, "ID3", 3U) != 0) {
    return 0U;
  }
  uint64_t size = 0U;
  for (unsigned i = 6U; i < 10U; ++i) {
    size = (size << 7U) | (head[i] & 0x7FU);
  }
  return sizeof(head) + size;
}

bool
tmb_mpeg_tells_length(const int fd)
{
  static const char* const names[] = { "Xing", "Info", "VBRI" };

  unsigned char first[FIRST_FRAME_BYTES] = { 0 };
  const ssize_t n = pread(fd, first, sizeof(first), (off_t)id3_bytes(fd));
  for (ssize_t i = 0; i + 4 <= n; ++i) {
    for (size_t k = 0U; k < sizeof(names) / sizeof(*names); ++k) {
      if (!memcmp(first + i, names[k], 4U)) {
        return true;
      }
    }
  }
  return false;
}
