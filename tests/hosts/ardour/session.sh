# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A session with Timbrel and music, for what runs in Ardour; sourced after
# claims.sh.
#
# shellcheck shell=bash disable=SC2154 # dir and build are those of claims.sh

cp tests/hosts/ardour/*.lua ardour/*.lua "$dir"

# A preset that brings a model
mkdir "$dir/lv2/mine.lv2"
other_model "$dir/lv2/mine.lv2/mine.safetensors"
cat >"$dir/lv2/mine.lv2/manifest.ttl" <<END
@prefix atom: <http://lv2plug.in/ns/ext/atom#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .

<urn:timbrel:test:mine>
	a pset:Preset ;
	lv2:appliesTo <urn:timbrel:mono> ;
	rdfs:label "My model" ;
	state:state [ <urn:timbrel:ns#model> "mine.safetensors"^^atom:Path ] .
END

# All that Ardour keeps of its user
export HOME=$dir XDG_CONFIG_HOME=$dir/config XDG_CACHE_HOME=$dir/cache

# ardour PART: run a part and count its claims
ardour() {
  local log=$dir/$1.log status text
  timeout 120 ardour7-lua "$dir/$1.lua" "$dir" >"$log" 2>&1 ||
    give_up "Ardour runs $1.lua to its end"
  while read -r status text; do
    case $status in
      ok) claim "$text" true ;;
      FAIL) claim "$text" false ;;
    esac
  done <"$log"
}

# make_session TRUMPET VIOLIN: a session of so many seconds of each
make_session() {
  awk -v a="$1" -v b="$2" 'BEGIN { print int((a + b) * 44100) }' >"$dir/samples"
  ardour create

  # The music has the length of what was recorded, and takes its place
  local recorded n_samples
  recorded=$(echo "$dir"/session/interchange/session/audiofiles/*.wav)
  n_samples=$(ffprobe -v error -show_entries stream=duration_ts -of csv=p=0 \
    "$recorded")
  ffmpeg -v error -y -i tests/demo/trumpet.flac -i tests/demo/violin.flac \
    -filter_complex "[0]atrim=end=$1[a]; [1]atrim=end=$2[b];
      [a][b]concat=v=0:a=1,apad,atrim=end_sample=$n_samples" \
    -c:a pcm_f32le "$recorded" || give_up "ffmpeg writes the music"
  sed -i "s|\(<Script [^>]*>\)[^<]*|\1$(base64 -w0 "$dir/script")|" \
    "$dir/session/session.ardour"
}
