#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# How fast `timbrel label` is on an archive and on one long recording (44.1 kHz
# mono FLAC), with one job and with one a processor, beside decoding alone.
#
# usage: bench_label.sh BUILD

set -euo pipefail
export LC_ALL=C

build=$(cd "$1" && pwd)
work=$build/bench/label
tries=5
n_files=48
jobs=$(nproc)

make_sound() {
  mkdir -p "$work/archive"
  local demo=(tests/demo/*.flac) i
  for ((i = 0; i < n_files; ++i)); do
    # Each begins with another instrument
    local k=$((i % ${#demo[@]}))
    sox "${demo[@]:k}" "${demo[@]:0:k}" "$work/archive/$i.flac"
  done
  # 52 s each: an hour in all
  sox "$work"/archive/*.flac "$work"/archive/?.flac "$work"/archive/1?.flac \
    "$work/long.flac"
}

# Print the seconds that a command takes
timed() {
  local start=$EPOCHREALTIME
  "$@" >"$work/out"
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}

# The least of so many numbers, a line each
least() { sort -g | head -n 1; }

# measure NAME FILE...
measure() {
  local name=$1 seconds i
  shift
  seconds=$("$build/tools/bench_decode" "$@")
  for ((i = 0; i < tries; ++i)); do # In turn, as other programs come and go
    timed "$build/tools/bench_decode" "$@" >>"$work/$name.decode"
    timed "$build/timbrel" label --quiet --jobs 1 "$@" >>"$work/$name.one"
    timed "$build/timbrel" label --quiet --jobs "$jobs" "$@" \
      >>"$work/$name.all"
  done
  awk -v name="$name" -v seconds="$seconds" -v jobs="$jobs" \
    -v decode="$(least <"$work/$name.decode")" \
    -v one="$(least <"$work/$name.one")" \
    -v all="$(least <"$work/$name.all")" 'BEGIN {
      printf "%-8s %7.0f s  %7.2f s %6.0f x  %7.2f s %6.0f x  %7.2f s %6.0f x",
        name, seconds, decode, seconds / decode, one, seconds / one,
        all, seconds / all
      printf "  %5.2f\n", one / all
    }'
}

[ -f "$work/long.flac" ] || make_sound
rm -f "$work"/*.decode "$work"/*.one "$work"/*.all
echo "the best of $tries; x: times real time; the last number: one job / $jobs jobs"
echo "            sound   decoding alone       one job             $jobs jobs"
measure archive "$work"/archive/*.flac
measure long "$work/long.flac"
"$build/timbrel" label --quiet --jobs "$jobs" "$work/long.flac" >"$work/out" &
pid=$!
most=0
while kill -0 $pid 2>/dev/null; do # RSS of all, where shared pages count often
  now=$(ps -o rss= --pid $pid --ppid $pid 2>/dev/null | awk '{ n += $1 } END { print n + 0 }')
  [ "$now" -gt "$most" ] && most=$now
  sleep 0.05
done
echo "memory of all $((jobs + 1)) processes at the long one: $((most / 1024)) MiB"
