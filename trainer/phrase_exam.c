// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/phrase_exam.h"

#include "dsp/recogniser.h"
#include "trainer/audio_file.h"
#include "trainer/marks.h"
#include "trainer/onset_score.h"
#include "trainer/parallel.h"
#include "trainer/phrase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SAMPLES 512U

static const TmbPhraseStyle style = {
  .n_notes    = TMB_PHRASE_NOTES,
  .seconds    = 20.0, // More than can be drawn
  .step_s     = { 0.15, 1.2 },
  .dynamic_db = { 0.0, 0.0 },
  .level_db   = { -18.0, 0.0 },
  .rt60_s     = { 0.2, 1.2 },
  .wet_db     = { -24.0, -8.0 },
  .noise_db   = { -60.0, -35.0 },
};

/// All phrases of all cells, which threads listen to.
typedef struct {
  const TmbExam*    exam;
  const TmbModel*   model;
  const TmbHeldOut* held_out;
  uint32_t          n_each;
  TmbPhraseCell*    cells;   ///< [n_cells]
  TmbPhraseCell*    results; ///< [n_cells][n_each] Of one phrase each
  TmbStatus*        status;  ///< [n_cells][n_each]
} Job;

/// A phrase on its way through the recogniser.
typedef struct {
  TmbRecogniser*   recogniser;
  const TmbPhrase* phrase;
  double           rate_hz;
  int              truth;
  int              track;   ///< Newest instrument of the track
  uint64_t         since;   ///< When it became that, in samples
  uint64_t         from;    ///< When its name begins to count
  uint64_t         n_right; ///< Samples in which it was right
  TmbMarks         told;
  TmbPhraseCell*   result;
} Hearing;

/// Whether a recording is of a cell, and may be asked about.
static bool
is_of(const Job* const           self,
      const TmbPhraseCell* const cell,
      const TmbRecording* const  recording)
{
  const TmbHeldOut* const held_out = self->held_out;
  return recording->class_index == cell->class_index &&
         recording->source == cell->source &&
         (!held_out ||
          tmb_fold_has_recording(
            held_out->folds, held_out->split, held_out->fold, recording));
}

/// Paths of a cell's recordings, [n_recordings], of which there are `*n`.
static void
list_paths(const Job* const           self,
           const TmbPhraseCell* const cell,
           const char** const         paths,
           uint32_t* const            n)
{
  const TmbCorpus* const corpus = self->exam->corpus;
  *n                            = 0U;
  for (uint32_t i = 0U; i < corpus->n_recordings; ++i) {
    if (is_of(self, cell, &corpus->recordings[i])) {
      paths[(*n)++] = corpus->recordings[i].path;
    }
  }
}

/// The rate of the first recording that can be opened, or 0.
static double
first_rate(const char* const* const paths, const uint32_t n)
{
  double rate_hz = 0.0;
  for (uint32_t i = 0U; i < n && !(rate_hz > 0.0); ++i) {
    TmbAudioFile* file = NULL;
    TmbMessage    why;
    if (!tmb_audio_open(paths[i], &file, &why)) {
      rate_hz = tmb_audio_info(file)->rate_hz;
      tmb_audio_close(file);
    }
  }
  return rate_hz;
}

/// The track's name was this up to a time.
static void
count_time(Hearing* const self, const uint64_t until)
{
  const uint64_t begin = (self->since > self->from) ? self->since : self->from;
  if (self->track == self->truth && until > begin) {
    self->n_right += until - begin;
  }
  self->since = until;
}

static TmbStatus
hear(Hearing* const self, const TmbEvent* const event)
{
  TmbPhraseCell* const result = self->result;
  if (event->type == TMB_EVENT_ONSET) {
    return tmb_marks_add(&self->told,
                         (double)event->onset / self->rate_hz,
                         (double)event->time / self->rate_hz);
  }
  if (event->type == TMB_EVENT_NOTE) {
    ++result->n_notes;
    result->n_named += event->verdict.instrument >= 0;
    result->n_named_right += event->verdict.instrument == self->truth;
    count_time(self, event->time);
    self->track = event->track;
  }
  return TMB_OK;
}

static TmbStatus
push_all(Hearing* const self)
{
  const TmbPhrase* const phrase = self->phrase;
  TmbStatus              status = TMB_OK;
  uint32_t               taken  = 0U;
  TmbEvent               event  = { .type = TMB_EVENT_NONE };
  while (!status && (taken < phrase->n || event.type != TMB_EVENT_NONE)) {
    const uint32_t n_left = phrase->n - taken;
    taken +=
      tmb_recogniser_push(self->recogniser,
                          phrase->y + taken,
                          (n_left < BLOCK_SAMPLES) ? n_left : BLOCK_SAMPLES,
                          &event);
    status = hear(self, &event);
  }
  return status;
}

