// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SAMPLER_H
#define TMB_SAMPLER_H

#include "dsp/status.h"
#include "trainer/dataset.h"
#include "trainer/random.h"

#include <stdint.h>

/**
   Draws training examples from a dataset.

   Each class that has notes is as likely as any other.  In a class, a source of
   n notes has the weight sqrt(n): a large library counts for more than a small
   one, but does not drown it.
*/
typedef struct TmbSamplerImpl TmbSampler;

/**
   @param dataset Borrowed.
   @param ages [n_notes] Bit i: the note may be drawn at age i.
   @param[out] sampler Owned by the caller, freed with tmb_sampler_free().
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG if there is nothing to draw.
*/
TMB_NODISCARD TmbStatus
tmb_sampler_new(const TmbDataset* dataset,
                const uint8_t*    ages,
                TmbSampler**      sampler);

void
tmb_sampler_free(TmbSampler* sampler);

/// Notes that can be drawn.
uint32_t
tmb_sampler_notes(const TmbSampler* sampler);

/**
   Draw a note at an age, all its ages alike, and describe it: as recorded, or
   half of the time altered by tmb_augment_note().

   @param sampler Only read, so threads may share it.
   @param[out] features [tmb_front_end_features()]
   @return Its class, of the corpus.
*/
uint32_t
tmb_sampler_draw(const TmbSampler* sampler, TmbRandom* random, float* features);

#endif // TMB_SAMPLER_H
