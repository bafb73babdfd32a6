// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/lesson.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STATISTICS 2048U ///< Draws for mean and deviation, at most
#define STATISTICS_PER_NOTE 8U
#define STATISTICS_STREAM 0x53544154U ///< Of the seed; its learner's are small
#define LEAST_DEVIATION 1e-6
#define SOFTENING 0.5   ///< So that what hardly varies does not weigh as much
#define LEAST_STEPS 16U ///< An epoch, so that a small corpus is learnt too

static uint32_t
draw_note(void* const      source,
          const uint32_t   index,
          TmbRandom* const random,
          float* const     features)
{
  (void)index;
  return tmb_sampler_draw((const TmbSampler*)source, random, features);
}

static uint32_t
look_up(void* const      source,
        const uint32_t   index,
        TmbRandom* const random,
        float* const     features)
{
  const TmbLesson* const lesson = (const TmbLesson*)source;
  const size_t           n_in   = lesson->validation.n_in;
  (void)random;
  memcpy(features, lesson->held + (index * n_in), n_in * sizeof(float));
  return lesson->classes[index];
}

/// Which ages of each note may be trained on, a bit each.
static uint8_t*
list_ages(const TmbExam* const exam, const TmbHeldOut* const held_out)
{
  const TmbDataset* const dataset = exam->dataset;
  uint8_t* const          ages    = (uint8_t*)calloc(dataset->n_notes, 1U);
  for (uint32_t i = 0U; ages && i < dataset->n_notes; ++i) {
    for (uint32_t age = 0U; age < tmb_dataset_ages(dataset, i); ++age) {
      if (!tmb_fold_has_segment(held_out->folds,
                                held_out->split,
                                held_out->fold,
                                exam->corpus,
                                dataset,
                                i,
                                age)) {
        ages[i] = (uint8_t)(ages[i] | (1U << age));
      }
    }
  }
  return ages;
}

static TmbStatus
open_sampler(TmbLesson* const             lesson,
             const TmbExam* const         exam,
             const TmbHeldOut* const      held_out,
             const TmbAugmentation* const augmentation)
{
  uint8_t* const ages = list_ages(exam, held_out);
  if (!ages) {
    return TMB_NO_MEMORY;
  }
  const TmbStatus status = tmb_sampler_new(
    exam->corpus, exam->dataset, ages, augmentation, &lesson->sampler);
  free(ages);
  return status;
}

/// Set mean and scale, so that nothing is changed.
static void
keep_levels(TmbLesson* const lesson)
{
  const size_t n = lesson->training.n_in;
  for (size_t j = 0U; j < n; ++j) {
    lesson->standard[n + j] = 1.0f;
  }
}

/// Set mean and scale.
static TmbStatus
take_statistics(TmbLesson* const lesson, const uint64_t seed)
{
  const uint32_t n_asked =
    STATISTICS_PER_NOTE * tmb_sampler_notes(lesson->sampler);
  const uint32_t n_draws =
    (n_asked < MAX_STATISTICS) ? n_asked : MAX_STATISTICS;
  const size_t  n     = lesson->training.n_in;
  double* const sum   = (double*)calloc(2U * n, sizeof(double));
  float* const  drawn = (float*)calloc(n, sizeof(float));
  if (!sum || !drawn) {
    free(drawn);
    free(sum);
    return TMB_NO_MEMORY;
  }

  double* const square = sum + n;
  TmbRandom     random;
  tmb_random_init(&random, seed, STATISTICS_STREAM);
  for (uint32_t i = 0U; i < n_draws; ++i) {
    (void)tmb_sampler_draw(lesson->sampler, &random, drawn);
    for (size_t j = 0U; j < n; ++j) {
      sum[j] += (double)drawn[j];
      square[j] += (double)drawn[j] * (double)drawn[j];
    }
  }

  for (size_t j = 0U; j < n; ++j) {
    const double mean       = sum[j] / (double)n_draws;
    const double variance   = (square[j] / (double)n_draws) - (mean * mean);
    const double deviation  = sqrt(fmax(variance, 0.0));
    lesson->standard[j]     = (float)mean;
    lesson->standard[n + j] = (deviation > LEAST_DEVIATION)
                                ? (float)(1.0 / (deviation + SOFTENING))
                                : 0.0f;
  }
  free(drawn);
  free(sum);
  return TMB_OK;
}

