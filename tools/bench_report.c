// Copyright 2026 the Timbrel authors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "tools/bench_results.h"
#include "tools/bench_rows.h"

#include <stdio.h>

/// Seconds that the transforms alone of some windows take in the recording.
static double
floor_of(const BenchResults* const r, const BenchWindow first)
{
  double sum_s = 0.0;
  for (unsigned i = first; i < BENCH_N_WINDOWS; ++i) {
    sum_s += r->n_windows[i] * r->floors_s[i];
  }
  return sum_s;
}

static const char* const window_names[BENCH_N_WINDOWS] = {
  [BENCH_WINDOW_MFCC]  = "for MFCCs",
  [BENCH_WINDOW_SHORT] = "for attacks",
  [BENCH_WINDOW_LONG]  = "for changes and notes",
};

static void
report_features(const BenchResults* const r)
{
  const double ours_s  = r->programs[BENCH_FEATURES].cpu_s;
  const double mfcc_s  = r->programs[BENCH_PEER_MFCC].cpu_s;
  const double onset_s = r->programs[BENCH_PEER_ONSETS].cpu_s;
  const double floor_s = floor_of(r, BENCH_WINDOW_MFCC);
  (void)puts("\nMFCCs (2048/512, 40 bands, 13 coefficients) and onsets of ten "
             "minutes to .npy");
  bench_row("timbrel features", ours_s, 3, "s");
  bench_row("  by the clock", r->programs[BENCH_FEATURES].wall_s, 3, "s");
  bench_row("aubiomfcc", mfcc_s, 3, "s");
  bench_row("aubioonset", onset_s, 3, "s");
  bench_judge("faster than both together",
              (mfcc_s + onset_s) / ours_s,
              2,
              "times",
              BENCH_AT_LEAST,
              12.0);
  for (unsigned i = 0U; i < BENCH_N_WINDOWS; ++i) {
    char name[64];
    (void)snprintf(name,
                   sizeof(name),
                   "%.0f FFTs of %u alone, %s",
                   r->n_windows[i],
                   r->n_ffts[i],
                   window_names[i]);
    bench_row(name, r->n_windows[i] * r->floors_s[i], 3, "s");
  }
  bench_judge("of the time of these transforms alone",
              ours_s / floor_s,
              2,
              "times",
              BENCH_AT_MOST,
              2.5);
}

static void
report_label(const BenchResults* const r)
{
  const double ours_s = r->programs[BENCH_LABEL].cpu_s;
  (void)puts("\nLabelling");
  bench_row("timbrel label, ten minutes", ours_s, 3, "s");
  bench_row("  by the clock", r->programs[BENCH_LABEL].wall_s, 3, "s");
  bench_judge(
    "real time", BENCH_FILE_S / ours_s, 0, "times", BENCH_AT_LEAST, 1500.0);
  bench_row("real time, the transforms alone",
            BENCH_FILE_S / floor_of(r, BENCH_WINDOW_SHORT),
            0,
            "times");
  bench_row("of the time of its transforms alone",
            ours_s / floor_of(r, BENCH_WINDOW_SHORT),
            2,
            "times");
  bench_judge("most memory, ten minutes",
              r->programs[BENCH_LABEL].peak_mib,
              1,
              "MiB",
              BENCH_AT_MOST,
              40.0);
  bench_judge(
    "most memory, an hour", r->hour.peak_mib, 1, "MiB", BENCH_AT_MOST, 40.0);
}

static void
report_steps(const BenchResults* const r)
{
  const double* const w        = r->ways_s;
  const double        onset_s  = w[BENCH_ONSETS] - w[BENCH_ANALYSIS];
  const double        gather_s = w[BENCH_EXTRACTOR] - w[BENCH_LEVELS] - onset_s;
  const double        whole_s  = w[BENCH_RECOGNISER];
  const struct {
    const char* name;
    double      time_s;
  } steps[] = {
    { "framing", w[BENCH_FRAMES] },
    { "window, FFT, power: two short ones", w[BENCH_SHORT] - w[BENCH_FRAMES] },
    { "window, FFT, power: a long one", w[BENCH_LONG] - w[BENCH_SHORT] },
    { "bands", w[BENCH_BANDS] - w[BENCH_LONG] },
    { "logarithms", w[BENCH_LEVELS] - w[BENCH_BANDS] },
    { "level, gathering of frames", gather_s },
    { "onset decisions", onset_s },
    { "features of notes", w[BENCH_NOTES] - w[BENCH_EXTRACTOR] },
    { "network", whole_s - w[BENCH_NOTES] },
    { "all", whole_s },
  };

  const double n_frames =
    r->n_windows[BENCH_WINDOW_LONG] * BENCH_PART_S / BENCH_FILE_S;
  (void)puts("\nSteps of the streaming front end, for a long window and two "
             "short ones");
  for (unsigned i = 0U; i < sizeof(steps) / sizeof(*steps); ++i) {
    bench_show(steps[i].name, 1e6 * steps[i].time_s / n_frames, 3, "us");
    (void)printf("%6.1f %%\n", 100.0 * steps[i].time_s / whole_s);
  }
  bench_judge(
    "a pass of the network", 1e6 * r->pass_s, 1, "us", BENCH_AT_MOST, 150.0);
}

static void
report_plugin(const BenchResults* const r)
{
  const double block_s = (double)BENCH_BLOCK / (double)BENCH_PLUGIN_RATE;
  (void)printf("\nThe plugin, blocks of %u at %u Hz; each block's best time\n",
               BENCH_BLOCK,
               BENCH_PLUGIN_RATE);
  bench_judge("mean load of a core",
              100.0 * r->times.mean / block_s,
              3,
              "%",
              BENCH_AT_MOST,
              0.5);
  bench_row("999 of 1000 blocks, of their time, at most",
            100.0 * r->times.percentile / block_s,
            2,
            "%");
  bench_judge("costliest block, of its time",
              100.0 * r->times.worst / block_s,
              2,
              "%",
              BENCH_AT_MOST,
              15.0);
  (void)puts(
    "    (the first note named: nothing of the network is cached then)");
  bench_row("instructions a block: mean", r->instructions.mean, 0, "");
  bench_row("  in 999 of 1000 at most", r->instructions.percentile, 0, "");
  bench_row("  worst", r->instructions.worst, 0, "");
  bench_row("lv2bench, a minute", r->lv2_s, 3, "s");
}

static void
report_results(const BenchResults* const r)
{
  (void)puts("\nResults");
  bench_judge("onsets, F-measure within 50 ms",
              r->onsets_f,
              4,
              "",
              BENCH_AT_LEAST,
              0.999);
  (void)puts("  FFTW with and without vector instructions:");
  bench_row("    notes compared", r->difference.n_notes, 0, "");
  bench_judge("    notes whose onset differs",
              r->difference.n_moved,
              0,
              "",
              BENCH_AT_MOST,
              0.0);
  bench_judge("    levels of bands differ by",
              (double)r->difference.level_db,
              6,
              "dB",
              BENCH_AT_MOST,
              0.01);
  bench_judge("    features differ by",
              (double)r->difference.feature,
              6,
              "",
              BENCH_AT_MOST,
              0.001);
}

void
bench_report(const BenchResults* const results)
{
  (void)printf("Processor time, best of %d rounds, at %.2f GHz\n",
               BENCH_ROUNDS,
               results->clock_ghz);
  report_features(results);
  report_label(results);
  report_steps(results);
  report_plugin(results);
  report_results(results);
}
