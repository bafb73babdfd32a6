#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs test programs, as many at a time as there are processors; each one's
# output comes in one piece when it ends.  All run, also after one that failed.
# usage: run_tests.sh TEST...

set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export dir

run() {
  local name=${1##*/}
  "$1" >"$dir/$name" 2>&1 || echo "$1" >>"$dir/failed"
  # Whole outputs, one behind the other
  exec 9>"$dir/lock"
  flock 9
  echo "== $1"
  cat "$dir/$name"
}
export -f run

# shellcheck disable=SC2016 # the inner shell expands it
printf '%s\n' "$@" | xargs -d '\n' -n 1 -P "$(nproc)" bash -c 'run "$1"' run

if [ -e "$dir/failed" ]; then
  echo "failed:" "$(tr '\n' ' ' <"$dir/failed")" >&2
  exit 1
fi
