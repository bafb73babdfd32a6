// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus.h"

#include "trainer/regular_file.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES 65536U

/// Text with its end, so that fields can't run into each other.
static void
add_text(struct sha256_ctx* const sha, const char* const text)
{
  sha256_update(sha, strlen(text) + 1U, (const uint8_t*)text);
}

static void
add_file(struct sha256_ctx* const sha,
         const char* const        path,
         uint8_t* const           block)
{
  int        fd = -1;
  TmbMessage why;
  if (!tmb_open_regular(path, &fd, NULL, &why)) {
    ssize_t n = 0;
    while ((n = read(fd, block, BLOCK_BYTES)) > 0) {
      sha256_update(sha, (size_t)n, block);
    }
    (void)close(fd);
  }
}

TmbStatus
tmb_corpus_digest(const TmbCorpus* const corpus, char digest[TMB_DIGEST_TEXT])
{
  uint8_t* const block = (uint8_t*)malloc(BLOCK_BYTES);
  if (!block) {
    return TMB_NO_MEMORY;
  }

  struct sha256_ctx sha;
  sha256_init(&sha);
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    const TmbRecording* const recording = &corpus->recordings[i];
    add_text(&sha, recording->name);
    add_text(&sha, recording->class_name);
    add_text(&sha, recording->source_name);
    add_file(&sha, recording->path, block);
  }
  free(block);

  uint8_t bytes[SHA256_DIGEST_SIZE];
  sha256_digest(&sha, sizeof(bytes), bytes);
  base16_encode_update(digest, sizeof(bytes), bytes);
  digest[TMB_DIGEST_TEXT - 1U] = '\0';
  return TMB_OK;
}
