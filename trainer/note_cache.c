// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/note_cache.h"

#include "dsp/extractor.h"
#include "dsp/recogniser.h"
#include "trainer/new_file.h"
#include "trainer/options.h"
#include "trainer/pack_metadata.h"
#include "trainer/regular_file.h"

#include <jansson.h>
#include <nettle/sha2.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
  The file: a head, a record for each recording with its notes and levels behind
  it, and the SHA-256 of all that.  Numbers are the machine's.
*/

#define MAGIC "TMBNOTES"
#define BYTE_ORDER_MARK 0x01020304U
#define FORMAT 1U

typedef struct {
  char     magic[8];
  uint32_t byte_order;
  uint32_t format;
  uint8_t  settings[TMB_DIGEST_BYTES]; ///< Of all that the notes depend on
} Head;

typedef struct {
  uint8_t  digest[TMB_DIGEST_BYTES]; ///< First: records are sorted by it
  uint64_t n_levels;
  uint32_t n_notes;
  uint32_t unused;
} Record;

typedef struct {
  double   onset_s;
  uint32_t n_frames;
  uint32_t unused;
} RecordNote;

struct TmbNoteCacheImpl {
  char*           path;
  Head            head;
  uint32_t        n_bands;
  uint32_t        n_most; ///< Frames of a note
  uint8_t*        bytes;  ///< [n_bytes] The file
  size_t          n_bytes;
  size_t          end;     ///< Of the records that hold, in bytes
  const uint8_t** records; ///< [n_records] In bytes, by their digests
  uint32_t        n_records;
  bool            is_other; ///< The file is no cache
};

/// A digest of all that decides what is heard in a recording.
static TmbStatus
digest_settings(const TmbFrontEnd* const front_end,
                uint8_t                  digest[TMB_DIGEST_BYTES])
{
  json_error_t  error;
  json_t* const packed = tmb_pack_front_end(front_end, &error);
  json_t* const all    = json_pack("[o, i, f, f]",
                                packed,
                                TMB_EXTRACTOR_VERSION,
                                (double)tmb_default_settings.sensitivity,
                                (double)tmb_default_settings.gate_db);
  char* const   text   = all ? json_dumps(all, JSON_COMPACT) : NULL;
  if (text) {
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, strlen(text), (const uint8_t*)text);
    sha256_digest(&sha, TMB_DIGEST_BYTES, digest);
  }
  const TmbStatus status = text ? TMB_OK : TMB_NO_MEMORY;
  free(text);
  json_decref(all);
  return status;
}

/// Read the file, as far as it can be; none is nothing.
static TmbStatus
read_file(TmbNoteCache* const self)
{
  int        fd     = -1;
  uint64_t   n_file = 0U;
  TmbMessage why;
  if (tmb_open_regular(self->path, &fd, &n_file, &why)) {
    return TMB_OK;
  }
  self->bytes =
    (n_file < SIZE_MAX) ? (uint8_t*)malloc((size_t)n_file + 1U) : NULL;
  if (self->bytes) {
    ssize_t n = 0;
    do {
      self->n_bytes += (size_t)n;
      n = read(fd, self->bytes + self->n_bytes, (size_t)n_file - self->n_bytes);
    } while (n > 0);
  }
  (void)close(fd);
  return self->bytes ? TMB_OK : TMB_NO_MEMORY;
}

/// What is wrong with the file, or null; none is right.
static const char*
find_fault(TmbNoteCache* const self)
{
  const size_t n_magic =
    (self->n_bytes < sizeof(MAGIC) - 1U) ? self->n_bytes : sizeof(MAGIC) - 1U;
  self->is_other = n_magic && memcmp(self->bytes, MAGIC, n_magic) != 0;
  if (self->is_other) {
    return "it is no cache of notes, and is left as it is";
  }
  if (!self->n_bytes) {
    return NULL;
  }
  if (self->n_bytes < sizeof(Head) + TMB_DIGEST_BYTES) {
    return "the cache is cut short, and is made anew";
  }
  if (memcmp(self->bytes, &self->head, sizeof(Head)) != 0) {
    return "the cache is of other settings, and is made anew";
  }

  uint8_t           digest[TMB_DIGEST_BYTES];
  struct sha256_ctx sha;
  const size_t      end = self->n_bytes - TMB_DIGEST_BYTES;
  sha256_init(&sha);
  sha256_update(&sha, end, self->bytes);
  sha256_digest(&sha, sizeof(digest), digest);
  return memcmp(digest, self->bytes + end, sizeof(digest)) != 0
           ? "the cache is damaged, and is made anew"
           : NULL;
}

