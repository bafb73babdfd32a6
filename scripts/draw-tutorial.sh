#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs the commands of the tutorial and keeps the pictures that it shows.
# usage: draw-tutorial.sh BUILD

set -euo pipefail

build=$(realpath "$1")
clone=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ln -s "$clone"/{docs,presets,tests} "$work"
ln -s "$build" "$work/build"
awk '/^```sh$/ { is_run = 1; next } /^```/ { is_run = 0 } is_run' \
  "$clone/docs/tutorial.md" >"$work/commands"
# The Python that has NumPy comes first
(cd "$work" && PATH=/usr/bin:$PATH bash -euo pipefail commands)
cp "$work"/lab/{trumpet.png,plots/{accuracy,loss,confusion,calibration}.svg} \
  "$work/lab/sweep-plots/sweep.svg" "$clone/docs/tutorial"
