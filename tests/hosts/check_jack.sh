#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The built plugin in Jalv, on a JACK server of its own without sound hardware:
# plays a demo recording and looks at the control outputs and the MIDI that
# another JACK client receives; loads a saved state; records CV.  (Jalv applies presets
# only in a window.)
# usage: check_jack.sh [BUILD [RECORDING]]
#
# shellcheck disable=SC2317 # what claim and trap call seems unreachable

set -u

recording=$(realpath "${2:-tests/demo/trumpet.flac}") || exit 1

export JACK_DEFAULT_SERVER=timbrel-check-$$
export JACK_NO_AUDIO_RESERVATION=1
export JACK_NO_START_SERVER=1

# shellcheck source=tests/hosts/claims.sh
. "$(dirname "$0")/claims.sh" "${1:-build}"

# output SYMBOL: all values that Jalv has printed of a control output
output() {
  sed -n "s/^\(> \)*$1 = //p" "$dir/jalv.log"
}

# programs: the programs of all changes on channel 1, in decimal
programs() {
  sed -n 's/^ *[0-9]*: c0 \([0-9a-f]*\).*/0x\1/p' "$dir/midi.log" |
    while read -r hex; do echo $((hex)); done
}

all_are() { [ -n "$1" ] && [ "$(sort -u <<<"$1")" = "$2" ]; }

one_is_at_least() { awk -v least="$2" '$1 >= least { n = 1 } END { exit !n }' <<<"$1"; }

jackd -n "$JACK_DEFAULT_SERVER" --no-realtime -d dummy -r 44100 -p 512 \
  >"$dir/jackd.log" 2>&1 &
pids+=($!)
jack_wait -w -t 10 -s "$JACK_DEFAULT_SERVER" >/dev/null 2>&1 ||
  give_up "JACK starts"

# start_jalv OPTIONS...: load the plugin; Jalv ends when its input does, so both
# ends of this one are held open
start_jalv() {
  stdbuf -oL jalv -t -x -n host "$@" <"$dir/keys" >"$dir/jalv.log" 2>&1 &
  jalv=$!
  pids+=("$jalv")
}

stop_jalv() {
  kill -INT "$jalv"
  wait "$jalv"
}

# asked COMMAND PATTERN: Jalv prints something when it is told to
asked() {
  echo "$1" >&3
  grep -q "^\(> \)*$2" "$dir/jalv.log"
}

mkfifo "$dir/keys"
exec 3<>"$dir/keys"
start_jalv urn:timbrel:mono
stdbuf -oL jack_midi_dump -a dump >"$dir/midi.log" 2>&1 &
pids+=($!)
patiently jack_connect host:events dump:input ||
  give_up "Jalv loads the plugin, and its events are a MIDI port"
claim "Jalv loads the plugin, and its events are a MIDI port" true

echo monitors >&3
patiently grep -q '^\(> \)*status = ' "$dir/jalv.log"
claim "before the music, no instrument is named" \
  all_are "$(output instrument)" -1.000000

JACK_PLAY_CONNECT_TO=host:in timeout 60 jack-play "$recording" \
  >"$dir/play.log" 2>&1 &
play=$!
pids+=("$play")
while kill -0 "$play" 2>/dev/null; do
  echo monitors >&3
  sleep 0.2
done
wait "$play"
claim "the recording plays to its end" [ $? = 0 ]
sleep 0.5
echo monitors >&3 # As it stands after the last program change
sleep 0.5

claim "the model is ready throughout" all_are "$(output status)" 0.000000
claim "the level follows the sound" one_is_at_least "$(output level)" -40
claim "the track's instrument is named" one_is_at_least "$(output instrument)" 0
claim "the confidence is above a half" one_is_at_least "$(output confidence)" 0.5
claim "a program change arrives over JACK" [ -n "$(programs)" ]
claim "it is the program that the output shows" \
  [ "$(programs | tail -n 1)" = "$(output program | tail -n 1 | sed 's/\..*//')" ]

claim "Jalv lists the presets" \
  patiently asked presets 'urn:timbrel:presets#gate-for-violin '
claim "Jalv ends in order" stop_jalv

# What a host saves: the model and the controls
mkdir "$dir/saved"
other_model "$dir/saved/mine.safetensors"
cat >"$dir/saved/state.ttl" <<END
@prefix atom: <http://lv2plug.in/ns/ext/atom#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .

<>
	a pset:Preset ;
	lv2:appliesTo <urn:timbrel:mono> ;
	lv2:port [ lv2:symbol "watch" ; pset:value 21.0 ] ;
	state:state [ <urn:timbrel:ns#model> "mine.safetensors"^^atom:Path ] .
END
start_jalv -l "$dir/saved"
claim "Jalv loads a saved state" patiently asked controls 'watch = 21'
JACK_PLAY_CONNECT_TO=host:in jack-play "$recording" >>"$dir/play.log" 2>&1 &
pids+=($!)
claim "its model names the instrument" patiently asked monitors 'program = 99'
claim "its watched instrument is heard" patiently asked monitors 'watched = 1'
claim "Jalv ends in order again" stop_jalv

# moves CHANNEL: a CV output that was recorded rises from 0 to 1, and is 0 in the
# end
moves() {
  /usr/bin/python3 - "$dir/cv.wav" "$1" <<'END'
import sys
import wave

import numpy as np

with wave.open(sys.argv[1]) as file:
    frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    cv = frames.reshape(-1, file.getnchannels())[:, int(sys.argv[2])] / 32767
rises = np.sum((cv[1:] > 0.9) & (cv[:-1] < 0.1))
sys.exit(not (rises >= 1 and cv.min() == 0 and cv[-1] == 0))
END
}

has_port() { jack_lsp | grep -q "$1"; }

start_jalv -c watch=21 urn:timbrel:cv
claim "Jalv loads the plugin with CV" patiently has_port host:cv_watched
jack_rec -f "$dir/cv.wav" -d 9 -b 16 host:cv_watched host:cv_onset \
  >"$dir/rec.log" 2>&1 &
rec=$!
pids+=("$rec")
sleep 0.5
JACK_PLAY_CONNECT_TO=host:in timeout 60 jack-play "$recording" \
  >>"$dir/play.log" 2>&1
wait "$rec"
claim "the watched instrument's gate is a CV" moves 0
claim "onsets are CV pulses" moves 1
claim "Jalv ends in order with CV" stop_jalv
finish