/**
   Take a record, its notes and levels apart.

   @param left Bytes from there on.
   @return Its size in bytes; 0 if it is not whole.
*/
static size_t
measure_record(const TmbNoteCache* const self,
               const uint8_t* const      bytes,
               const size_t              left,
               Record* const             record)
{
  if (left < sizeof(Record)) {
    return 0U;
  }
  memcpy(record, bytes, sizeof(*record));

  const size_t room = left - sizeof(Record);
  if (record->n_notes > room / sizeof(RecordNote) ||
      record->n_levels >
        (room - (record->n_notes * sizeof(RecordNote))) / sizeof(int16_t)) {
    return 0U;
  }
  uint64_t n_levels = 0U;
  for (uint32_t i = 0U; i < record->n_notes; ++i) {
    RecordNote note;
    memcpy(
      &note, bytes + sizeof(Record) + (i * sizeof(RecordNote)), sizeof(note));
    if (note.n_frames < 1U || note.n_frames > self->n_most ||
        !(note.onset_s >= 0.0 && isfinite(note.onset_s))) {
      return 0U;
    }
    n_levels += (uint64_t)note.n_frames * self->n_bands;
  }
  return (n_levels == record->n_levels)
           ? sizeof(Record) + (record->n_notes * sizeof(RecordNote)) +
               ((size_t)n_levels * sizeof(int16_t))
           : 0U;
}

static int
compare_records(const void* const a, const void* const b)
{
  return memcmp(
    *(const uint8_t* const*)a, *(const uint8_t* const*)b, TMB_DIGEST_BYTES);
}

/// List the records of a file that is right.
static TmbStatus
list_records(TmbNoteCache* const self)
{
  const size_t end  = self->n_bytes - TMB_DIGEST_BYTES;
  size_t       size = 0U;
  Record       record;
  for (self->end = sizeof(Head); self->end < end; self->end += size) {
    size =
      measure_record(self, self->bytes + self->end, end - self->end, &record);
    if (!size) {
      break; // Made by somebody who knows the digest: it ends here
    }
    const uint32_t n = self->n_records;
    if (!(n & (n - 1U))) { // Full at each power of two
      const size_t          room  = n ? 2U * (size_t)n : 1U;
      const uint8_t** const grown = (const uint8_t**)realloc(
        (void*)self->records, room * sizeof(*self->records));
      if (!grown) {
        return TMB_NO_MEMORY;
      }
      self->records = grown;
    }
    self->records[self->n_records++] = self->bytes + self->end;
  }
  if (self->n_records) {
    qsort((void*)self->records,
          self->n_records,
          sizeof(*self->records),
          compare_records);
  }
  return TMB_OK;
}

static TmbStatus
load(TmbNoteCache* const self, const TmbFrontEnd* const front_end)
{
  self->n_bands = front_end->n_bands;
  self->n_most  = tmb_front_end_note_frames(front_end);
  self->head    = (Head){ .byte_order = BYTE_ORDER_MARK, .format = FORMAT };
  memcpy(self->head.magic, MAGIC, sizeof(self->head.magic));

  TmbStatus status = digest_settings(front_end, self->head.settings);
  if (!status) {
    status = read_file(self);
  }
  if (status) {
    return status;
  }

  const char* const fault = find_fault(self);
  if (fault) {
    tmb_complain("%s: %s", self->path, fault);
    return TMB_OK;
  }
  return self->n_bytes ? list_records(self) : TMB_OK;
}

TmbStatus
tmb_note_cache_open(const char* const        path,
                    const TmbFrontEnd* const front_end,
                    TmbNoteCache** const     cache)
{
  *cache                   = NULL;
  TmbNoteCache* const self = (TmbNoteCache*)calloc(1U, sizeof(TmbNoteCache));
  if (!self) {
    return TMB_NO_MEMORY;
  }

  self->path             = strdup(path);
  const TmbStatus status = self->path ? load(self, front_end) : TMB_NO_MEMORY;
  if (status) {
    tmb_note_cache_free(self);
    return status;
  }
  *cache = self;
  return TMB_OK;
}

