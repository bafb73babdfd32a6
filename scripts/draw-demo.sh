#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Draws the demo recordings with the labels of their notes, for the README.
# usage: draw-demo.sh TIMBREL PICTURE.png RECORDING...

set -euo pipefail

timbrel=$1 picture=$2
shift 2

data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

rows=0
for recording in "$@"; do
  rows=$((rows + 1))
  name=$(basename "$recording" .flac)
  # time and the largest size in each 5 ms
  sox "$recording" -r 44100 -t dat - | awk '$1 != ";" {
      size = $2 < 0 ? -$2 : $2; if (size > peak) peak = size
      if (++n % 220 == 0) { print $1, peak; peak = 0 }
    }' >"$data/$rows.wave"
  # time, label with percent, height of the label, 1 if it is what plays; of what
  # has no name the family, if that is guessed, and 2
  "$timbrel" label --format csv "$recording" | tr -d '"' |
    awk -F, -v truth="$name" '$1 == "note" {
      kind = ($5 == "unknown") ? 2 : ($5 == truth); gsub("_", " ", $5)
      text = (kind == 2) ? ($6 ? $6 : "?") : sprintf("%s %.0f %%", $5, 100 * $7)
      printf "%s \"%s\" %g %d\n", $3, text, 1.25 + 0.45 * (n++ % 3), kind
    }' >"$data/$rows.notes"
  echo "${name//_/ }" >"$data/$rows.name"
done

{
  echo "set terminal pngcairo size 1200,$((rows * 130 + 40)) font 'Sans,11'"
  echo "set output '$picture'"
  echo "set multiplot layout $rows,1 margins 0.115,0.985,0.05,0.985 spacing 0.02"
  echo "set yrange [-1:2.5]; set xrange [0:9.5]; unset key; unset ytics"
  echo "set border 1; set xtics nomirror; set format x ''"
  for row in $(seq "$rows"); do
    [ "$row" -lt "$rows" ] || echo "set format x '%g s'"
    cat <<END
set ylabel "$(cat "$data/$row.name")" rotate by 0 offset 2,-1 right
stats "$data/$row.wave" using 2 nooutput
plot "$data/$row.wave" using 1:(-\$2/STATS_max):(\$2/STATS_max) \
    with filledcurves linecolor '#9db4c0', \
  "$data/$row.notes" using 1:(-1):(0):(\$3+0.8) with vectors nohead \
    linecolor '#b8c4ca', \
  "" using (\$4 == 1 ? \$1 : NaN):3:2 with labels left offset 0.3,0 \
    font 'Sans,9' textcolor '#1b6e3c', \
  "" using (\$4 == 2 ? \$1 : NaN):3:2 with labels left offset 0.3,0 \
    font 'Sans,9' textcolor '#5b6b73', \
  "" using (\$4 == 0 ? \$1 : NaN):3:2 with labels left offset 0.3,0 \
    font 'Sans,9' textcolor '#a33b20'
END
  done
} | gnuplot
