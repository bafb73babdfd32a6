// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/label_identity.h"

#include "trainer/file_digest.h"

#include <nettle/sha2.h>

#include <stdio.h>
#include <string.h>

typedef struct {
  char text[(2U * TMB_DIGEST_BYTES) + 1U];
} Hex;

static Hex
hex_of(const uint8_t digest[TMB_DIGEST_BYTES])
{
  Hex hex;
  for (size_t i = 0U; i < TMB_DIGEST_BYTES; ++i) {
    (void)snprintf(hex.text + (2U * i), 3U, "%02x", digest[i]);
  }
  return hex;
}

/// Add a text with its end.
static void
add_text(struct sha256_ctx* const sha, const char* const text)
{
  sha256_update(sha, strlen(text) + 1U, (const uint8_t*)text);
}

/// Digest of where recordings are looked for.
static Hex
digest_search(const TmbLabelOptions* const options)
{
  const TmbSearch* const search = &options->search;
  struct sha256_ctx      sha;
  uint8_t                digest[TMB_DIGEST_BYTES];
  sha256_init(&sha);
  for (size_t i = 0U; i < search->n_paths; ++i) {
    add_text(&sha, search->paths[i]);
  }
  if (search->list) {
    add_text(&sha, search->zeros_separate ? "--null" : "--from-file");
    add_text(&sha, search->list);
  }
  if (options->probes) {
    add_text(&sha, "--probe");
  }
  sha256_digest(&sha, sizeof(digest), digest);
  return hex_of(digest);
}

json_t*
tmb_label_identity(const TmbLabelOptions* const options,
                   const char* const            model,
                   const uint64_t               n_start)
{
  uint8_t digest[TMB_DIGEST_BYTES];
  char    values[256];
  char    shard[32];
  tmb_file_digest(model, digest);
  (void)snprintf(values,
                 sizeof(values),
                 "threshold=%.9g decision=%.9g start=%.17g end=%.17g "
                 "channel=%u",
                 (double)options->settings.threshold,
                 (double)options->settings.decision_ms,
                 options->part.start_s,
                 options->part.end_s,
                 options->channel);
  (void)snprintf(
    shard, sizeof(shard), "%u/%u", options->shard, options->n_shards);

  const Hex model_hex = hex_of(digest);
  const Hex input_hex = digest_search(options);
  return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:I}",
                   "version",
                   TMB_VERSION,
                   "format",
                   tmb_row_format_name(options->format),
                   "model",
                   model_hex.text,
                   "options",
                   values,
                   "inputs",
                   input_hex.text,
                   "shard",
                   options->n_shards ? shard : NULL,
                   "start",
                   (json_int_t)n_start);
}
