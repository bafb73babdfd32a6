// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/merge_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  TmbMergeShard* shards; ///< [n_shards]
  size_t         n_shards;
  json_t*        run; ///< What the first one's journal tells of its run
} Check;

/// A number from 1 on at the beginning of a text, and what is behind it.
static bool
parse_number(const char* const text, const char** const rest, uint32_t* value)
{
  char*               end = NULL;
  const unsigned long n   = strtoul(text, &end, 10);
  *rest                   = end;
  *value                  = (uint32_t)n;
  return text[0] >= '0' && text[0] <= '9' && n >= 1U && n <= UINT32_MAX;
}

/// Read which shard of how many a run was of.
static TmbStatus
read_number(TmbMergeShard* const self,
            const json_t* const  run,
            TmbMessage* const    why)
{
  const char* rest = json_string_value(json_object_get(run, "shard"));
  return rest && parse_number(rest, &rest, &self->number) && *rest == '/' &&
             parse_number(rest + 1, &rest, &self->n_shards) && !*rest &&
             self->number <= self->n_shards
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s is no shard: its run was without --shard",
                      self->path);
}

/// What shards are told apart by that are not of one run, or null.
static const char*
find_difference(json_t* const first, const json_t* const run)
{
  const char* key   = NULL;
  json_t*     value = NULL;
  json_object_foreach (first, key, value) {
    if (strcmp(key, "shard") != 0 &&
        !json_equal(value, json_object_get(run, key))) {
      return key;
    }
  }
  return json_object_size(first) == json_object_size(run) ? NULL : "form";
}

/// Read what a shard's run was, and compare it with the first one's.
static TmbStatus
read_run(Check* const self, TmbMergeShard* const shard, TmbMessage* const why)
{
  const json_t* const        run    = tmb_journal_run(shard->journal);
  const json_t* const        start  = json_object_get(run, "start");
  const TmbMergeShard* const first  = &self->shards[0];
  const TmbStatus            status = read_number(shard, run, why);
  if (status) {
    return status;
  }
  if (!json_is_integer(start) || json_integer_value(start) < 0) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s does not tell where rows start",
                    shard->journal_path);
  }
  shard->start    = (uint64_t)json_integer_value(start);
  shard->next.end = shard->start;
  if (!self->run) {
    self->run = json_deep_copy(run);
    return self->run ? TMB_OK : tmb_fail(TMB_NO_MEMORY, why, "out of memory");
  }

  const char* const key = find_difference(self->run, run);
  if (key) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s and %s are not of one run: \"%s\" differs",
                    first->path,
                    shard->path,
                    key);
  }
  return shard->n_shards == first->n_shards
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s is one of %u shards, but %s one of %u",
                      first->path,
                      first->n_shards,
                      shard->path,
                      shard->n_shards);
}

/// Demand of a journal that was read that its run is over, as the others are.
static TmbStatus
check_end(const Check* const   self,
          TmbMergeShard* const shard,
          const uint64_t       last,
          TmbMessage* const    why)
{
  const TmbMergeShard* const first = &self->shards[0];
  if (!tmb_journal_is_over(shard->journal, &shard->n_total)) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s is not finished: go on with its run by --resume",
                    shard->path);
  }
  if (last > shard->n_total) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s tells of recording %" PRIu64 " of %" PRIu64,
                    shard->journal_path,
                    last,
                    shard->n_total);
  }
  return shard->n_total == first->n_total
           ? TMB_OK
           : tmb_fail(TMB_BAD_FILE,
                      why,
                      "%s is of %" PRIu64 " recordings, but %s of %" PRIu64
                      ": " TMB_WHEN_CHANGED,
                      first->path,
                      first->n_total,
                      shard->path,
                      shard->n_total);
}

/// Read a journal to its end, and demand that it and the rows have one.
static TmbStatus
read_to_end(const Check* const   self,
            TmbMergeShard* const shard,
            TmbMessage* const    why)
{
  TmbStatus status = TMB_OK;
  uint64_t  last   = 0U; // From 1
  while (tmb_merge_shard_next(shard, &status, why)) {
    last = shard->next.index < last ? last : shard->next.index + 1U;
  }
  shard->n_bytes = shard->begin;
  if (!status) {
    status = check_end(self, shard, last, why);
  }
  return status ? status : tmb_merge_shard_open_rows(shard, why);
}

static int
compare_numbers(const void* const a, const void* const b)
{
  const uint32_t x = ((const TmbMergeShard*)a)->number;
  const uint32_t y = ((const TmbMergeShard*)b)->number;
  return (x > y) - (x < y);
}

/// Bring shards in order, and demand that each is there once.
static TmbStatus
sort_shards(const Check* const self, TmbMessage* const why)
{
  const TmbMergeShard* const shards = self->shards;
  const uint32_t             n      = shards[0].n_shards;
  qsort(self->shards, self->n_shards, sizeof(*shards), compare_numbers);
  size_t n_there = 0U;
  while (n_there < self->n_shards && shards[n_there].number == n_there + 1U) {
    ++n_there;
  }
  if (n_there < self->n_shards && n_there &&
      shards[n_there].number == shards[n_there - 1U].number) {
    return tmb_fail(TMB_BAD_FILE,
                    why,
                    "%s and %s are both shard %zu/%u",
                    shards[n_there - 1U].path,
                    shards[n_there].path,
                    n_there,
                    n);
  }
  return n_there == n
           ? TMB_OK
           : tmb_fail(
               TMB_BAD_FILE, why, "shard %zu/%u is missing", n_there + 1U, n);
}

/// Look at each shard by itself.
static TmbStatus
check_all(Check* const self, TmbMessage* const why)
{
  TmbStatus status = TMB_OK;
  for (size_t i = 0U; !status && i < self->n_shards; ++i) {
    TmbMergeShard* const shard = &self->shards[i];
    status                     = tmb_merge_shard_open_journal(shard, why);
    if (!status) {
      status = read_run(self, shard, why);
    }
    if (!status) {
      status = read_to_end(self, shard, why);
    }
    tmb_merge_shard_close(shard);
  }
  return status ? status : sort_shards(self, why);
}

TmbStatus
tmb_merge_check(TmbMergeShard* const shards,
                const size_t         n_shards,
                TmbMessage* const    why)
{
  Check           self   = { .shards = shards, .n_shards = n_shards };
  const TmbStatus status = check_all(&self, why);
  json_decref(self.run);
  return status;
}
