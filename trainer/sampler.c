// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/sampler.h"

#include "dsp/model.h"
#include "trainer/augment.h"
#include "trainer/bodies.h"
#include "trainer/cells.h"
#include "trainer/instruments.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_START 20U ///< Frame from which on a note's spectrum is a tail's
#define BODY_END 30U   ///< Frame up to which a note tells of its source's body
#define MAX_TRIES 32U  ///< To find a note of another family

struct TmbSamplerImpl {
  const TmbDataset* dataset;
  uint8_t*          ages; ///< [n_notes of the dataset]
  TmbCells          cells;
  TmbAugmenter      augmenter;
  float*            bodies;    ///< [n_cells][TMB_N_COSINES]
  uint32_t          n_classes; ///< Of the corpus
  uint32_t          unknown;   ///< Its class of this name, or n_classes
  uint32_t          families[TMB_MAX_CLASSES]; ///< The first class of each's
};

/// A draw's memory.
typedef struct {
  float frames[TMB_MAX_NOTE_FRAMES * TMB_MAX_BANDS];
  float scratch[TMB_MAX_NOTE_FRAMES * TMB_MAX_BANDS];
  float tail[TMB_MAX_BANDS];
  float body_db[TMB_MAX_BANDS];
} Memory;

/// The last age at which a note may be drawn, which is one.
static uint32_t
last_age(const TmbSampler* const self, const uint32_t note)
{
  uint32_t age = TMB_MAX_AGES - 1U;
  while (!(self->ages[note] & (1U << age))) {
    --age;
  }
  return age;
}

/// A note's frames up to its last age, in dB.
static TmbPatch
load(const TmbSampler* const self, const uint32_t note, float* const frames)
{
  const TmbDataset* const dataset = self->dataset;
  const uint32_t          n_known = dataset->notes[note].n_available;
  const uint32_t          n_last =
    dataset->front_end.ages[last_age(self, note)].n_frames;
  tmb_dataset_frames(dataset, note, frames);
  return (TmbPatch){ .frames   = frames,
                     .n_frames = (n_last < n_known) ? n_last : n_known,
                     .n_bands  = dataset->front_end.n_bands };
}

/// Mean spectrum of a note's frames from `start` on, or of the last that it
/// has.
static void
take_spectrum(const TmbPatch* const patch,
              const uint32_t        start,
              const uint32_t        end,
              float* const          power)
{
  const uint32_t n     = patch->n_frames;
  const uint32_t until = (end < n) ? end : n;
  const uint32_t from  = (start < until) ? start : until - 1U;
  tmb_mean_power(patch->frames + ((size_t)from * patch->n_bands),
                 until - from,
                 patch->n_bands,
                 power);
}

static TmbStatus
build_bodies(TmbSampler* const self)
{
  const TmbFrontEnd* const front_end = &self->dataset->front_end;
  const TmbCells* const    cells     = &self->cells;
  Memory* const            memory    = (Memory*)malloc(sizeof(Memory));
  self->bodies =
    (float*)calloc((size_t)cells->n_cells * TMB_N_COSINES, sizeof(float));
  if (!memory || !self->bodies) {
    free(memory);
    return TMB_NO_MEMORY;
  }

  for (uint32_t i = 0U; i < cells->n_cells; ++i) {
    const TmbCell* const cell = &cells->cells[i];
    float* const         body = self->bodies + ((size_t)i * TMB_N_COSINES);
    for (uint32_t j = 0U; j < cell->n; ++j) {
      const TmbPatch patch =
        load(self, cells->order[cell->first + j], memory->frames);
      float power[TMB_MAX_BANDS];
      take_spectrum(&patch, front_end->n_before, BODY_END, power);
      tmb_body_add(&self->augmenter.cosines, power, front_end->floor_db, body);
    }
    for (uint32_t k = 0U; k < TMB_N_COSINES; ++k) {
      body[k] /= (float)cell->n;
    }
  }
  free(memory);
  return TMB_OK;
}

/// The first class of the family of class `i`, which is by itself in one if it
/// is not known.
static uint32_t
find_family(const TmbCorpus* const corpus, const uint32_t i)
{
  const TmbClass known = tmb_instrument(corpus->classes[i]);
  if (!strcmp(known.family, TMB_OTHER_FAMILY)) {
    return i;
  }

  uint32_t first = 0U;
  while (strcmp(tmb_instrument(corpus->classes[first]).family, known.family)) {
    ++first;
  }
  return first;
}

/// Know the classes by their names.
static void
list_classes(TmbSampler* const self, const TmbCorpus* const corpus)
{
  self->n_classes = corpus->n_classes;
  self->unknown   = corpus->n_classes;
  for (uint32_t i = 0U; i < corpus->n_classes; ++i) {
    self->families[i] = find_family(corpus, i);
    if (!strcmp(corpus->classes[i], TMB_UNKNOWN_LABEL)) {
      self->unknown = i;
    }
  }
}

static TmbStatus
build(TmbSampler* const self, const uint8_t* const ages)
{
  const TmbAugmentation* const settings = &self->augmenter.settings;
  const size_t                 n        = self->dataset->n_notes;
  double                       weights[TMB_MAX_CLASSES];
  for (uint32_t i = 0U; i < self->n_classes; ++i) {
    weights[i] = (i == self->unknown) ? settings->unknown : 1.0;
  }

  self->ages = (uint8_t*)calloc(n + 1U, 1U);
  if (!self->ages) {
    return TMB_NO_MEMORY;
  }
  memcpy(self->ages, ages, n);
  const TmbStatus status = tmb_cells_init(
    &self->cells, self->dataset, ages, weights, settings->exponent);
  return status ? status : build_bodies(self);
}

