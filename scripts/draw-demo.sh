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
  sox "$recording" -r 2000 -t dat - | grep -v '^;' >"$data/$rows.wave"
  # time, label, percent, 1 if it is what plays
  "$timbrel" label --format csv "$recording" |
    awk -F, -v name="$name" '$1 == "note" {
      gsub("_", " ", $5); truth = name; gsub("_", " ", truth)
      print $3, "\"" $5 "\"", int(100 * $7 + 0.5), $5 == truth
    }' >"$data/$rows.notes"
  echo "${name//_/ }" >"$data/$rows.name"
done

{
  echo "set terminal pngcairo size 1200,$((rows * 130 + 40)) font 'Sans,11'"
  echo "set output '$picture'"
  echo "set multiplot layout $rows,1 margins 0.10,0.985,0.06,0.985 spacing 0.02"
  echo "set yrange [-1:1.5]; set xrange [0:9.3]; unset key; unset ytics"
  echo "set border 1; set tics nomirror; set format x ''"
  for row in $(seq "$rows"); do
    [ "$row" -lt "$rows" ] || echo "set format x '%g s'"
    cat <<END
set ylabel "$(cat "$data/$row.name")" rotate by 0 offset 1,0 right
stats "$data/$row.wave" using 2 nooutput
peak = STATS_max > -STATS_min ? STATS_max : -STATS_min
plot "$data/$row.wave" using 1:(\$2/peak) with lines linecolor '#9db4c0', \\
  "$data/$row.notes" using 1:(-1):(0):(2.0) with vectors nohead \\
    linecolor '#253237', \\
  "" using (\$4 == 1 ? \$1 : NaN):(1.3):2 with labels left offset 0.2,0 \\
    font 'Sans,9' textcolor '#1b6e3c', \\
  "" using (\$4 == 0 ? \$1 : NaN):(1.3):2 with labels left offset 0.2,0 \\
    font 'Sans,9' textcolor '#a33b20', \\
  "" using 1:(0.98):(sprintf("%d %%", \$3)) with labels left offset 0.2,0 \\
    font 'Sans,8' textcolor '#555555'
END
  done
} | gnuplot
