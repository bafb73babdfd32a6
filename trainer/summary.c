// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/summary_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256U
#define N_CELL_BINS (TMB_N_BINS + 1U) ///< The last is for no confidence

TmbSummary*
tmb_summary_new(void)
{
  TmbSummary* const self = (TmbSummary*)calloc(1U, sizeof(*self));
  if (self) {
    self->kinds = (TmbKind*)calloc(TMB_MAX_KINDS, sizeof(*self->kinds));
    self->open =
      (uint32_t*)calloc((size_t)TMB_MAX_KINDS * N_CELL_BINS, sizeof(uint32_t));
  }
  if (self && (!self->kinds || !self->open)) {
    tmb_summary_free(self);
    return NULL;
  }
  return self;
}

static void
clear_file(TmbHeardFile* const file)
{
  free(file->path);
  free(file->reason);
  free(file->cells);
}

void
tmb_summary_free(TmbSummary* const self)
{
  if (self) {
    for (size_t i = 0U; i < self->n_files; ++i) {
      clear_file(&self->files[i]);
    }
    free(self->files);
    free(self->kinds);
    free(self->open_file);
    free(self->open);
    free(self->sums.instruments);
    free(self->sums.families);
    free(self->sums.reasons);
    free(self);
  }
}

/// The number of a kind, which is new or not; #TMB_MAX_KINDS for one too many.
static uint32_t
find_kind(TmbSummary* const self, const TmbResultRow* const row)
{
  uint32_t i = 0U;
  while (i < self->n_kinds && (strcmp(self->kinds[i].label, row->label) ||
                               strcmp(self->kinds[i].family, row->family))) {
    ++i;
  }
  if (i == self->n_kinds && i < TMB_MAX_KINDS) {
    TmbKind* const kind = &self->kinds[i];
    (void)snprintf(kind->label, sizeof(kind->label), "%s", row->label);
    (void)snprintf(kind->family, sizeof(kind->family), "%s", row->family);
    ++self->n_kinds;
  }
  return i;
}

const char*
tmb_summary_open_file(const TmbSummary* const self)
{
  return self->open_file;
}

void
tmb_summary_drop_open(TmbSummary* const self)
{
  if (self->open_file) {
    memset(
      self->open, 0, sizeof(uint32_t) * N_CELL_BINS * (size_t)self->n_kinds);
    free(self->open_file);
    self->open_file = NULL;
  }
}

static TmbStatus
add_note(TmbSummary* const         self,
         const TmbResultRow* const row,
         const uint32_t            kind)
{
  if (!self->open_file) {
    self->open_file = strdup(row->file);
    if (!self->open_file) {
      return TMB_NO_MEMORY;
    }
  }
  ++self->open[(kind * N_CELL_BINS) + tmb_confidence_bin(row->confidence)];
  return TMB_OK;
}

/// Keep what notes the open file has, in less space.
static TmbStatus
pack_cells(const TmbSummary* const self, TmbHeardFile* const file)
{
  const uint32_t n_all = self->n_kinds * N_CELL_BINS;
  uint32_t       n     = 0U;
  for (uint32_t i = 0U; i < n_all; ++i) {
    n += self->open[i] > 0U;
  }
  if (!n) {
    return TMB_OK;
  }

  file->cells = (TmbCell*)malloc(n * sizeof(*file->cells));
  if (!file->cells) {
    return TMB_NO_MEMORY;
  }
  for (uint32_t i = 0U; i < n_all; ++i) {
    if (self->open[i]) {
      file->cells[file->n_cells++] =
        (TmbCell){ .kind = (uint16_t)(i / N_CELL_BINS),
                   .bin  = (uint16_t)(i % N_CELL_BINS),
                   .n    = self->open[i] };
      file->n_notes += self->open[i];
    }
  }
  return TMB_OK;
}

static bool
make_room(TmbSummary* const self)
{
  if (self->n_files < self->room) {
    return true;
  }
  if (self->room > SIZE_MAX / sizeof(TmbHeardFile) / 2U) {
    return false;
  }

  const size_t        room = self->room ? 2U * self->room : FIRST_ROOM;
  TmbHeardFile* const files =
    (TmbHeardFile*)realloc(self->files, room * sizeof(TmbHeardFile));
  if (files) {
    self->files = files;
    self->room  = room;
  }
  return files;
}

static TmbStatus
add_file(TmbSummary* const         self,
         const TmbResultRow* const row,
         const uint32_t            kind)
{
  if (!make_room(self)) {
    return TMB_NO_MEMORY;
  }

  TmbHeardFile file = { .path       = strdup(row->file),
                        .reason     = row->reason ? strdup(row->reason) : NULL,
                        .kind       = (uint16_t)kind,
                        .confidence = row->confidence,
                        .seconds    = row->seconds,
                        .order      = self->n_files };
  TmbStatus    status =
    file.path && !file.reason == !row->reason ? TMB_OK : TMB_NO_MEMORY;
  if (!status && !row->reason) {
    status = pack_cells(self, &file);
  }
  if (status) {
    clear_file(&file);
    return status;
  }
  self->files[self->n_files++] = file;
  tmb_summary_drop_open(self);
  return TMB_OK;
}

TmbStatus
tmb_summary_add(TmbSummary* const         self,
                const TmbResultRow* const row,
                TmbMessage* const         reason)
{
  const uint32_t kind = row->label ? find_kind(self, row) : 0U;
  if (kind == TMB_MAX_KINDS) {
    return tmb_fail(TMB_BAD_FILE,
                    reason,
                    "it has one more than %u instruments",
                    TMB_MAX_KINDS);
  }

  if (self->open_file && strcmp(self->open_file, row->file)) {
    tmb_summary_drop_open(self);
  }
  const TmbStatus status = row->type == TMB_RESULT_NOTE
                             ? add_note(self, row, kind)
                             : add_file(self, row, kind);
  return status ? tmb_fail(status, reason, "%s", tmb_strstatus(status))
                : TMB_OK;
}

/// By path, and of one path in the order of the rows.
static int
compare_files(const void* const a, const void* const b)
{
  const TmbHeardFile* const left  = (const TmbHeardFile*)a;
  const TmbHeardFile* const right = (const TmbHeardFile*)b;
  const int                 order = strcmp(left->path, right->path);
  return order ? order
               : (left->order > right->order) - (left->order < right->order);
}

/// Keep the last row of each file.
static void
drop_replaced(TmbSummary* const self)
{
  size_t n = 0U;
  for (size_t i = 0U; i < self->n_files; ++i) {
    if (i + 1U < self->n_files &&
        !strcmp(self->files[i].path, self->files[i + 1U].path)) {
      clear_file(&self->files[i]);
      ++self->sums.n_duplicates;
    } else {
      self->files[n++] = self->files[i];
    }
  }
  self->n_files = n;
}

TmbStatus
tmb_summary_finish(TmbSummary* const self)
{
  tmb_summary_drop_open(self);
  if (self->n_files) {
    qsort(self->files, self->n_files, sizeof(*self->files), compare_files);
  }
  drop_replaced(self);
  return tmb_summary_add_up(self);
}

const TmbSums*
tmb_summary_sums(const TmbSummary* const self)
{
  return &self->sums;
}

const TmbHeardFile*
tmb_summary_files(const TmbSummary* const self, size_t* const n)
{
  *n = self->n_files;
  return self->files;
}

const TmbKind*
tmb_summary_kinds(const TmbSummary* const self, uint32_t* const n)
{
  *n = self->n_kinds;
  return self->kinds;
}