/// Compare the onsets that were told with those that were played.
static TmbStatus
count_onsets(Hearing* const self)
{
  TmbMarks  played = { .n = 0U };
  TmbStatus status = TMB_OK;
  for (uint32_t i = 0U; !status && i < self->phrase->n_notes; ++i) {
    status =
      tmb_marks_add(&played, self->phrase->notes[i].onset_s, (double)NAN);
  }
  if (!status) {
    self->result->n_told   = (uint32_t)self->told.n;
    self->result->n_played = self->phrase->n_notes;
    self->result->n_found  = (uint32_t)tmb_onsets_match(
      &played, &self->told, tmb_onset_tolerances[TMB_WITHIN_50_MS], NULL);
  }
  tmb_marks_free(&played);
  return status;
}

/// Listen to a phrase.
static TmbStatus
listen(const TmbModel* const  model,
       const TmbPhrase* const phrase,
       const double           rate_hz,
       TmbPhraseCell* const   result)
{
  Hearing hearing = {
    .phrase  = phrase,
    .rate_hz = rate_hz,
    .truth   = result->truth,
    .track   = TMB_UNKNOWN,
    .from    = (uint64_t)(phrase->notes[1].onset_s * rate_hz),
    .result  = result,
  };
  TmbStatus status = tmb_recogniser_new(model, rate_hz, &hearing.recogniser);
  if (!status) {
    status = push_all(&hearing);
  }
  if (!status) {
    status = count_onsets(&hearing);
  }
  if (!status) {
    count_time(&hearing, phrase->n);
    result->n_phrases = 1U;
    result->n_right   = hearing.track == result->truth;
    result->n_unknown = hearing.track == TMB_UNKNOWN;
    result->time = (double)hearing.n_right / (double)(phrase->n - hearing.from);
  }
  tmb_marks_free(&hearing.told);
  tmb_recogniser_free(hearing.recogniser);
  return status;
}

/// Make a phrase and listen to it; one that can't be made is left out.
static TmbStatus
run(const Job* const            self,
    const TmbPhraseVoice* const voice,
    const char* const           source,
    const uint32_t              number,
    TmbPhraseCell* const        result)
{
  TmbRandom random;
  TmbPhrase phrase;
  uint64_t  stream =
    tmb_hash(number, voice->class_name, strlen(voice->class_name) + 1U);
  stream = tmb_hash(stream, source, strlen(source));
  tmb_random_init(&random, 1U, stream);

  TmbMessage why;
  TmbStatus  status = tmb_phrase_play(&style, voice, &random, &phrase, &why);
  if (!status && phrase.n_notes > 1U) {
    status = listen(self->model, &phrase, voice->rate_hz, result);
  }
  tmb_phrase_clear(&phrase);
  return (status == TMB_NO_MEMORY) ? status : TMB_OK;
}

/// TmbWork: one phrase.
static void
run_item(void* const job, const uint32_t item, const uint32_t worker)
{
  (void)worker;

  const Job* const           self   = (const Job*)job;
  const TmbCorpus* const     corpus = self->exam->corpus;
  const TmbPhraseCell* const cell   = &self->cells[item / self->n_each];
  const char** const         paths =
    (const char**)calloc(corpus->n_recordings, sizeof(char*));
  self->status[item] = TMB_NO_MEMORY;
  if (paths) {
    TmbPhraseVoice voice = { .paths      = paths,
                             .class_name = corpus->classes[cell->class_index] };
    list_paths(self, cell, paths, &voice.n_paths);
    voice.rate_hz       = first_rate(paths, voice.n_paths);
    self->results[item] = *cell;
    self->status[item]  = (voice.rate_hz > 0.0)
                            ? run(self,
                                 &voice,
                                 corpus->sources[cell->source],
                                 item % self->n_each,
                                 &self->results[item])
                            : TMB_OK;
  }
  free(paths);
}

/// Add what came of one phrase.
static void
add(TmbPhraseCell* const cell, const TmbPhraseCell* const one)
{
  cell->n_phrases += one->n_phrases;
  cell->n_right += one->n_right;
  cell->n_unknown += one->n_unknown;
  cell->time += one->time;
  cell->n_notes += one->n_notes;
  cell->n_named += one->n_named;
  cell->n_named_right += one->n_named_right;
  cell->n_told += one->n_told;
  cell->n_played += one->n_played;
  cell->n_found += one->n_found;
}

