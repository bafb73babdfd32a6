// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "trainer/plot_kinds.h"
#include "trainer/plots.h"

#include <math.h>

#define MAX_POINTS 1000U ///< Of a curve: more can't be seen
#define MAX_MARKED 40U   ///< Epochs of which each gets a dot
#define MAX_KEYS 12U     ///< Curves that the key of a sweep names
#define KEY_ROW 17U      ///< Pixels
#define KEY_LETTERS 48U

typedef enum {
  LOSS,
  ACCURACY,
  VALIDATION_LOSS,
  VALIDATION_ACCURACY,
  RATE
} What;

typedef struct {
  const TmbHistory* history;
  What              what;
  const char*       label; ///< In the key; null for none
  bool              is_best;
} Curve;

/// What one graph shows.
typedef struct {
  Curve    curves[TMB_MAX_CURVES];
  unsigned n;
  double   least; ///< Of all values, above 0 on a log scale
  double   most;
  uint32_t first; ///< Epoch
  uint32_t last;
} Graph;

static double
value_of(const TmbHistoryRow* const row, const What what)
{
  switch (what) {
    case LOSS:
      return row->loss;
    case ACCURACY:
      return row->accuracy;
    case VALIDATION_LOSS:
      return row->validation_loss;
    case VALIDATION_ACCURACY:
      return row->validation_accuracy;
    case RATE:
      break;
  }
  return row->learning_rate;
}

/// Add a curve if it has a value; only those above 0 can be on a log scale.
static bool
add(Graph* const            graph,
    const TmbHistory* const history,
    const What              what,
    const char* const       label)
{
  const bool is_log = what == LOSS || what == VALIDATION_LOSS;
  bool       found  = false;
  for (uint32_t i = 0U; i < history->n_rows; ++i) {
    const double value = value_of(&history->rows[i], what);
    if (isfinite(value) && (value > 0.0 || !is_log)) {
      const bool is_first = !graph->n && !found;

      graph->least = is_first ? value : fmin(graph->least, value);
      graph->most  = is_first ? value : fmax(graph->most, value);
      found        = true;
    }
  }
  if (found && graph->n < TMB_MAX_CURVES) {
    const uint32_t first = history->rows[0].epoch;
    const uint32_t last  = history->rows[history->n_rows - 1U].epoch;

    graph->first = (graph->n && graph->first < first) ? graph->first : first;
    graph->last  = (graph->n && graph->last > last) ? graph->last : last;
    graph->curves[graph->n++] = (Curve){ history, what, label, false };
  }
  return found;
}

/// Of one training both curves; of a sweep those that can be compared.
static bool
collect(const TmbPage* const page,
        const What           trained,
        const What           validated,
        Graph* const         graph)
{
  *graph = (Graph){ .n = 0U };
  if (page->n_histories == 1U) {
    (void)add(graph, page->histories, trained, "training");
    (void)add(graph, page->histories, validated, "validation");
    return graph->n > 0U;
  }

  const uint32_t best = tmb_history_best_of(page->histories, page->n_histories);
  for (uint32_t i = 0U; i < page->n_histories && i < TMB_MAX_CURVES; ++i) {
    const TmbHistory* const history = &page->histories[i];
    const char* const       name = graph->n < MAX_KEYS ? history->name : NULL;
    if (add(graph, history, validated, name) ||
        add(graph, history, trained, name)) {
      graph->curves[graph->n - 1U].is_best = i == best;
    }
  }
  return graph->n > 0U;
}

/// A step of 1, 2 or 5 times a power of ten, for about five of them.
static double
round_step(const double range)
{
  const double rough = range / 5.0;
  const double power = pow(10.0, floor(log10(rough)));
  const double ratio = rough / power;
  return power * (ratio < 1.5   ? 1.0
                  : ratio < 3.5 ? 2.0
                  : ratio < 7.5 ? 5.0
                                : 10.0);
}

