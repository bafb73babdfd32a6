// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/spectrogram_notes.h"

#include "trainer/gnuplot.h"
#include "trainer/row_format.h"
#include "trainer/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// In pixels
#define ROW 16U
#define FOOT 6U         ///< Below the last row
#define CHARACTER 7.2   ///< Mean width, rather more than less
#define GAP 8.0         ///< From a name to the next
#define LINE_SPACE 10.0 ///< From a line to the next, on the average

#define N_ROWS 3U
#define N_NAMED 5U ///< Instruments that the summary names

/// Where names end, row by row from the top.
typedef struct {
  double ends[N_ROWS];
} Shelf;

/// Notes of an instrument.
typedef struct {
  const char* label;
  size_t      n;
} Tally;

static const char*
label_of(const TmbPlotNote* const note)
{
  return note->label ? note->label : TMB_UNKNOWN_LABEL;
}

/// Whether the lines can be told apart.
static bool
has_lines(const TmbPlotNotes* const self)
{
  return LINE_SPACE * (double)self->n_notes <=
         (double)(self->right - self->left);
}

/**
   Find the highest row with room for a name.

   A line goes from it down to the onset.  For the line not to cross a name,
   all rows below must be free there too.

   @return N_ROWS if there is no room.
*/
static unsigned
place_name(const TmbPlotNotes* const self,
           const TmbPlotNote* const  note,
           Shelf* const              shelf)
{
  const double n_pixels = (double)(self->right - self->left);
  const double x =
    (double)self->left + (n_pixels * (note->onset_s - self->start_s) /
                          (self->end_s - self->start_s));
  const double end =
    x + GAP + (CHARACTER * (double)tmb_text_length(label_of(note)));
  unsigned row = N_ROWS;
  while (row && shelf->ends[row - 1U] <= x) {
    --row;
  }
  if (end > (double)self->width) {
    return N_ROWS;
  }
  if (row < N_ROWS) {
    shelf->ends[row] = end;
  }
  return row;
}

uint32_t
tmb_plot_notes_height(const TmbPlotNotes* const notes)
{
  if (!notes->n_notes) {
    return 0U;
  }

  Shelf    shelf  = { { 0.0 } };
  unsigned n_rows = 1U;
  for (size_t i = 0U; has_lines(notes) && i < notes->n_notes; ++i) {
    const unsigned row = place_name(notes, &notes->notes[i], &shelf);
    if (row < N_ROWS && row >= n_rows) {
      n_rows = row + 1U;
    }
  }
  return (n_rows * ROW) + FOOT;
}

/// Middle of a row of names, from the lower edge as gnuplot has it.
static double
row_y(const TmbPlotNotes* const self, const unsigned row)
{
  const double pixels = (double)self->top + (((double)row + 0.5) * ROW);
  return 1.0 - (pixels / (double)self->height);
}

/// A line at each onset, up to the name of the instrument if there is room.
static void
write_lines(const TmbPlotNotes* const self, FILE* const out)
{
  Shelf shelf = { { 0.0 } };
  for (size_t i = 0U; i < self->n_notes; ++i) {
    const TmbPlotNote* const note = &self->notes[i];
    const unsigned           row  = place_name(self, note, &shelf);
    (void)fprintf(out,
                  "set arrow from first %.6f, graph 0 to first %.6f, graph 1 "
                  "nohead front linecolor rgb '#80ffffff'\n",
                  note->onset_s,
                  note->onset_s);
    if (row < N_ROWS) {
      (void)fprintf(out,
                    "set arrow from first %.6f, graph 1 to first %.6f, "
                    "screen %.6f nohead front linecolor rgb '#888888'\n"
                    "set label ",
                    note->onset_s,
                    note->onset_s,
                    row_y(self, row) + (0.3 * ROW / (double)self->height));
      tmb_gnuplot_text(out, label_of(note));
      (void)fprintf(out,
                    " at first %.6f, screen %.6f left offset character 0.4, 0 "
                    "front font ',9' textcolor rgb '%s'\n",
                    note->onset_s,
                    row_y(self, row),
                    note->label ? "#222222" : "#999999");
    }
  }
}

static int
compare_labels(const void* const a, const void* const b)
{
  return strcmp(((const Tally*)a)->label, ((const Tally*)b)->label);
}

/// The most notes first.
static int
compare_counts(const void* const a, const void* const b)
{
  const Tally* const x = (const Tally*)a;
  const Tally* const y = (const Tally*)b;
  return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : compare_labels(a, b);
}

/// Count the notes of each instrument: as many tallies as there are.
static size_t
count_labels(const TmbPlotNotes* const self, Tally* const tallies)
{
  for (size_t i = 0U; i < self->n_notes; ++i) {
    tallies[i] = (Tally){ label_of(&self->notes[i]), 1U };
  }
  qsort(tallies, self->n_notes, sizeof(Tally), compare_labels);

  size_t n = 0U;
  for (size_t i = 0U; i < self->n_notes; ++i) {
    if (n && !compare_labels(&tallies[n - 1U], &tallies[i])) {
      ++tallies[n - 1U].n;
    } else {
      tallies[n++] = tallies[i];
    }
  }
  qsort(tallies, n, sizeof(Tally), compare_counts);
  return n;
}

/// "1208 notes: 300 piano, 250 harp, 658 others".
static void
write_summary(const TmbPlotNotes* const self, FILE* const out)
{
  Tally* const tallies = (Tally*)calloc(self->n_notes, sizeof(Tally));
  if (!tallies) {
    return; // The picture is good without
  }

  char         text[512] = "";
  const size_t n         = count_labels(self, tallies);
  size_t       n_others  = self->n_notes;
  int length = snprintf(text, sizeof(text), "%zu notes: ", self->n_notes);
  for (size_t i = 0U; i < n && i < N_NAMED; ++i) {
    n_others -= tallies[i].n;
    length += snprintf(text + length,
                       sizeof(text) - (size_t)length,
                       "%s%zu %s",
                       i ? ", " : "",
                       tallies[i].n,
                       tallies[i].label);
  }
  if (n_others) {
    (void)snprintf(
      text + length, sizeof(text) - (size_t)length, ", %zu others", n_others);
  }
  free(tallies);

  (void)fputs("set label ", out);
  tmb_gnuplot_text(out, text);
  (void)fprintf(out,
                " at graph 0, screen %.6f left font ',9' "
                "textcolor rgb '#222222'\n",
                row_y(self, 0U));
}

void
tmb_plot_notes_write(const TmbPlotNotes* const notes, FILE* const input)
{
  if (has_lines(notes)) {
    write_lines(notes, input);
  } else {
    write_summary(notes, input);
  }
}