TmbStatus
tmb_sampler_new(const TmbCorpus* const       corpus,
                const TmbDataset* const      dataset,
                const uint8_t* const         ages,
                const TmbAugmentation* const settings,
                TmbSampler** const           sampler)
{
  *sampler = NULL;

  TmbSampler* const self = (TmbSampler*)calloc(1U, sizeof(TmbSampler));
  if (!self) {
    return TMB_NO_MEMORY;
  }
  self->dataset = dataset;
  tmb_augmenter_init(&self->augmenter, settings, &dataset->front_end);
  list_classes(self, corpus);

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
    free(sampler->bodies);
    tmb_cells_clear(&sampler->cells);
    free(sampler->ages);
    free(sampler);
  }
}

uint32_t
tmb_sampler_notes(const TmbSampler* const sampler)
{
  return sampler->cells.n_notes;
}

static uint32_t
draw_age(const TmbSampler* const self,
         const uint32_t          note,
         TmbRandom* const        random)
{
  const uint32_t last                  = last_age(self, note);
  uint32_t       choices[TMB_MAX_AGES] = { 0U };
  uint32_t       n                     = 0U;
  for (uint32_t i = 0U; i < last; ++i) {
    if (self->ages[note] & (1U << i)) {
      choices[n++] = i;
    }
  }
  return (!n || tmb_random_uniform(random) < 0.5)
           ? last
           : choices[tmb_random_below(random, n)];
}

/// Let another family's note sound at the same time, if there is one.
static bool
add_second(const TmbSampler* const self,
           const uint32_t          class_index,
           TmbRandom* const        random,
           const TmbPatch* const   patch)
{
  uint32_t second   = 0U;
  bool     is_found = false;
  for (uint32_t i = 0U; i < MAX_TRIES && !is_found; ++i) {
    second               = tmb_cells_draw(&self->cells, random).note;
    const uint32_t other = self->dataset->notes[second].class_index;
    is_found             = other != self->unknown &&
               self->families[other] != self->families[class_index];
  }
  if (!is_found) {
    return false;
  }

  const TmbPatch other = load(self, second, patch->scratch);
  const int      delay = (int)tmb_random_below(random, 5U) - 2;
  const double   gain  = (12.0 * tmb_random_uniform(random)) - 6.0;
  tmb_patch_level(patch);
  tmb_patch_level(&other);
  tmb_patch_to_power(patch);
  tmb_patch_to_power(&other);
  tmb_add_note(patch, &other, delay, (float)gain);
  tmb_patch_to_db(patch);
  return true;
}

/// Alter a note, with what others lend it.
static void
alter(const TmbSampler* const self,
      const TmbDrawn          drawn,
      TmbRandom* const        random,
      const TmbPatch* const   patch,
      Memory* const           memory)
{
  const TmbAugmentation* const settings = &self->augmenter.settings;
  TmbLent                      lent     = { NULL, NULL };
  uint32_t                     pair[2]  = { 0U, 0U };
  if (tmb_random_uniform(random) < settings->tail) {
    const uint32_t note   = tmb_cells_draw_other(&self->cells, random, drawn);
    const TmbPatch before = load(self, note, memory->scratch);
    take_spectrum(&before, TAIL_START, before.n_frames, memory->tail);
    lent.tail = memory->tail;
  }
  if (tmb_random_uniform(random) < settings->body &&
      tmb_cells_draw_pair(&self->cells, random, drawn.cell, pair)) {
    tmb_body_difference(&self->augmenter.cosines,
                        self->bodies + ((size_t)pair[0] * TMB_N_COSINES),
                        self->bodies + ((size_t)pair[1] * TMB_N_COSINES),
                        (float)tmb_random_uniform(random),
                        memory->body_db);
    lent.body_db = memory->body_db;
  }
  tmb_augment_note(&self->augmenter, random, &lent, patch);
}

uint32_t
tmb_sampler_draw(const TmbSampler* const sampler,
                 TmbRandom* const        random,
                 float* const            features)
{
  const TmbAugmentation* const settings = &sampler->augmenter.settings;
  const TmbDataset* const      dataset  = sampler->dataset;
  Memory                       memory;
  const TmbDrawn               drawn = tmb_cells_draw(&sampler->cells, random);
  const uint32_t               age   = draw_age(sampler, drawn.note, random);
  uint32_t class_index               = dataset->notes[drawn.note].class_index;
  TmbPatch patch                     = load(sampler, drawn.note, memory.frames);
  patch.scratch                      = memory.scratch;
  if (sampler->unknown < sampler->n_classes &&
      class_index != sampler->unknown &&
      tmb_random_uniform(random) < settings->several &&
      add_second(sampler, class_index, random, &patch)) {
    class_index = sampler->unknown;
  }
  if (tmb_random_uniform(random) < settings->altered) {
    alter(sampler, drawn, random, &patch, &memory);
  }
  tmb_dataset_describe(dataset, drawn.note, age, memory.frames, features);
  return class_index;
}
