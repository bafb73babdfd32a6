// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_SUMMARY_H
#define TMB_SUMMARY_H

#include "dsp/model.h"
#include "dsp/status.h"
#include "trainer/result_row.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TMB_N_BINS 10U      ///< Of confidence
#define TMB_MAX_KINDS 4096U ///< Pairs of instrument and family

/// An instrument and its family, as rows name them.
typedef struct {
  char label[TMB_MAX_NAME];
  char family[TMB_MAX_NAME + 1U]; ///< Empty if there is none
} TmbKind;

/// Notes of a kind in one recording.
typedef struct {
  uint16_t kind;
  uint16_t bin; ///< #TMB_N_BINS for no confidence
  uint32_t n;
} TmbCell;

/// A recording, or a file that has no label.
typedef struct {
  char*    path;
  char*    reason;     ///< Why it has no label; null if it has one
  uint16_t kind;       ///< Of the whole, if it has a label
  double   confidence; ///< Or NaN
  double   seconds;    ///< Or NaN
  uint64_t n_notes;
  size_t   order;   ///< Its place among the rows that were read
  TmbCell* cells;   ///< [n_cells] What notes it has
  uint32_t n_cells; ///< At most #TMB_MAX_KINDS x (#TMB_N_BINS + 1)
} TmbHeardFile;

/// What is counted of an instrument or a family.
typedef struct {
  const char* name;
  const char* family; ///< Of an instrument; empty if there is none
  uint64_t    n_notes;
  uint64_t    n_recordings;
  double      seconds; ///< Of these recordings
} TmbShare;

/// What is counted of a range of confidence.
typedef struct {
  uint64_t n_notes;
  uint64_t n_unknown; ///< Of these notes
  uint64_t n_recordings;
} TmbBin;

/// Files without a label for one reason.
typedef struct {
  const char* reason;
  uint64_t    n_files;
} TmbReason;

/// Sums over all files, the most frequent first.
typedef struct {
  uint64_t   n_recordings;
  uint64_t   n_unknown_recordings;
  uint64_t   n_failed;
  uint64_t   n_duplicates; ///< Rows that a later one of the same file replaced
  uint64_t   n_notes;
  uint64_t   n_unknown_notes;
  double     seconds;
  TmbShare*  instruments; ///< [n_instruments]
  uint32_t   n_instruments;
  TmbShare*  families; ///< [n_families]
  uint32_t   n_families;
  TmbBin     bins[TMB_N_BINS];
  TmbReason* reasons; ///< [n_reasons]
  size_t     n_reasons;
} TmbSums;

/**
   What results of `timbrel label` tell, of any number of files.

   Memory grows with the number of files, not with that of their notes.
*/
typedef struct TmbSummaryImpl TmbSummary;

/// Null if memory is out.
TmbSummary*
tmb_summary_new(void);

void
tmb_summary_free(TmbSummary* self);

/**
   Count a row.  Notes count once the row of their recording follows; those of
   a file that then has no label do not count.

   @param[out] reason What is wrong, without where.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_FILE if the row was left out.
*/
TMB_NODISCARD TmbStatus
tmb_summary_add(TmbSummary* self, const TmbResultRow* row, TmbMessage* reason);

/// The file whose notes were last added and whose row is yet to come, or null.
const char*
tmb_summary_open_file(const TmbSummary* self);

/// Leave out the notes of the open file.
void
tmb_summary_drop_open(TmbSummary* self);

/**
   Add everything up: of rows of one file, only the last counts.

   @return #TMB_OK or #TMB_NO_MEMORY.
*/
TMB_NODISCARD TmbStatus
tmb_summary_finish(TmbSummary* self);

/// After tmb_summary_finish().
const TmbSums*
tmb_summary_sums(const TmbSummary* self);

/// After tmb_summary_finish(): all files that count, by path.
const TmbHeardFile*
tmb_summary_files(const TmbSummary* self, size_t* n);

const TmbKind*
tmb_summary_kinds(const TmbSummary* self, uint32_t* n);

/// A part of a whole, or NaN if there is no whole.
double
tmb_summary_share(uint64_t part, uint64_t whole);

#endif // TMB_SUMMARY_H
