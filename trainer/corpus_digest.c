// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus.h"

#include "trainer/file_digest.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// What a file has in it.
typedef struct {
  uint8_t bytes[TMB_DIGEST_BYTES];
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

/// Add what the folders say of folds, in an order that is not the folders'.
static TmbStatus
add_folds(struct sha256_ctx* const sha, const TmbCorpus* const corpus)
{
  FileDigest* const digests =
    (FileDigest*)calloc(corpus->n_folders, sizeof(FileDigest));
  TmbStatus status = digests ? TMB_OK : TMB_NO_MEMORY;
  for (uint32_t i = 0U; !status && i < corpus->n_folders; ++i) {
    char* const path = tmb_corpus_path(corpus->folders[i], TMB_FOLDS_FILE);
    if (path) {
      tmb_file_digest(path, digests[i].bytes);
    } else {
      status = TMB_NO_MEMORY;
    }
    free(path);
  }
  if (!status) {
    qsort(digests, corpus->n_folders, sizeof(FileDigest), compare_digests);
    sha256_update(
      sha, corpus->n_folders * sizeof(FileDigest), (const uint8_t*)digests);
  }
  free(digests);
  return status;
}

TmbStatus
tmb_corpus_digest(const TmbCorpus* const corpus, char digest[TMB_DIGEST_TEXT])
{
  struct sha256_ctx sha;
  sha256_init(&sha);
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    const TmbRecording* const recording = &corpus->recordings[i];
    char                      onset[32];
    uint8_t                   content[TMB_DIGEST_BYTES];
    (void)snprintf(onset, sizeof(onset), "%.17g", recording->onset_s);
    tmb_file_digest(recording->path, content);
    add_text(&sha, recording->name);
    add_text(&sha, recording->class_name);
    add_text(&sha, recording->source_name);
    add_text(&sha, onset);
    sha256_update(&sha, sizeof(content), content);
  }
  const TmbStatus status = add_folds(&sha, corpus);
  if (status) {
    return status;
  }

  uint8_t bytes[TMB_DIGEST_BYTES];
  sha256_digest(&sha, sizeof(bytes), bytes);
  base16_encode_update(digest, sizeof(bytes), bytes);
  digest[TMB_DIGEST_TEXT - 1U] = '\0';
  return TMB_OK;
}
