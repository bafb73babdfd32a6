// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/recording_rows.h"

#include "trainer/audio_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Of a channel's number behind a path, with its sign and the terminator.
#define CHANNEL_BYTES 12U

/// Write the row that says what is wrong with `path`, which is called `name`.
static TmbStatus
tell_failure(const TmbStatus   status,
             const char* const path,
             const char* const name,
             TmbRows* const    rows,
             TmbMessage* const why)
{
  const char* const reason = tmb_rows_reason(why->text, path);
  TmbMessage        why_not;
  if (status != TMB_WRITE_FAILED &&
      tmb_rows_error(rows, name, reason, &why_not)) {
    *why = why_not;
    return TMB_WRITE_FAILED;
  }
  return status;
}

static TmbStatus
label_channel(TmbLabeller* const labeller,
              const char* const  path,
              const char* const  name,
              const uint32_t     channel,
              TmbRows* const     rows,
              TmbMessage* const  why)
{
  const TmbStatus status =
    tmb_label_file(labeller, path, name, channel, rows, why);
  return status ? tell_failure(status, path, name, rows, why) : TMB_OK;
}

static TmbStatus
count_channels(const char* const path,
               uint32_t* const   n_channels,
               TmbMessage* const why)
{
  TmbAudioFile*   file   = NULL;
  const TmbStatus status = tmb_audio_open(path, &file, why);
  *n_channels            = status ? 0U : tmb_audio_info(file)->n_channels;
  tmb_audio_close(file);
  return status;
}

TmbStatus
tmb_recording_rows(TmbLabeller* const labeller,
                   const char* const  path,
                   const uint32_t     channel,
                   TmbRows* const     rows,
                   TmbMessage* const  why)
{
  if (channel != TMB_CHANNELS_EACH) {
    return label_channel(labeller, path, path, channel, rows, why);
  }

  uint32_t     n_channels = 0U;
  TmbStatus    status     = count_channels(path, &n_channels, why);
  const size_t size       = strlen(path) + CHANNEL_BYTES;
  char* const  name       = (char*)malloc(size);
  if (!status && !name) {
    status = tmb_fail(TMB_NO_MEMORY, why, "%s: out of memory", path);
  }
  if (status) {
    free(name);
    return tell_failure(status, path, path, rows, why);
  }

  // What is wrong with one is wrong with the others
  for (uint32_t c = 1U; !status && c <= n_channels; ++c) {
    (void)snprintf(name, size, "%s#%" PRIu32, path, c);
    status = label_channel(labeller, path, name, c, rows, why);
  }
  free(name);
  return status;
}
