#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The built plugin in Jalv, on a JACK server of its own without sound hardware:
# plays a demo recording and looks at the control outputs and the MIDI that
# another JACK client receives.
# usage: check_jack.sh [BUILD [RECORDING]]
#
# shellcheck disable=SC2317 # what claim and trap call seems unreachable

set -u

build=$(realpath "${1:-build}") || exit 1
recording=$(realpath "${2:-tests/demo/trumpet.flac}") || exit 1

export JACK_DEFAULT_SERVER=timbrel-check-$$
export JACK_NO_AUDIO_RESERVATION=1
export JACK_NO_START_SERVER=1

dir=$(mktemp -d)
pids=()
passed=0
failed=0

cleanup() {
  kill "${pids[@]}" 2>/dev/null
  wait 2>/dev/null
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# claim TEXT COMMAND...: one line that says whether the command succeeds
claim() {
  local text=$1
  shift
  if "$@"; then
    echo "ok    $text"
    passed=$((passed + 1))
  else
    echo "FAIL  $text"
    failed=$((failed + 1))
  fi
}

# give_up TEXT: nothing more can be learnt
give_up() {
  claim "$1" false
  cat "$dir"/*.log >&2
  finish
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
  exit
}

# patiently COMMAND...: try for ten seconds
patiently() {
  for _ in $(seq 50); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  return 1
}

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

# Only the plugin under test and the specifications
mkdir "$dir/lv2"
for spec in /usr/lib/lv2/*.lv2 /usr/local/lib/lv2/*.lv2; do
  case $spec in
    */timbrel.lv2 | *'*'*) ;;
    *) ln -s "$spec" "$dir/lv2/" 2>/dev/null ;;
  esac
done
ln -s "$build/timbrel.lv2" "$dir/lv2/timbrel.lv2"
export LV2_PATH=$dir/lv2

jackd -n "$JACK_DEFAULT_SERVER" --no-realtime -d dummy -r 44100 -p 512 \
  >"$dir/jackd.log" 2>&1 &
pids+=($!)
jack_wait -w -t 10 -s "$JACK_DEFAULT_SERVER" >/dev/null 2>&1 ||
  give_up "JACK starts"

# Jalv ends when its input does, so both ends of this one are held open
mkfifo "$dir/keys"
exec 3<>"$dir/keys"
stdbuf -oL jalv -t -x -n host urn:timbrel:mono <"$dir/keys" \
  >"$dir/jalv.log" 2>&1 &
jalv=$!
pids+=("$jalv")
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

kill -INT "$jalv"
wait "$jalv"
claim "Jalv ends in order" [ $? = 0 ]
finish
