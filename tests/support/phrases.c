// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tests/support/phrases.h"

#include "tests/support/phrase_list.h"
#include "trainer/phrase.h"
#include "trainer/random.h"

#include <sndfile.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_PATH 1024U

typedef struct {
  char text[MAX_PATH];
} Path;

/// As recordings of players are: quiet rooms, loud and soft figures.
static const TmbPhraseStyle style = {
  .n_notes    = UINT32_MAX,
  .step_s     = { 0.18, 1.2 },
  .dynamic_db = { -18.0, 0.0 },
  .level_db   = { -6.0, 0.0 },
  .rt60_s     = { 0.2, 0.6 },
  .wet_db     = { -24.0, -12.0 },
  .noise_db   = { -60.0, -50.0 },
};

/// Write 16-bit FLAC.
static TmbStatus
write_audio(const TmbPhrase* const self,
            const char* const      path,
            TmbMessage* const      why)
{
  SF_INFO info = {
    .samplerate = (int)PHRASE_RATE,
    .channels   = 1,
    .format     = SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
  };
  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  const bool     is_written =
    file && sf_writef_float(file, self->y, self->n) == (sf_count_t)self->n;
  const bool is_closed = !sf_close(file);
  return is_written && is_closed
           ? TMB_OK
           : tmb_fail(TMB_WRITE_FAILED, why, "%s: can't be written", path);
}

/// Make the folders that a file is to be in.
static bool
make_folders(char* const path)
{
  for (char* slash = strchr(path + 1, '/'); slash;
       slash       = strchr(slash + 1, '/')) {
    *slash           = '\0';
    const bool is_ok = !mkdir(path, 0777) || errno == EEXIST;
    *slash           = '/';
    if (!is_ok) {
      return false;
    }
  }
  return true;
}

/// Write where the notes are.
static TmbStatus
write_truth(const TmbPhrase* const self,
            const char* const      corpus,
            const char* const      path,
            TmbMessage* const      why)
{
  FILE* const  file = fopen(path, "w");
  const size_t skip = strlen(corpus) + 1U; // Of recordings' paths
  for (uint32_t i = 0U; file && i < self->n_notes; ++i) {
    const TmbPlayedNote* const note = &self->notes[i];
    (void)fprintf(file,
                  "%.6f\t%.6f\t%.1f\t%s\n",
                  note->onset_s,
                  note->end_s,
                  note->level_db,
                  note->path + skip);
  }
  return (!file || fclose(file))
           ? tmb_fail(TMB_WRITE_FAILED, why, "%s: %s", path, strerror(errno))
           : TMB_OK;
}

/// Play a phrase from the recordings of a source, and write it.
static TmbStatus
render_voice(const PhrasePlan* const     plan,
             const TmbPhraseVoice* const voice,
             const char* const           name,
             TmbMessage* const           why)
{
  TmbPhraseStyle mine = style;
  TmbPhrase      phrase;
  TmbRandom      random;
  char           path[MAX_PATH];
  mine.seconds = plan->seconds;
  tmb_random_init(&random, plan->seed, tmb_hash(0U, name, strlen(name)));
  TmbStatus status = tmb_phrase_play(&mine, voice, &random, &phrase, why);
  if (!status) {
    (void)snprintf(path, sizeof(path), "%s/%s.onsets", plan->folder, name);
    status =
      make_folders(path)
        ? write_truth(&phrase, plan->corpus, path, why)
        : tmb_fail(TMB_WRITE_FAILED, why, "%s: %s", path, strerror(errno));
  }
  if (!status) {
    (void)snprintf(path, sizeof(path), "%s/%s.flac", plan->folder, name);
    status = write_audio(&phrase, path, why);
  }
  tmb_phrase_clear(&phrase);
  return status;
}

/// Render a phrase from the recordings of a source.
static TmbStatus
render(const PhrasePlan* const  plan,
       const PhraseEntry* const entries,
       const uint32_t           n,
       const uint32_t           number,
       TmbMessage* const        why)
{
  char name[MAX_PATH / 2U];
  (void)snprintf(name,
                 sizeof(name),
                 "%s/%s/%s_%u",
                 entries->is_even ? "even" : "odd",
                 entries->class_name,
                 entries->source,
                 number);

  Path* const        full   = (Path*)calloc(n, sizeof(Path));
  const char** const paths  = (const char**)calloc(n, sizeof(char*));
  TmbStatus          status = TMB_NO_MEMORY;
  if (full && paths) {
    for (uint32_t i = 0U; i < n; ++i) {
      (void)snprintf(
        full[i].text, MAX_PATH, "%s/%s", plan->corpus, entries[i].path);
      paths[i] = full[i].text;
    }
    const TmbPhraseVoice voice = {
      paths, n, entries->class_name, (double)PHRASE_RATE
    };
    status = render_voice(plan, &voice, name, why);
  } else {
    (void)tmb_fail(status, why, "%s: out of memory", plan->corpus);
  }
  free(paths);
  free(full);
  return status;
}

/// Render the phrases of one half of a class, its sources by turns.
static TmbStatus
render_half(const PhrasePlan* const  plan,
            const PhraseEntry* const entries,
            const uint32_t           n,
            TmbMessage* const        why)
{
  TmbStatus status = TMB_OK;
  uint32_t  first  = 0U;
  for (uint32_t i = 0U; !status && i < plan->n_phrases; ++i) {
    const uint32_t n_source = phrase_list_source(entries + first, n - first);
    status = render(plan, entries + first, n_source, i + 1U, why);
    first  = first + n_source < n ? first + n_source : 0U;
  }
  return status;
}

TmbStatus
phrases_render(const PhrasePlan* const plan, TmbMessage* const why)
{
  PhraseList list;
  TmbStatus  status = phrase_list_read(plan->corpus, &list, why);
  for (uint32_t i = 0U; !status && i < list.n;) {
    const uint32_t n = phrase_list_half(list.entries + i, list.n - i);
    status           = render_half(plan, list.entries + i, n, why);
    i += n;
  }
  phrase_list_free(&list);
  return status;
}
