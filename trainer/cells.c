// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/cells.h"

#include <math.h>
#include <stdlib.h>

/// A note with what it is sorted by.
typedef struct {
  uint32_t class_index;
  uint32_t source;
  uint32_t note;
} Key;

static int
compare_keys(const void* const a, const void* const b)
{
  const Key* const left  = (const Key*)a;
  const Key* const right = (const Key*)b;
  if (left->class_index != right->class_index) {
    return (left->class_index > right->class_index) ? 1 : -1;
  }
  if (left->source != right->source) {
    return (left->source > right->source) ? 1 : -1;
  }
  return (left->note > right->note) ? 1 : -1;
}

/// Cut sorted notes into cells and classes.
static void
cut(TmbCells* const self, const Key* const keys, const double* const weights)
{
  double sum = 0.0;
  for (uint32_t i = 0U; i < self->n_notes; ++i) {
    const bool is_new_class =
      !i || keys[i].class_index != keys[i - 1U].class_index;
    if (is_new_class) {
      sum += weights[keys[i].class_index];
      self->classes[self->n_classes++] =
        (TmbCellClass){ self->n_cells, 0U, sum };
    }
    if (is_new_class || keys[i].source != keys[i - 1U].source) {
      self->cells[self->n_cells++] =
        (TmbCell){ self->n_classes - 1U, i, 0U, 0.0 };
      ++self->classes[self->n_classes - 1U].n;
    }
    ++self->cells[self->n_cells - 1U].n;
    self->order[i] = keys[i].note;
  }
}

static void
weigh(TmbCells* const self, const double exponent)
{
  for (uint32_t i = 0U; i < self->n_classes; ++i) {
    double sum = 0.0;
    for (uint32_t j = 0U; j < self->classes[i].n; ++j) {
      TmbCell* const cell = &self->cells[self->classes[i].first + j];
      sum += pow((double)cell->n, exponent);
      cell->weight = sum;
    }
  }
}

TmbStatus
tmb_cells_init(TmbCells* const         cells,
               const TmbDataset* const dataset,
               const uint8_t* const    may_be_drawn,
               const double* const     weights,
               const double            exponent)
{
  const uint32_t n    = dataset->n_notes;
  Key* const     keys = (Key*)calloc(n + 1U, sizeof(Key));
  *cells              = (TmbCells){ .n_notes = 0U };
  cells->order        = (uint32_t*)calloc(n + 1U, sizeof(uint32_t));
  cells->cells        = (TmbCell*)calloc(n + 1U, sizeof(TmbCell));
  cells->classes      = (TmbCellClass*)calloc(n + 1U, sizeof(TmbCellClass));
  if (!keys || !cells->order || !cells->cells || !cells->classes) {
    free(keys);
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < n; ++i) {
    const TmbNote* const note = &dataset->notes[i];
    if (may_be_drawn[i] && weights[note->class_index] > 0.0) {
      keys[cells->n_notes++] = (Key){ note->class_index, note->source, i };
    }
  }
  qsort(keys, cells->n_notes, sizeof(Key), compare_keys);
  cut(cells, keys, weights);
  weigh(cells, exponent);
  free(keys);
  return cells->n_notes ? TMB_OK : TMB_BAD_ARG;
}

void
tmb_cells_clear(TmbCells* const cells)
{
  free(cells->classes);
  free(cells->cells);
  free(cells->order);
}

TmbDrawn
tmb_cells_draw(const TmbCells* const cells, TmbRandom* const random)
{
  const double weight =
    cells->classes[cells->n_classes - 1U].weight * tmb_random_uniform(random);
  uint32_t i = 0U;
  while (i + 1U < cells->n_classes && cells->classes[i].weight <= weight) {
    ++i;
  }

  const TmbCellClass* const drawn = &cells->classes[i];
  const TmbCell* const      first = &cells->cells[drawn->first];
  const double at = first[drawn->n - 1U].weight * tmb_random_uniform(random);
  uint32_t     j  = 0U;
  while (j + 1U < drawn->n && first[j].weight <= at) {
    ++j;
  }
  return (TmbDrawn){
    cells->order[first[j].first + tmb_random_below(random, first[j].n)],
    drawn->first + j,
  };
}

uint32_t
tmb_cells_draw_other(const TmbCells* const cells,
                     TmbRandom* const      random,
                     const TmbDrawn        drawn)
{
  const TmbCell* const  cell  = &cells->cells[drawn.cell];
  const uint32_t* const notes = &cells->order[cell->first];
  if (cell->n < 2U) {
    return drawn.note;
  }

  // The last takes the place of the note itself
  const uint32_t other = notes[tmb_random_below(random, cell->n - 1U)];
  return (other == drawn.note) ? notes[cell->n - 1U] : other;
}

/// Any class that has two cells, or null.
static const TmbCellClass*
draw_class(const TmbCells* const cells, TmbRandom* const random)
{
  uint32_t n = 0U;
  for (uint32_t i = 0U; i < cells->n_classes; ++i) {
    n += cells->classes[i].n > 1U;
  }
  if (!n) {
    return NULL;
  }

  uint32_t left = tmb_random_below(random, n);
  uint32_t i    = 0U;
  while (cells->classes[i].n < 2U || left--) {
    ++i;
  }
  return &cells->classes[i];
}

bool
tmb_cells_draw_pair(const TmbCells* const cells,
                    TmbRandom* const      random,
                    const uint32_t        cell,
                    uint32_t              pair[2])
{
  const TmbCellClass* of = &cells->classes[cells->cells[cell].class_at];
  if (of->n > 1U && tmb_random_uniform(random) < 0.5) {
    pair[0] = cell;
  } else {
    of = draw_class(cells, random);
    if (!of) {
      return false;
    }
    pair[0] = of->first + tmb_random_below(random, of->n);
  }

  pair[1] = of->first + tmb_random_below(random, of->n - 1U);
  pair[1] = (pair[1] == pair[0]) ? of->first + of->n - 1U : pair[1];
  return true;
}
