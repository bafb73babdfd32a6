#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes the corpus that the factory model is trained on: recordings with
# manifest.csv (path, class, detail, source, licence, kind, note, origin) and
# folds.csv, and TimGM6mb, a soundfont, as one source more, in a fold of its
# own.  FluidR3 stays out: it is what anyone can measure the model with.
#
# usage: factory-corpus.sh RECORDINGS RENDER_NOTES FOLDER

set -euo pipefail

recordings=$(realpath "$1")
renderer=$(realpath "$2")
folder=$3

font=/usr/share/sounds/sf2/TimGM6mb.sf2
source=timgm6mb
fold=$(tail -n +2 "$recordings/folds.csv" | tr -d '\r' | cut -d, -f2 |
  sort -n | tail -n 1)

rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
ln -s "$recordings" recordings
{
  head -n 1 recordings/manifest.csv | tr -d '\r'
  tail -n +2 recordings/manifest.csv | tr -d '\r' | sed 's|^|recordings/|'
  # The renderer's rows are path, class, source and licence
  "$renderer" "$font" $source GPL-2 $source |
    awk -F, -v OFS=, '{
      print "'$source'/" $1, $2, "", $3, $4, "note", "", "Debian timgm6mb-soundfont"
    }'
} >manifest.csv
{
  tr -d '\r' <recordings/folds.csv
  echo "$source,$((fold + 1))"
} >folds.csv
