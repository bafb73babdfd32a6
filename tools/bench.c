// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

/*
  How fast the command and the plugin are, beside aubio and beside the Fourier
  transforms that they can't do without.

  usage: bench BUILD

  BUILD/bench holds the recordings of tools/bench_sound.c.  All that is timed
  takes turns, and the best time of each counts, so that ratios hold on a
  machine that others use too.  Processor time is what counts; blocks of the
  plugin, which are too short for that, are timed by the clock.
*/

#include "dsp/analysis.h"
#include "dsp/fft.h"
#include "tools/bench_clock.h"
#include "tools/bench_floor.h"
#include "tools/bench_results.h"

#include <jansson.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 44100.0
#define MFCC_WINDOW 2048U
#define MFCC_HOP 512U
#define COUNTED_S 10U ///< What the plugin is played under callgrind

#define MAX_PATH 4096U

/// Where things are.
typedef struct {
  const char* self; ///< This program
  char        command[MAX_PATH];
  char        bundle[MAX_PATH];
  char        model[MAX_PATH];
  char        folder[MAX_PATH];
  char        ten[MAX_PATH];
  char        hour[MAX_PATH];
  char        rows[MAX_PATH];
  char        out[MAX_PATH];
  char        lv2[MAX_PATH];
} Places;

/// What is timed within this program.
typedef struct {
  uint32_t     n;
  float*       samples; ///< [n]
  TmbModel*    model;
  BenchSteps*  steps;
  BenchFloor*  floors[BENCH_N_WINDOWS];
  BenchBlocks* blocks;
} Subjects;

static void
place(char path[MAX_PATH], const char* const build, const char* const name)
{
  (void)snprintf(path, MAX_PATH, "%s/%s", build, name);
}

static Places
find_places(const char* const self, const char* const build)
{
  Places p = { .self = self };
  place(p.command, build, "timbrel");
  place(p.bundle, build, "timbrel.lv2");
  place(p.model, build, "timbrel.lv2/factory.safetensors");
  place(p.folder, build, "bench");
  place(p.ten, build, "bench/ten.wav");
  place(p.hour, build, "bench/hour.wav");
  place(p.rows, build, "bench/ten.npy");
  place(p.out, build, "bench/out.txt");
  place(p.lv2, build, "bench/lv2");
  return p;
}

/// Read the first part of the recording.
static bool
read_samples(const char* const path, Subjects* const s)
{
  SF_INFO        info = { 0 };
  SNDFILE* const file = sf_open(path, SFM_READ, &info);

  s->n       = (uint32_t)(BENCH_PART_S * RATE_HZ);
  s->samples = (float*)calloc(s->n, sizeof(float));

  const bool is_read =
    file && s->samples && sf_read_float(file, s->samples, s->n) == s->n;
  (void)sf_close(file);
  if (!is_read) {
    (void)fprintf(stderr, "%s: it can't be read\n", path);
  }
  return is_read;
}

/// Prepare the transforms, and count how many the recording needs.
static bool
prepare_floors(Subjects* const s, BenchResults* const r)
{
  const TmbFrontEnd* const f        = tmb_model_front_end(s->model);
  TmbAnalysis*             analysis = NULL;
  if (tmb_analysis_new(
        RATE_HZ, f->window_s, f->hop_s, NULL, f->rate_hz, &analysis)) {
    return false;
  }

  const TmbAnalysisTimes times = tmb_analysis_times(analysis);
  const struct {
    uint32_t n_window;
    double   hop;
  } windows[BENCH_N_WINDOWS] = {
    [BENCH_WINDOW_MFCC]  = { MFCC_WINDOW, MFCC_HOP },
    [BENCH_WINDOW_SHORT] = { times.n_short, 0.5 * times.hop },
    [BENCH_WINDOW_LONG]  = { times.n_long, times.hop },
  };
  tmb_analysis_free(analysis);

  bool is_done = true;
  for (unsigned i = 0U; is_done && i < BENCH_N_WINDOWS; ++i) {
    r->n_ffts[i]    = tmb_fft_length(windows[i].n_window);
    r->n_windows[i] = floor(BENCH_FILE_S * RATE_HZ / windows[i].hop) + 1.0;
    s->floors[i]    = bench_floor_new(windows[i].n_window, windows[i].hop);
    is_done         = s->floors[i] != NULL;
  }
  return is_done;
}

