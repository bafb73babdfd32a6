# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the checks in real hosts share.  $dir is a folder of their own, and
# $LV2_PATH names one that holds the plugin under test and the specifications, but
# no other Timbrel.
# usage: . claims.sh BUILD
#
# shellcheck shell=bash disable=SC2317 # what claim and trap call seems unreachable

build=$(realpath "$1") || exit 1

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

mkdir "$dir/lv2"
for bundle in /usr/lib/lv2/*.lv2 /usr/local/lib/lv2/*.lv2; do
  case $bundle in
    */timbrel.lv2 | *'*'*) ;;
    *) ln -s "$bundle" "$dir/lv2/" 2>/dev/null ;;
  esac
done
ln -s "$build/timbrel.lv2" "$dir/lv2/timbrel.lv2"
export LV2_PATH=$dir/lv2

# other_model FILE: the factory model, in which a trumpet has program 99
other_model() {
  LC_ALL=C sed 's/\(\\"trumpet\\",\\"program\\":\)56/\199/' \
    "$build/timbrel.lv2/factory.safetensors" >"$1"
}