/// Describe the notes that are held out, once for all epochs.
static TmbStatus
describe_held(TmbLesson* const     lesson,
              const TmbExam* const exam,
              const bool* const    held)
{
  const TmbDataset* const dataset = exam->dataset;
  const size_t            n_in    = lesson->training.n_in;
  uint32_t                n_held  = 0U;
  for (uint32_t i = 0U; i < dataset->n_notes; ++i) {
    n_held += held[i];
  }

  const size_t n_levels =
    (size_t)tmb_front_end_note_frames(&dataset->front_end) *
    dataset->front_end.n_bands;
  float* const frames = (float*)calloc(n_levels, sizeof(float));
  lesson->held        = (float*)calloc((n_held + 1U) * n_in, sizeof(float));
  lesson->classes     = (uint32_t*)calloc(n_held + 1U, sizeof(uint32_t));
  if (!frames || !lesson->held || !lesson->classes) {
    free(frames);
    return TMB_NO_MEMORY;
  }

  uint32_t n = 0U;
  for (uint32_t i = 0U; i < dataset->n_notes; ++i) {
    if (held[i]) {
      tmb_dataset_frames(dataset, i, frames);
      tmb_dataset_describe(
        dataset, i, exam->age, frames, lesson->held + (n * n_in));
      lesson->classes[n++] = dataset->notes[i].class_index;
    }
  }
  free(frames);
  lesson->validation.n = n_held;
  return TMB_OK;
}

TmbNetEnds
tmb_lesson_ends(const TmbFrontEnd* const front_end,
                const TmbCorpus* const   corpus)
{
  return (TmbNetEnds){ .n_in      = tmb_front_end_features(front_end),
                       .n_coeffs  = front_end->n_coeffs,
                       .n_classes = corpus->n_classes };
}

TmbStatus
tmb_lesson_init(TmbLesson* const            lesson,
                const TmbExam* const        exam,
                const TmbHeldOut* const     held_out,
                const bool* const           held,
                const TmbFitSettings* const settings)
{
  *lesson = (TmbLesson){ .sampler = NULL };
  const TmbNetEnds ends =
    tmb_lesson_ends(&exam->dataset->front_end, exam->corpus);
  lesson->training.n_in      = ends.n_in;
  lesson->training.n_coeffs  = ends.n_coeffs;
  lesson->training.n_classes = ends.n_classes;
  lesson->standard = (float*)calloc(2U * (size_t)ends.n_in, sizeof(float));
  if (!lesson->standard) {
    return TMB_NO_MEMORY;
  }

  TmbStatus status =
    open_sampler(lesson, exam, held_out, &settings->augmentation);
  if (!status && tmb_net_plan_has_idct(&settings->plan)) {
    keep_levels(lesson);
  } else if (!status) {
    status = take_statistics(lesson, settings->seed);
  }
  if (!status) {
    status = describe_held(lesson, exam, held);
  }
  if (status) {
    return status;
  }

  // Batches are always full, since no example is owed its turn
  const uint32_t n_notes = tmb_sampler_notes(lesson->sampler);
  const uint32_t n_passes =
    (n_notes + settings->n_batch - 1U) / settings->n_batch;
  TmbExamples* const training = &lesson->training;
  training->n =
    settings->n_batch * ((n_passes > LEAST_STEPS) ? n_passes : LEAST_STEPS);
  training->mean   = lesson->standard;
  training->scale  = lesson->standard + training->n_in;
  training->draw   = draw_note;
  training->source = lesson->sampler;

  const uint32_t n_held       = lesson->validation.n;
  lesson->validation          = *training;
  lesson->validation.n        = n_held;
  lesson->validation.is_fixed = true;
  lesson->validation.draw     = look_up;
  lesson->validation.source   = lesson;
  return TMB_OK;
}

void
tmb_lesson_clear(TmbLesson* const lesson)
{
  tmb_sampler_free(lesson->sampler);
  free(lesson->classes);
  free(lesson->held);
  free(lesson->standard);
}