static void
write_epochs(const Graph* const graph, FILE* const input)
{
  const double first = (double)graph->first;
  const double last  = (double)graph->last;
  const double pad   = last > first ? 0.0 : 1.0;
  (void)fprintf(input,
                "set xrange [%g:%.9g]\nset xtics %.9g\nset xlabel 'epoch' "
                "textcolor rgb '%s' offset 0,0.3\n",
                first - pad,
                last + pad,
                fmax(1.0, round_step(last - first + 2.0 * pad)),
                tmb_colour(TMB_INK));
}

static void
write_label(const char* const text, FILE* const input)
{
  (void)fprintf(
    input, "set ylabel '%s' textcolor rgb '%s'\n", text, tmb_colour(TMB_INK));
}

/// A log scale with ticks at 1, 2, 5 of each decade, or at decades if these are
/// many.
static void
write_log_scale(const Graph* const graph, FILE* const input)
{
  static const double ticks[] = { 1.0, 2.0, 5.0 };

  const double low  = graph->least / 1.15;
  const double high = graph->most * 1.15;
  const int    from = (int)floor(log10(low));
  const int    to   = (int)ceil(log10(high));
  const int    n    = to - from > 3 ? 1 : 3;
  const int    step = 1 + ((to - from) / 8);
  (void)fprintf(
    input, "set logscale y\nset yrange [%.9g:%.9g]\nset ytics (", low, high);
  bool is_first = true;
  for (int decade = from; decade <= to; decade += step) {
    for (int i = 0; i < n; ++i) {
      const double tick = ticks[i] * pow(10.0, decade);
      if (tick >= low && tick <= high) {
        (void)fprintf(input, "%s'%g' %.9g", is_first ? "" : ",", tick, tick);
        is_first = false;
      }
    }
  }
  (void)fputs(")\n", input);
}

/// The points of all curves, as $c0, $c1, ...
static void
write_points(const Graph* const graph, const double scale, FILE* const input)
{
  for (unsigned i = 0U; i < graph->n; ++i) {
    const Curve* const      curve   = &graph->curves[i];
    const TmbHistory* const history = curve->history;
    const uint32_t          step    = 1U + (history->n_rows / MAX_POINTS);
    (void)fprintf(input, "$c%u << E\n", i);
    for (uint32_t j = 0U; j < history->n_rows; ++j) {
      const double value = value_of(&history->rows[j], curve->what);
      if (j % step && j + 1U < history->n_rows) {
        continue;
      }
      if (isfinite(value)) {
        (void)fprintf(
          input, "%u %.9g\n", history->rows[j].epoch, value * scale);
      } else {
        (void)fprintf(input, "%u NaN\n", history->rows[j].epoch);
      }
    }
    (void)fputs("E\n", input);
  }
}

static void
write_curves(const Graph* const graph, FILE* const input)
{
  (void)fputs("plot ", input);
  for (unsigned i = 0U; i < graph->n; ++i) {
    const Curve* const curve    = &graph->curves[i];
    const bool         has_dots = curve->history->n_rows <= MAX_MARKED;
    (void)fprintf(input,
                  "%s$c%u using 1:2 with %s lw %g dt %u lc rgb '%s' %s",
                  i ? ", " : "",
                  i,
                  has_dots ? "linespoints pt 7 ps 0.3" : "lines",
                  curve->is_best ? 3.2 : 1.8,
                  1U + ((i / TMB_N_SERIES) % 4U),
                  tmb_colour(TMB_SERIES + (i % TMB_N_SERIES)),
                  curve->label ? "title " : "notitle");
    if (curve->label) {
      tmb_plot_text(curve->label, KEY_LETTERS, input);
    }
  }
  (void)fputc('\n', input);
}

/// Room above for the key.
static void
measure_key(const TmbPage* const page, TmbCanvas* const canvas)
{
  if (page->n_histories > 1U) {
    canvas->height +=
      KEY_ROW * (page->n_histories < MAX_KEYS ? page->n_histories : MAX_KEYS);
  }
}

static bool
measure_accuracy(const TmbPage* const page, TmbCanvas* const canvas)
{
  Graph graph;
  measure_key(page, canvas);
  return collect(page, ACCURACY, VALIDATION_ACCURACY, &graph);
}