/// List the cells with enough recordings, of classes that the network was
/// taught; `cells` has room for all.
static uint32_t
list_cells(const Job* const self, const bool* const taught)
{
  const TmbCorpus* const corpus = self->exam->corpus;
  uint32_t               n      = 0U;
  for (uint32_t i = 0U; i < corpus->n_classes * corpus->n_sources; ++i) {
    TmbPhraseCell* const cell        = &self->cells[n];
    uint32_t             n_of        = 0U;
    const uint32_t       class_index = i / corpus->n_sources;
    *cell = (TmbPhraseCell){ .class_index = class_index,
                             .truth       = self->exam->truths[class_index],
                             .source      = i % corpus->n_sources };
    for (uint32_t j = 0U; j < corpus->n_recordings; ++j) {
      n_of += is_of(self, cell, &corpus->recordings[j]);
    }
    n += n_of >= TMB_LEAST_CELL && taught[class_index] && cell->truth >= 0;
  }
  return n;
}

/// Which classes a network was taught, [classes of the corpus].
static TmbStatus
find_taught(const Job* const self, bool* const taught)
{
  if (!self->held_out) {
    memset(taught, true, self->exam->corpus->n_classes);
    return TMB_OK;
  }

  bool* const held = (bool*)calloc(self->exam->dataset->n_notes, sizeof(bool));
  if (held) {
    (void)tmb_exam_hold(self->exam, self->held_out, held, taught);
  }
  free(held);
  return held ? TMB_OK : TMB_NO_MEMORY;
}

static TmbStatus
run_all(Job* const self, const uint32_t n_cells)
{
  const uint32_t n_items = n_cells * self->n_each;
  self->results = (TmbPhraseCell*)calloc(n_items + 1U, sizeof(TmbPhraseCell));
  self->status  = (TmbStatus*)calloc(n_items + 1U, sizeof(TmbStatus));
  TmbStatus status = TMB_NO_MEMORY;
  if (self->results && self->status) {
    status = TMB_OK;
    tmb_parallel(n_items, self->exam->n_threads, run_item, self);
    for (uint32_t i = 0U; !status && i < n_items; ++i) {
      status = self->status[i];
      add(&self->cells[i / self->n_each], &self->results[i]);
    }
  }
  free(self->status);
  free(self->results);
  return status;
}

TmbStatus
tmb_phrase_exam_run(const TmbExam* const    exam,
                    const TmbModel* const   model,
                    const TmbHeldOut* const held_out,
                    const uint32_t          n_each,
                    TmbPhraseExam* const    phrases)
{
  const TmbCorpus* const corpus = exam->corpus;
  const size_t n_most = ((size_t)corpus->n_classes * corpus->n_sources) + 1U;
  *phrases            = (TmbPhraseExam){
               .n_each = n_each,
               .cells  = (TmbPhraseCell*)calloc(n_most, sizeof(TmbPhraseCell)),
  };
  bool* const taught = (bool*)calloc(corpus->n_classes, sizeof(bool));
  Job         job    = { .exam     = exam,
                         .model    = model,
                         .held_out = held_out,
                         .n_each   = n_each,
                         .cells    = phrases->cells };
  TmbStatus   status =
    (phrases->cells && taught) ? find_taught(&job, taught) : TMB_NO_MEMORY;
  if (!status) {
    phrases->n_cells = list_cells(&job, taught);
    status           = run_all(&job, phrases->n_cells);
  }
  free(taught);
  return status;
}

TmbPhraseScores
tmb_phrase_exam_scores(const TmbPhraseExam* const phrases)
{
  TmbPhraseScores scores = { .n_cells = 0U };
  TmbPhraseCell   all    = { .n_phrases = 0U };
  double          square = 0.0;
  for (uint32_t i = 0U; i < phrases->n_cells; ++i) {
    const TmbPhraseCell* const cell = &phrases->cells[i];
    const double label              = tmb_share(cell->n_right, cell->n_phrases);
    add(&all, cell);
    scores.n_cells += cell->n_phrases > 0U;
    scores.label += label;
    square += label * label;
    scores.unknown += tmb_share(cell->n_unknown, cell->n_phrases);
    scores.time += tmb_share(cell->time, cell->n_phrases);
  }
  const uint32_t n = scores.n_cells;
  scores.label     = tmb_share(scores.label, n);
  scores.label_deviation =
    sqrt(fmax(tmb_share(square, n) - (scores.label * scores.label), 0.0));
  scores.unknown     = tmb_share(scores.unknown, n);
  scores.time        = tmb_share(scores.time, n);
  scores.named       = tmb_share(all.n_named, all.n_notes);
  scores.named_right = tmb_share(all.n_named_right, all.n_named);
  scores.found       = tmb_share(all.n_found, all.n_played);
  scores.false_told =
    tmb_share((double)all.n_told - (double)all.n_found, all.n_told);
  return scores;
}

void
tmb_phrase_exam_clear(TmbPhraseExam* const phrases)
{
  free(phrases->cells);
  *phrases = (TmbPhraseExam){ .n_each = 0U };
}
