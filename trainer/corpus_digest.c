// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus.h"

#include "trainer/regular_file.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES 65536U

/// What a file has in it.
typedef struct {
  uint8_t bytes[SHA256_DIGEST_SIZE];
} FileDigest;

static int
compare_digests(const void* const a, const void* const b)
{
  return memcmp(a, b, sizeof(FileDigest));
}

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

/// Add what the folders say of folds, in an order that is not the folders'.
static TmbStatus
add_folds(struct sha256_ctx* const sha,
          const TmbCorpus* const   corpus,
          uint8_t* const           block)
{
  FileDigest* const digests =
    (FileDigest*)calloc(corpus->n_folders, sizeof(FileDigest));
  if (!digests) {
    return TMB_NO_MEMORY;
  }

  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < corpus->n_folders; ++i) {
    char* const path = tmb_corpus_path(corpus->folders[i], TMB_FOLDS_FILE);
    if (path) {
      struct sha256_ctx file;
      sha256_init(&file);
      add_file(&file, path, block);
      sha256_digest(&file, sizeof(digests[i].bytes), digests[i].bytes);
    } else {
      status = TMB_NO_MEMORY;
    }
    free(path);
  }
  qsort(digests, corpus->n_folders, sizeof(FileDigest), compare_digests);
  sha256_update(
    sha, corpus->n_folders * sizeof(FileDigest), (const uint8_t*)digests);
  free(digests);
  return status;
}

TmbStatus
tmb_corpus_digest(const TmbCorpus* const corpus, char digest[TMB_DIGEST_TEXT])
{
  uint8_t* const block = (uint8_t*)malloc(BLOCK_BYTES);
  if (!block) {
    return TMB_NO_MEMORY;
  }

  char              onset[32];
  struct sha256_ctx sha;
  sha256_init(&sha);
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    const TmbRecording* const recording = &corpus->recordings[i];
    add_text(&sha, recording->name);
    add_text(&sha, recording->class_name);
    add_text(&sha, recording->source_name);
    (void)snprintf(onset, sizeof(onset), "%.17g", recording->onset_s);
    add_text(&sha, onset);
    add_file(&sha, recording->path, block);
  }
  const TmbStatus status = add_folds(&sha, corpus, block);
  free(block);
  if (status) {
    return status;
  }

  uint8_t bytes[SHA256_DIGEST_SIZE];
  sha256_digest(&sha, sizeof(bytes), bytes);
  base16_encode_update(digest, sizeof(bytes), bytes);
  digest[TMB_DIGEST_TEXT - 1U] = '\0';
  return TMB_OK;
}
