#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The built plugin in ffmpeg's lv2 filter, which offers it no worker, options or
# state, and in lilv's tools.
# usage: check_tools.sh [BUILD [RECORDING]]
#
# shellcheck disable=SC2317 # what claim calls seems unreachable

set -u

recording=$(realpath "${2:-tests/demo/trumpet.flac}") || exit 1
# shellcheck source=tests/hosts/claims.sh
. "$(dirname "$0")/claims.sh" "${1:-build}"

# filtered OUT OPTIONS...: the recording's samples after a filter
filtered() {
  local out=$1
  shift
  ffmpeg -v error -i "$recording" "$@" -f f32le "$out" 2>>"$dir/ffmpeg.log"
}

is_same() { [ -s "$1" ] && cmp -s "$1" "$2"; }

is_number() { awk 'NR == 1 && $1 > 0 { n = 1 } END { exit !n }' "$1"; }

plugin='lv2=p=urn\\:timbrel\\:mono'
filtered "$dir/dry" || give_up "ffmpeg reads the recording"
claim "ffmpeg runs the plugin" filtered "$dir/wet" -af "$plugin"
claim "the sound passes unchanged" is_same "$dir/dry" "$dir/wet"
claim "ffmpeg sets its controls" \
  filtered "$dir/set" -af "$plugin:c=threshold=0.9|decision=50|midi_mode=4|watch=21"
claim "the sound still passes unchanged" is_same "$dir/dry" "$dir/set"
claim "ffmpeg runs it at 8 kHz" \
  filtered "$dir/low" -af "aresample=8000,$plugin"
for other in stereo cv; do
  claim "ffmpeg runs urn:timbrel:$other" \
    filtered "$dir/$other" -af "${plugin/mono/$other}" -ac 1
done

lv2bench urn:timbrel:mono >"$dir/bench.log" 2>&1
claim "lv2bench times it" is_number "$dir/bench.log"
lv2info urn:timbrel:mono >"$dir/info" 2>"$dir/info.log"
claim "lv2info shows its presets" grep -q 'Gate for violin' "$dir/info"
claim "and has nothing to complain of" [ ! -s "$dir/info.log" ]
finish
