#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Makes what the factory model is measured on, none of which it ever heard:
# the instruments of FluidR3, and sounds that are none: FluidR3's synthesisers
# and effects, recorded speech, and chords of three instruments of different
# families.  Of the synthesiser that speaks it knows other voices and sentences.
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

# The source of a sound is its file's name up to the hyphen.
manifest() {
  echo path,class,source,licence
  for file in *.wav; do
    echo "$file,unknown,${file%%-*},made here"
  done
}

speech() {
  local n=0 voice
  for voice in en-gb en-us+f3 de+m3 fr+f2 es+m5 it+f4; do
    while read -r sentence; do
      n=$((n + 1))
      espeak-ng -v "$voice" -w "$(printf 'synthesised_speech-%02d.wav' $n)" "$sentence"
    done <<END
One two three four five six.
The rain had stopped, and the road was dry again.
Please leave a message after the tone.
END
  done
  for file in /usr/share/sounds/alsa/[FRS]*.wav; do
    cp "$file" "recorded_speech-$(basename "$file")"
  done
  manifest >manifest.csv
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
  manifest >manifest.csv
}

for kind in speech chords; do
  if [ ! -d "$folder/$kind" ]; then
    rm -rf "$folder/$kind.part"
    mkdir "$folder/$kind.part"
    (cd "$folder/$kind.part" && $kind)
    mv "$folder/$kind.part" "$folder/$kind"
  fi
done
