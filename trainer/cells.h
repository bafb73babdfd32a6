// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#ifndef TMB_CELLS_H
#define TMB_CELLS_H

#include "dsp/status.h"
#include "trainer/dataset.h"
#include "trainer/random.h"

#include <stdbool.h>
#include <stdint.h>

/// The notes of one class from one source.
typedef struct {
  uint32_t class_at; ///< Into the classes of TmbCells
  uint32_t first;    ///< Into its order
  uint32_t n;        ///< Notes
  double   weight;   ///< Of this and the cells of the class before it
} TmbCell;

/// The cells of one class.
typedef struct {
  uint32_t first; ///< Into cells
  uint32_t n;
  double   weight; ///< Of this and the classes before it
} TmbCellClass;

/// Notes that may be drawn, by class and source; plain, only read once it is
/// made.
typedef struct {
  uint32_t*     order; ///< [n_notes] Indices into the dataset
  uint32_t      n_notes;
  TmbCell*      cells;
  uint32_t      n_cells;
  TmbCellClass* classes; ///< Those that have notes
  uint32_t      n_classes;
} TmbCells;

/// A note, and the cell that it is of.
typedef struct {
  uint32_t note;
  uint32_t cell;
} TmbDrawn;

/**
   Put notes in cells.

   @param may_be_drawn [n_notes] Not 0 if it may.
   @param weights [classes of the corpus] How likely each class is; notes of one
   with 0 are left out.
   @param exponent In a class, a source of n notes weighs n to this power.
   @param[out] cells Released with tmb_cells_clear(), also after an error.
   @return #TMB_OK, #TMB_NO_MEMORY, or #TMB_BAD_ARG if there is nothing to draw.
*/
TMB_NODISCARD TmbStatus
tmb_cells_init(TmbCells*         cells,
               const TmbDataset* dataset,
               const uint8_t*    may_be_drawn,
               const double*     weights,
               double            exponent);

void
tmb_cells_clear(TmbCells* cells);

/// Draw a class, a source and a note.
TmbDrawn
tmb_cells_draw(const TmbCells* cells, TmbRandom* random);

/// Draw another note of a note's cell, or the same if it has no other.
uint32_t
tmb_cells_draw_other(const TmbCells* cells, TmbRandom* random, TmbDrawn drawn);

/**
   Draw two sources of one class: half of the time `cell` and another of its
   class, otherwise, or if there is none, any two of any class that has two.

   @param[out] pair Two cells.
   @return Whether some class has two.
*/
bool
tmb_cells_draw_pair(const TmbCells* cells,
                    TmbRandom*      random,
                    uint32_t        cell,
                    uint32_t        pair[2]);

#endif // TMB_CELLS_H
