// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_TEST_URIDS_H
#define TMB_TEST_URIDS_H

#include <lv2/urid/urid.h>

#include <pthread.h>
#include <stdint.h>

#define URIDS_MAX 512U

/// Numbers for URIs, as a host gives them to plugins.  Any thread may map.
typedef struct {
  LV2_URID_Map    map;
  LV2_URID_Unmap  unmap;
  pthread_mutex_t lock;
  uint32_t        n;
  char*           uris[URIDS_MAX]; ///< URI i has number i + 1
} Urids;

/// It can't be moved afterwards.
void
urids_init(Urids* urids);

void
urids_clear(Urids* urids);

LV2_URID
urids_get(Urids* urids, const char* uri);

#endif // TMB_TEST_URIDS_H
