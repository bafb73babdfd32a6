#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes what the factory model is measured on, none of which it ever heard:
# the instruments of FluidR3, and sounds that are none: FluidR3's synthesisers
# and effects, speech, and chords of three instruments of different families.
#
# usage: unheard-corpora.sh TIMBREL SOUNDFONT FOLDER

set -euo pipefail

timbrel=$1
font=$2
folder=$3

mkdir -p "$folder"
[ -d "$folder/fluidr3" ] ||
  "$timbrel" corpus render --unknown "$font" -o "$folder/fluidr3" \
    --source fluidr3 --licence MIT

manifest() {
  echo path,class,source,licence
  for file in *.wav; do
    echo "$file,unknown,$1,made here"
  done
}

speech() {
  local n=0 voice
  for voice in en-gb en-us+f3 de+m3 fr+f2 es+m5 it+f4; do
    while read -r sentence; do
      n=$((n + 1))
      espeak-ng -v "$voice" -w "$(printf 'speech-%02d.wav' $n)" "$sentence"
    done <<END
One two three four five six.
The rain had stopped, and the road was dry again.
Please leave a message after the tone.
END
  done
  for file in /usr/share/sounds/alsa/[FRS]*.wav; do
    cp "$file" "speech-$(basename "$file")"
  done
  manifest speech >manifest.csv
}

# The I-th note of a program.
note() {
  find ../fluidr3 -name "*-$1-*-080.flac" | sort | sed -n "$2p"
}

# Three of the notes rendered above, of as many families, at once.
chords() {
  local n=0 i trio
  for trio in 040,060,024 073,006,057 042,071,012 019,041,066 000,056,043; do
    for i in 2 4 6 8; do
      n=$((n + 1))
      sox -m "$(note "${trio%%,*}" $i)" "$(note "${trio:4:3}" $i)" \
        "$(note "${trio##*,}" $i)" "$(printf 'several-%02d.wav' $n)"
    done
  done
  manifest several >manifest.csv
}

for kind in speech chords; do
  if [ ! -d "$folder/$kind" ]; then
    rm -rf "$folder/$kind.part"
    mkdir "$folder/$kind.part"
    (cd "$folder/$kind.part" && $kind)
    mv "$folder/$kind.part" "$folder/$kind"
  fi
done
