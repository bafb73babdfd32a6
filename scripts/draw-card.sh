#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Draws what an evaluation says of a model, for the factory model's card: what
# share is named and right at each threshold, whether confidence is right as
# often as it says, and accuracy by age.
# usage: draw-card.sh EVALUATION.json PICTURE.png

set -euo pipefail

data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

/usr/bin/python3 - "$1" "$data" <<'END'
import json
import sys

part = json.load(open(sys.argv[1]))["parts"]["all"]


def write(name, rows):
    with open(f"{sys.argv[2]}/{name}", "w") as file:
        for row in rows:
            print(*row, file=file)


write("coverage", [(c["coverage"], c["accuracy"]) for c in part["coverage"]])
write("named", [(part["named"]["coverage"], part["named"]["accuracy"])])
write("bins", [(b["confidence"], b["accuracy"], b["examples"])
               for b in part["calibration"] if b["examples"]])
write("ages", [(a["ms"], a["cells_accuracy"], a["cells_family"])
               for a in part["by_age"]])
END

gnuplot <<END
set terminal pngcairo size 1260,420 font 'Sans,11'
set output '$2'
set multiplot layout 1,3 margins 0.05,0.985,0.14,0.9 spacing 0.06
set yrange [0:1]; set grid; set border 3; set tics nomirror
set key bottom left Left reverse
set xrange [0:1]; set xlabel 'share of notes that is named'
set title 'Right, of those named'
plot '$data/coverage' with linespoints lw 2 pt 7 lc rgb '#2060a0' notitle, \
  '$data/named' with points pt 6 ps 2.5 lw 2 lc rgb '#c04020' \
  title 'at the default threshold'
set xlabel 'confidence'; set title 'Right, by confidence'
set key top left
plot x lc rgb '#999999' dt 2 title 'as it should be', \
  '$data/bins' with linespoints lw 2 pt 7 lc rgb '#2060a0' notitle
set xrange [0:550]; set xlabel 'age of the note, ms'
set key bottom right
set title 'Right, mean over instruments'
plot '$data/ages' using 1:3 with linespoints lw 2 pt 7 lc rgb '#60a060' \
  title 'by family', \
  '$data/ages' using 1:2 with linespoints lw 2 pt 7 lc rgb '#2060a0' \
  title 'by instrument'
END