void
tmb_note_cache_free(TmbNoteCache* const cache)
{
  if (cache) {
    free((void*)cache->records);
    free(cache->bytes);
    free(cache->path);
    free(cache);
  }
}

bool
tmb_note_cache_find(const TmbNoteCache* const cache, TmbHeard* const heard)
{
  // Neither this nor qsort() takes a null, even of nothing
  const uint8_t* const        digest = heard->digest;
  const uint8_t* const* const found =
    cache->n_records ? (const uint8_t* const*)bsearch(&digest,
                                                      cache->records,
                                                      cache->n_records,
                                                      sizeof(*cache->records),
                                                      compare_records)
                     : NULL;
  if (!found) {
    return false;
  }

  Record record;
  memcpy(&record, *found, sizeof(record));
  const uint8_t* const notes = *found + sizeof(Record);
  heard->n_notes             = record.n_notes;
  heard->n_levels            = (size_t)record.n_levels;
  heard->notes =
    (TmbHeardNote*)calloc(record.n_notes + 1U, sizeof(TmbHeardNote));
  heard->levels = (int16_t*)calloc(heard->n_levels + 1U, sizeof(int16_t));
  if (!heard->notes || !heard->levels) {
    heard->status = TMB_NO_MEMORY;
    return true;
  }
  for (uint32_t i = 0U; i < record.n_notes; ++i) {
    RecordNote note;
    memcpy(&note, notes + (i * sizeof(RecordNote)), sizeof(note));
    heard->notes[i] = (TmbHeardNote){ note.onset_s, note.n_frames };
  }
  memcpy(heard->levels,
         notes + (record.n_notes * sizeof(RecordNote)),
         heard->n_levels * sizeof(int16_t));
  return true;
}

/// A file that is written, and the digest of what was.
typedef struct {
  FILE*             out;
  struct sha256_ctx sha;
} Writer;

static void
put(Writer* const self, const void* const bytes, const size_t n)
{
  (void)fwrite(bytes, 1U, n, self->out);
  sha256_update(&self->sha, n, (const uint8_t*)bytes);
}

static void
put_heard(Writer* const self, const TmbHeard* const heard)
{
  Record record = { .n_levels = heard->n_levels, .n_notes = heard->n_notes };
  memcpy(record.digest, heard->digest, sizeof(record.digest));
  put(self, &record, sizeof(record));
  for (uint32_t i = 0U; i < heard->n_notes; ++i) {
    const RecordNote note = { heard->notes[i].onset_s,
                              heard->notes[i].n_frames,
                              0U };
    put(self, &note, sizeof(note));
  }
  if (heard->n_levels) {
    put(self, heard->levels, heard->n_levels * sizeof(int16_t));
  }
}

static bool
is_wanted(const TmbHeard* const heard)
{
  return heard->is_new && !heard->status;
}

static void
put_all(const TmbNoteCache* const self,
        const TmbHeard* const     heard,
        const uint32_t            n,
        FILE* const               out)
{
  Writer writer = { .out = out };
  sha256_init(&writer.sha);
  put(&writer, &self->head, sizeof(self->head));
  if (self->n_records) {
    put(&writer, self->bytes + sizeof(Head), self->end - sizeof(Head));
  }
  for (uint32_t i = 0U; i < n; ++i) {
    if (is_wanted(&heard[i])) {
      put_heard(&writer, &heard[i]);
    }
  }
  uint8_t digest[TMB_DIGEST_BYTES];
  sha256_digest(&writer.sha, sizeof(digest), digest);
  (void)fwrite(digest, 1U, sizeof(digest), out);
}

TmbStatus
tmb_note_cache_write(const TmbNoteCache* const cache,
                     const TmbHeard* const     heard,
                     const uint32_t            n,
                     TmbMessage* const         why)
{
  bool has_new = false;
  for (uint32_t i = 0U; i < n; ++i) {
    has_new = has_new || is_wanted(&heard[i]);
  }
  if (!has_new || cache->is_other) {
    return TMB_OK;
  }

  TmbNewFile file;
  TmbStatus  status = tmb_new_file_open(cache->path, &file, why);
  if (!status) {
    put_all(cache, heard, n, file.out);
    status = tmb_new_file_close(&file, why);
  }
  status = status ? status : tmb_new_file_rename(&file, why);
  tmb_new_file_discard(&file);
  return status;
}