static bool
prepare(const Places* const p, Subjects* const s, BenchResults* const r)
{
  TmbMessage why = { "" };
  if (tmb_model_load(p->model, &s->model, &why)) {
    (void)fprintf(stderr, "%s\n", why.text);
    return false;
  }
  if (!read_samples(p->ten, s)) {
    return false;
  }

  s->steps  = bench_steps_new(s->model, RATE_HZ, s->samples, s->n);
  s->blocks = bench_blocks_new(p->bundle, BENCH_PLUGIN_S);
  if (!s->steps || !s->blocks || !prepare_floors(s, r)) {
    (void)fprintf(stderr,
                  "The plugin can't be loaded, or there is no memory\n");
    return false;
  }
  return true;
}

static void
clean(const Subjects* const s)
{
  for (unsigned i = 0U; i < BENCH_N_WINDOWS; ++i) {
    bench_floor_free(s->floors[i]);
  }
  bench_blocks_free(s->blocks);
  bench_steps_free(s->steps);
  tmb_model_free(s->model);
  free(s->samples);
}

/// Run a program, and keep what is best.
static bool
run(const char* const* const arguments,
    const char* const        out,
    BenchCost* const         best)
{
  BenchCost cost;
  if (!bench_child_run(arguments, out, &cost)) {
    return false;
  }
  best->cpu_s    = fmin(best->cpu_s, cost.cpu_s);
  best->wall_s   = fmin(best->wall_s, cost.wall_s);
  best->peak_mib = fmin(best->peak_mib, cost.peak_mib);
  return true;
}

static bool
label(const Places* const p, const char* const file, BenchCost* const best)
{
  const char* const arguments[] = { p->command, "label", "--model",
                                    p->model,   file,    NULL };
  return run(arguments, p->out, best);
}

static bool
run_programs(const Places* const p, BenchResults* const r)
{
  // clang-format off
  const char* const features[] = {
    p->command, "features", p->ten, "-o", p->rows, "--rows", "frames",
    "--bands", "40", "--coefficients", "13", NULL };
  const char* const mfcc[] = {
    "aubiomfcc", "-i", p->ten, "-B", "2048", "-H", "512", NULL };
  const char* const onsets[] = {
    "aubioonset", "-i", p->ten, "-B", "2048", "-H", "512", NULL };
  // clang-format on

  BenchCost* const best = r->programs;
  return run(features, p->out, &best[BENCH_FEATURES]) &&
         run(mfcc, p->out, &best[BENCH_PEER_MFCC]) &&
         run(onsets, p->out, &best[BENCH_PEER_ONSETS]) &&
         label(p, p->ten, &best[BENCH_LABEL]);
}

/// Let everything have its turn.
static bool
run_round(const Places* const p, Subjects* const s, BenchResults* const r)
{
  r->clock_ghz = fmax(r->clock_ghz, bench_clock_ghz());
  if (!run_programs(p, r)) {
    return false;
  }
  for (unsigned i = 0U; i < BENCH_N_WINDOWS; ++i) {
    r->floors_s[i] = bench_floor_time(s->floors[i], s->samples, s->n);
  }
  for (unsigned i = 0U; i < BENCH_N_WAYS; ++i) {
    r->ways_s[i] = fmin(r->ways_s[i], bench_steps_time(s->steps, (BenchWay)i));
  }
  r->pass_s = fmin(r->pass_s, bench_steps_pass_time(s->steps));
  bench_blocks_play(s->blocks);
  return true;
}

