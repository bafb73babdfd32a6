#!/bin/sh
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes what the factory model is trained on beside recordings: Debian's General
# MIDI soundfonts, played note by note, and sounds that are no instrument's.
# Each is a corpus in a folder of FOLDER; what is there already stays.
#
# The fonts share some samples with each other, so they are one fold, behind
# those of the recordings.  None has a sample of FluidR3's.
#
# usage: factory-corpora.sh TIMBREL RECORDINGS FOLDER

set -eu

timbrel=$1
folder=$3
fold=$(($(tail -n +2 "$2/folds.csv" | tr -d '\r' | cut -d, -f2 | sort -n |
  tail -n 1) + 1))

mkdir -p "$folder"

font() {
  [ -d "$folder/$1" ] ||
    "$timbrel" corpus render --unknown "$3" -o "$folder/$1" \
      --source "$1" --licence "$2"
  printf 'source,fold\n%s,%s\n' "$1" "$fold" >"$folder/$1/folds.csv"
}

font timgm6mb 'GPL-2' /usr/share/sounds/sf2/TimGM6mb.sf2
font csound 'public domain' /usr/share/sounds/sf2/sf_GMbank.sf2
font generaluser 'GeneralUser GS 2.0, free for any use' \
  /usr/share/minuet/soundfonts/GeneralUser-v1.47.sf2
font a320u 'GPL-2' /usr/share/sounds/sf2/A320U.sf2

[ -d "$folder/noises" ] ||
  "$timbrel" corpus noises -o "$folder/noises" --seed 1

# English sentences as voices of ten languages read them.
speech() {
  echo path,class,source,licence
  n=0
  for voice in en-us en-gb+m2 en-gb+f4 pl pt sv+f1 nl cs+m4 'fi' ro+f3 tr el+m6; do
    while read -r sentence; do
      n=$((n + 1))
      file=$(printf 'speech-%03d.wav' $n)
      espeak-ng -v "$voice" -w "$1/$file" "$sentence"
      echo "$file,unknown,speech,CC0-1.0"
    done <<END
Good evening, and welcome to tonight's programme.
Nobody had told them which way to go.
Seven times eight is fifty six.
A small boat crossed the lake at dawn.
Turn left at the second bridge, then straight on.
END
  done
}

if [ ! -d "$folder/speech" ]; then
  rm -rf "$folder/speech.part"
  mkdir "$folder/speech.part"
  speech "$folder/speech.part" >"$folder/speech.part/manifest.csv"
  mv "$folder/speech.part" "$folder/speech"
fi