static void
draw_accuracy(const TmbPage* const   page,
              const TmbCanvas* const canvas,
              FILE* const            input)
{
  Graph graph;
  (void)canvas;
  (void)collect(page, ACCURACY, VALIDATION_ACCURACY, &graph);

  const double target = page->target;
  const double least  = target > 0.0 ? fmin(graph.least, target) : graph.least;
  (void)fprintf(input,
                "set yrange [%g:100]\nset format y '%%g %%%%'\n",
                fmin(90.0, 10.0 * floor(least * 9.99)));
  if (target > 0.0) {
    (void)fprintf(input,
                  "set arrow from graph 0, first %.9g to graph 1, first %.9g "
                  "nohead lw 1.4 dt 2 lc rgb '%s' back\n"
                  "set label 'target %.9g %%' at graph 0, first %.9g left "
                  "offset 0.5,0.5 textcolor rgb '%s'\n",
                  100.0 * target,
                  100.0 * target,
                  tmb_colour(TMB_INK),
                  100.0 * target,
                  100.0 * target,
                  tmb_colour(TMB_INK));
  }
  tmb_plot_key(page->n_histories > 1U, input);
  write_label("accuracy", input);
  write_epochs(&graph, input);
  write_points(&graph, 100.0, input);
  write_curves(&graph, input);
}

static bool
measure_loss(const TmbPage* const page, TmbCanvas* const canvas)
{
  Graph graph;
  (void)canvas;
  return page->n_histories == 1U &&
         collect(page, LOSS, VALIDATION_LOSS, &graph);
}

static bool
measure_sweep(const TmbPage* const page, TmbCanvas* const canvas)
{
  Graph graph;
  measure_key(page, canvas);
  return page->n_histories > 1U && collect(page, LOSS, VALIDATION_LOSS, &graph);
}

static void
draw_loss(const TmbPage* const   page,
          const TmbCanvas* const canvas,
          FILE* const            input)
{
  Graph graph;
  (void)canvas;
  (void)collect(page, LOSS, VALIDATION_LOSS, &graph);
  tmb_plot_key(page->n_histories > 1U, input);
  write_label(page->n_histories > 1U ? "validation loss" : "loss", input);
  write_log_scale(&graph, input);
  write_epochs(&graph, input);
  write_points(&graph, 1.0, input);
  write_curves(&graph, input);
}

/// Only a rate that changes is worth a picture.
static bool
measure_rate(const TmbPage* const page, TmbCanvas* const canvas)
{
  Graph graph = { .n = 0U };
  (void)canvas;
  return page->n_histories == 1U && add(&graph, page->histories, RATE, NULL) &&
         graph.most > graph.least;
}

static void
draw_rate(const TmbPage* const   page,
          const TmbCanvas* const canvas,
          FILE* const            input)
{
  Graph graph = { .n = 0U };
  (void)canvas;
  (void)add(&graph, page->histories, RATE, NULL);
  write_label("learning rate", input);
  (void)fprintf(input,
                "set yrange [0:%.9g]\nset format y '%%g'\nset ytics %.9g\n",
                1.05 * graph.most,
                round_step(graph.most));
  write_epochs(&graph, input);
  write_points(&graph, 1.0, input);
  write_curves(&graph, input);
}

const TmbPlotKind tmb_plot_accuracy = {
  .name  = "accuracy",
  .title = "Accuracy by epoch",
  .about = "Share of right answers after each epoch, and the target as a line",
  .measure = measure_accuracy,
  .draw    = draw_accuracy,
};

const TmbPlotKind tmb_plot_loss = {
  .name    = "loss",
  .title   = "Loss by epoch",
  .about   = "Training and validation loss after each epoch on a log scale",
  .measure = measure_loss,
  .draw    = draw_loss,
};

const TmbPlotKind tmb_plot_rate = {
  .name    = "learning_rate",
  .title   = "Learning rate by epoch",
  .about   = "The learning rate at the end of each epoch",
  .measure = measure_rate,
  .draw    = draw_rate,
};

const TmbPlotKind tmb_plot_sweep = {
  .name  = "sweep",
  .title = "Losses of the sweep",
  .about = "Validation loss of each training after each epoch on a log scale; "
           "the best has a thicker line",
  .measure = measure_sweep,
  .draw    = draw_loss,
};
