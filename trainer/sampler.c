// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/sampler.h"

#include "trainer/augment.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define SOURCE_EXPONENT 0.5
#define ALTERED_SHARE 0.5 ///< Of the draws; the others are as recorded

/// The notes of one class from one source.
typedef struct {
  uint32_t first;  ///< Into order
  uint32_t n;      ///< Notes
  double   weight; ///< Of this and the cells of the class before it
} Cell;

/// The cells of one class.
typedef struct {
  uint32_t first; ///< Into cells
  uint32_t n;
} Class;

struct TmbSamplerImpl {
  const TmbDataset* dataset;
  uint8_t*          ages;    ///< [n_notes of the dataset]
  uint32_t*         order;   ///< [n_notes] By class, then source
  uint32_t          n_notes; ///< That may be drawn
  Cell*             cells;
  uint32_t          n_cells;
  Class*            classes; ///< Those that have notes
  uint32_t          n_classes;
};

/// A draw's memory.
typedef struct {
  float frames[TMB_MAX_NOTE_FRAMES * TMB_MAX_BANDS];
  float scratch[TMB_MAX_NOTE_FRAMES * TMB_MAX_BANDS];
} Draw;

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
build_cells(TmbSampler* const self, const Key* const keys)
{
  for (uint32_t i = 0U; i < self->n_notes; ++i) {
    const bool is_new_class =
      !i || keys[i].class_index != keys[i - 1U].class_index;
    if (is_new_class) {
      self->classes[self->n_classes++] = (Class){ self->n_cells, 0U };
    }
    if (is_new_class || keys[i].source != keys[i - 1U].source) {
      self->cells[self->n_cells++] = (Cell){ i, 0U, 0.0 };
      ++self->classes[self->n_classes - 1U].n;
    }
    ++self->cells[self->n_cells - 1U].n;
    self->order[i] = keys[i].note;
  }

  for (uint32_t i = 0U; i < self->n_classes; ++i) {
    double sum = 0.0;
    for (uint32_t j = 0U; j < self->classes[i].n; ++j) {
      Cell* const cell = &self->cells[self->classes[i].first + j];
      sum += pow((double)cell->n, SOURCE_EXPONENT);
      cell->weight = sum;
    }
  }
}

static TmbStatus
build(TmbSampler* const self, const uint8_t* const ages)
{
  const TmbDataset* const dataset = self->dataset;
  const uint32_t          n       = dataset->n_notes;
  Key* const              keys    = (Key*)calloc(n + 1U, sizeof(Key));

  self->ages    = (uint8_t*)calloc(n + 1U, 1U);
  self->order   = (uint32_t*)calloc(n + 1U, sizeof(uint32_t));
  self->cells   = (Cell*)calloc(n + 1U, sizeof(Cell));
  self->classes = (Class*)calloc(n + 1U, sizeof(Class));
  if (!keys || !self->ages || !self->order || !self->cells || !self->classes) {
    free(keys);
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < n; ++i) {
    self->ages[i] = ages[i];
    if (ages[i]) {
      keys[self->n_notes++] =
        (Key){ dataset->notes[i].class_index, dataset->notes[i].source, i };
    }
  }
  qsort(keys, self->n_notes, sizeof(Key), compare_keys);
  build_cells(self, keys);
  free(keys);
  return self->n_notes ? TMB_OK : TMB_BAD_ARG;
}

TmbStatus
tmb_sampler_new(const TmbDataset* const dataset,
                const uint8_t* const    ages,
                TmbSampler** const      sampler)
{
  *sampler = NULL;

  TmbSampler* const self = (TmbSampler*)calloc(1U, sizeof(TmbSampler));
  if (!self) {
    return TMB_NO_MEMORY;
  }
  self->dataset = dataset;

  const TmbStatus status = build(self, ages);
  if (status) {
    tmb_sampler_free(self);
    return status;
  }
  *sampler = self;
  return TMB_OK;
}

void
tmb_sampler_free(TmbSampler* const sampler)
{
  if (sampler) {
    free(sampler->classes);
    free(sampler->cells);
    free(sampler->order);
    free(sampler->ages);
    free(sampler);
  }
}

uint32_t
tmb_sampler_notes(const TmbSampler* const sampler)
{
  return sampler->n_notes;
}

static uint32_t
draw_note(const TmbSampler* const self, TmbRandom* const random)
{
  const Class* const class_cells =
    &self->classes[tmb_random_below(random, self->n_classes)];
  const Cell* const first = &self->cells[class_cells->first];
  const double      total = first[class_cells->n - 1U].weight;
  const double      at    = total * tmb_random_uniform(random);

  uint32_t i = 0U;
  while (i + 1U < class_cells->n && first[i].weight <= at) {
    ++i;
  }
  return self->order[first[i].first + tmb_random_below(random, first[i].n)];
}

static uint32_t
draw_age(const uint8_t ages, TmbRandom* const random)
{
  uint32_t choices[TMB_MAX_AGES] = { 0U };
  uint32_t n                     = 0U;
  for (uint32_t i = 0U; i < TMB_MAX_AGES; ++i) {
    if (ages & (1U << i)) {
      choices[n++] = i;
    }
  }
  return choices[tmb_random_below(random, n)];
}

uint32_t
tmb_sampler_draw(const TmbSampler* const sampler,
                 TmbRandom* const        random,
                 float* const            features)
{
  Draw           draw;
  const uint32_t note = draw_note(sampler, random);
  const uint32_t age  = draw_age(sampler->ages[note], random);
  tmb_dataset_frames(sampler->dataset, note, draw.frames);
  if (tmb_random_uniform(random) < ALTERED_SHARE) {
    tmb_augment_note(&sampler->dataset->front_end,
                     random,
                     draw.frames,
                     sampler->dataset->notes[note].n_available,
                     draw.scratch);
  }
  tmb_dataset_describe(sampler->dataset, note, age, draw.frames, features);
  return sampler->dataset->notes[note].class_index;
}
