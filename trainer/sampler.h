// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SAMPLER_H
#define TMB_SAMPLER_H

#include "dsp/status.h"
#include "trainer/augmentation.h"
#include "trainer/corpus.h"
#include "trainer/dataset.h"
#include "trainer/random.h"

#include <stdint.h>

/**
   Draws training examples from a dataset.

   Each class that has notes is as likely as any other, but for the class
   #TMB_UNKNOWN_LABEL, whose weight is a setting.  In a class, a source of n
   notes has the weight n^exponent: a large library counts for more than a small
   one, but does not drown it.
*/
typedef struct TmbSamplerImpl TmbSampler;

/**
   @param corpus, dataset Borrowed.
   @param ages [n_notes] Bit i: the note may be drawn at age i, and what came
   later than its last is not looked at.
   @param settings Copied.
   @param[out] sampler Owned by the caller, freed with tmb_sampler_free().
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG if there is nothing to draw.
*/
TMB_NODISCARD TmbStatus
tmb_sampler_new(const TmbCorpus*       corpus,
                const TmbDataset*      dataset,
                const uint8_t*         ages,
                const TmbAugmentation* settings,
                TmbSampler**           sampler);

void
tmb_sampler_free(TmbSampler* sampler);

/// Notes that can be drawn.
uint32_t
tmb_sampler_notes(const TmbSampler* sampler);

/**
   Draw a note at an age, half of the time its last, otherwise any before it,
   and describe it as altered by tmb_augment_note(), or as recorded.

   What the note is lent comes from others that may be drawn: the spectrum of a
   tail, and with the probability `body` a part U(0, 1) of the difference
   between the bodies of two sources of a class, see tmb_cells_draw_pair().  The
   body of a source is the mean of its notes' from the onset to frame 30.

   If the corpus has the class #TMB_UNKNOWN_LABEL, a share of the notes of other
   classes gets a second one, of another family, and is of that class then: as
   loud as the first but for 6 dB, and within 2 frames of it.  A class that
   tmb_instrument() does not know is a family of its own.

   @param sampler Only read, so threads may share it.
   @param[out] features [tmb_front_end_features()]
   @return Its class, of the corpus.
*/
uint32_t
tmb_sampler_draw(const TmbSampler* sampler, TmbRandom* random, float* features);

#endif // TMB_SAMPLER_H
