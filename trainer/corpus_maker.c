// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/corpus_maker.h"

#include "trainer/audio_writer.h"
#include "trainer/corpus.h"

#include <csv.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SILENT_PEAK 1e-4f ///< -80 dBFS
#define FILE_NAME_SIZE 128U

static TmbStatus
fail(const TmbCorpusMaker* const self, const int error, TmbMessage* const why)
{
  return tmb_fail(TMB_WRITE_FAILED,
                  why,
                  "%s can't be written: %s",
                  self->folder.path,
                  strerror(error));
}

TmbStatus
tmb_corpus_maker_open(const char* const     folder,
                      TmbCorpusMaker* const maker,
                      TmbMessage* const     why)
{
  *maker           = (TmbCorpusMaker){ .n_sounds = 0U };
  TmbStatus status = tmb_new_folder_open(folder, &maker->folder, why);
  if (status) {
    return status;
  }

  char* const path = tmb_corpus_path(maker->folder.temp, TMB_MANIFEST_FILE);
  maker->manifest  = path ? fopen(path, "wbe") : NULL;
  status           = maker->manifest ? TMB_OK : fail(maker, errno, why);
  free(path);
  if (!status) {
    (void)fputs("path,class,detail,source,licence,onset\r\n", maker->manifest);
  }
  return status;
}

bool
tmb_is_silence(const float* const mono, const uint32_t n)
{
  float peak = 0.0f;
  for (uint32_t i = 0U; i < n; ++i) {
    peak = fmaxf(peak, fabsf(mono[i]));
  }
  return peak < SILENT_PEAK;
}

static void
write_row(FILE* const           out,
          const TmbSound* const sound,
          const char* const     file_name)
{
  const char* const fields[] = {
    file_name, sound->class_name, sound->detail, sound->source, sound->licence
  };
  for (size_t i = 0U; i < sizeof(fields) / sizeof(*fields); ++i) {
    (void)csv_fwrite(out, fields[i], strlen(fields[i]));
    (void)fputc(',', out);
  }
  if (sound->onset_s >= 0.0) {
    (void)fprintf(out, "%.6f", sound->onset_s);
  }
  (void)fputs("\r\n", out);
}

TmbStatus
tmb_corpus_maker_add(TmbCorpusMaker* const maker,
                     const TmbSound* const sound,
                     TmbMessage* const     why)
{
  char file_name[FILE_NAME_SIZE];
  (void)snprintf(file_name, sizeof(file_name), "%s.flac", sound->name);
  char* const path = tmb_corpus_path(maker->folder.temp, file_name);
  if (!path) {
    return tmb_fail(TMB_NO_MEMORY, why, "%s", tmb_strstatus(TMB_NO_MEMORY));
  }

  const TmbStatus status =
    tmb_audio_write(path, sound->mono, sound->n_samples, sound->rate_hz, why);
  free(path);
  write_row(maker->manifest, sound, file_name);
  ++maker->n_sounds;
  return status;
}

TmbStatus
tmb_corpus_maker_close(TmbCorpusMaker* const maker, TmbMessage* const why)
{
  FILE* const manifest = maker->manifest;
  const bool  is_bad   = ferror(manifest) || fflush(manifest);
  const int   error    = errno;
  maker->manifest      = NULL;
  if (is_bad) {
    (void)fclose(manifest);
    return fail(maker, error, why);
  }
  return fclose(manifest) ? fail(maker, errno, why)
                          : tmb_new_folder_rename(&maker->folder, why);
}

void
tmb_corpus_maker_discard(TmbCorpusMaker* const maker)
{
  if (maker->manifest) {
    (void)fclose(maker->manifest);
    maker->manifest = NULL;
  }
  tmb_new_folder_discard(&maker->folder);
}