/// What the command says of its own onsets.
static bool
score_onsets(const Places* const p, BenchResults* const r)
{
  const char* const arguments[] = { p->command, "onsets", "--format",
                                    "jsonl",    p->ten,   NULL };

  BenchCost cost;
  if (!bench_child_run(arguments, p->out, &cost)) {
    return false;
  }

  FILE* const   out = fopen(p->out, "r");
  json_t* const total =
    out ? json_loadf(out, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
  const json_t* const f =
    json_object_get(json_array_get(json_object_get(total, "within"), 0U), "f");
  const bool is_scored = json_is_number(f);
  r->onsets_f          = json_number_value(f);
  json_decref(total);
  if (out) {
    (void)fclose(out);
  }
  return is_scored;
}

static bool
run_lv2bench(const Places* const p, BenchResults* const r)
{
  char block[16];
  char n[16];
  (void)snprintf(block, sizeof(block), "%u", BENCH_BLOCK);
  (void)snprintf(n, sizeof(n), "%d", BENCH_LV2_SAMPLES);
  const char* const arguments[] = { "lv2bench",         "-b", block, "-n", n,
                                    "urn:timbrel:mono", NULL };

  // lilv knows absolute paths only
  char* const path = realpath(p->lv2, NULL);
  (void)setenv("LV2_PATH", path ? path : p->lv2, 1);
  free(path);

  BenchCost cost;
  if (!bench_child_run(arguments, p->out, &cost)) {
    return false;
  }

  FILE* const out       = fopen(p->out, "r");
  char        line[128] = "";
  const bool  is_read   = out && fgets(line, sizeof(line), out);
  r->lv2_s              = strtod(line, NULL);
  if (out) {
    (void)fclose(out);
  }
  return is_read && r->lv2_s > 0.0;
}

static void
start_results(BenchResults* const r)
{
  const BenchCost never = { HUGE_VAL, HUGE_VAL, HUGE_VAL };
  r->hour               = never;
  for (unsigned i = 0U; i < BENCH_N_PROGRAMS; ++i) {
    r->programs[i] = never;
  }
  for (unsigned i = 0U; i < BENCH_N_WAYS; ++i) {
    r->ways_s[i] = HUGE_VAL;
  }
  r->pass_s = HUGE_VAL;
}

static bool
measure(const Places* const p, Subjects* const s, BenchResults* const r)
{
  // First what memory is measured of: the system counts a program's memory from
  // before it was started, when it still was this one
  start_results(r);
  if (!label(p, p->hour, &r->hour) ||
      !label(p, p->ten, &r->programs[BENCH_LABEL]) || !prepare(p, s, r)) {
    return false;
  }

  for (int i = 0; i < BENCH_ROUNDS; ++i) {
    (void)fprintf(stderr, "Round %d of %d\n", i + 1, BENCH_ROUNDS);
    if (!run_round(p, s, r)) {
      return false;
    }
  }
  r->times = bench_blocks_times(s->blocks);

  (void)fputs("Counting instructions\n", stderr);
  return score_onsets(p, r) && run_lv2bench(p, r) &&
         bench_blocks_count(p->self, p->bundle, p->folder, &r->instructions) &&
         bench_vectors_compare(tmb_model_front_end(s->model),
                               RATE_HZ,
                               s->samples,
                               s->n,
                               &r->difference);
}

/// What callgrind watches: the plugin, played once.
static int
play_blocks(const char* const bundle)
{
  BenchBlocks* const blocks = bench_blocks_new(bundle, COUNTED_S);
  if (!blocks) {
    return EXIT_FAILURE;
  }
  bench_blocks_play(blocks);
  bench_blocks_free(blocks);
  return EXIT_SUCCESS;
}

int
main(const int argc, char** const argv)
{
  if (argc == 3 && !strcmp(argv[1], "blocks")) {
    return play_blocks(argv[2]);
  }
  if (argc != 2) {
    (void)fprintf(stderr, "usage: %s BUILD\n", argv[0]);
    return 2;
  }

  const Places p       = find_places(argv[0], argv[1]);
  Subjects     s       = { .n = 0U };
  BenchResults r       = { .clock_ghz = 0.0 };
  const bool   is_done = measure(&p, &s, &r);
  clean(&s);
  if (!is_done) {
    return EXIT_FAILURE;
  }
  bench_report(&r);
  return EXIT_SUCCESS;
}
