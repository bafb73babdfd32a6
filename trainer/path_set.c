// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/path_set.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST_SLOTS 1024U

/// Open addressing, with linear probing; at most half of the slots are taken.
struct TmbPathSetImpl {
  uint64_t* slots;   ///< [n_slots] Hashes; 0 is a free one
  size_t    n_slots; ///< A power of 2
  size_t    n;       ///< Taken
};

TmbPathSet*
tmb_path_set_new(void)
{
  TmbPathSet* const self = (TmbPathSet*)calloc(1U, sizeof(TmbPathSet));
  if (self) {
    self->n_slots = FIRST_SLOTS;
    self->slots   = (uint64_t*)calloc(FIRST_SLOTS, sizeof(uint64_t));
    if (!self->slots) {
      free(self);
      return NULL;
    }
  }
  return self;
}

void
tmb_path_set_free(TmbPathSet* const set)
{
  if (set) {
    free(set->slots);
    free(set);
  }
}

/// What a hash has in a slot: never 0, which is a free one.
static uint64_t
value_of(const uint64_t hash)
{
  return hash ? hash : 1U;
}

static size_t
find(const uint64_t* const slots, const size_t n_slots, const uint64_t value)
{
  size_t i = (size_t)value & (n_slots - 1U);
  while (slots[i] && slots[i] != value) {
    i = (i + 1U) & (n_slots - 1U);
  }
  return i;
}

bool
tmb_path_set_has(const TmbPathSet* const set, const uint64_t hash)
{
  return set->slots[find(set->slots, set->n_slots, value_of(hash))] != 0U;
}

static TmbStatus
grow(TmbPathSet* const self)
{
  const size_t    n_slots = 2U * self->n_slots;
  uint64_t* const slots   = (uint64_t*)calloc(n_slots, sizeof(uint64_t));
  if (!slots) {
    return TMB_NO_MEMORY;
  }
  for (size_t i = 0U; i < self->n_slots; ++i) {
    if (self->slots[i]) {
      slots[find(slots, n_slots, self->slots[i])] = self->slots[i];
    }
  }
  free(self->slots);
  self->slots   = slots;
  self->n_slots = n_slots;
  return TMB_OK;
}

TmbStatus
tmb_path_set_add(TmbPathSet* const set, const uint64_t hash)
{
  if (set->n >= set->n_slots / 2U && grow(set)) {
    return TMB_NO_MEMORY;
  }
  const uint64_t value = value_of(hash);
  const size_t   slot  = find(set->slots, set->n_slots, value);
  set->n += !set->slots[slot];
  set->slots[slot] = value;
  return TMB_OK;
}
