#!/bin/sh
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs the Debian packages that a job needs and that are missing.
# usage: install-deps.sh
#   build|demo|check|tools|ardour|window|slurm|onnx|browser|bench|lint|leaks|
#   fuzz|sanitizers|picture|recordings...

set -eu

# Of FluidSynth's two JACKs that of the tests, which would take the other away
build='gcc make pkg-config libc6-dev libfftw3-dev libjansson-dev lv2-dev
       libsndfile1-dev libopenblas-dev libcsv-dev nettle-dev
       libzip-dev libprotobuf-c-dev protobuf-c-compiler libcurl4-gnutls-dev
       libfluidsynth-dev libjack-jackd2-dev ca-certificates
       libavformat-dev libavcodec-dev libavutil-dev'
demo='liblilv-dev'
check='libcmocka-dev libsamplerate0-dev sordi binutils locales jalv jackd2
       jack-tools gnuplot-nox python3-numpy python3-onnx
       python3-jsonschema python3-mido libxml2-utils'
tools='ffmpeg lilv-utils'
ardour='ardour'
window='xvfb xdotool imagemagick fonts-dejavu-core'
slurm='slurmctld slurmd slurm-client munge parallel procps'
onnx='nodejs npm'
lint='clang libclang-rt-dev clang-format clang-tidy cppcheck shellcheck bear'
leaks='valgrind'
bench='aubio-tools libaubio-dev lilv-utils valgrind python3-numpy
       python3-sklearn python3-threadpoolctl python3-torch sox'
fuzz='clang libclang-rt-dev'
# -fsanitize=realtime came with 20
sanitizers='clang-22 libclang-rt-22-dev'
picture='sox gnuplot-nox python3'
browser='chromium fonts-dejavu-core libcmocka-dev gnuplot-nox'
recordings='fluid-soundfont-gm timgm6mb-soundfont csound-soundfont minuet-data
            denemo-data espeak-ng sox alsa-utils'

packages=$build
for job in "$@"; do
  case $job in
    build) ;;
    demo) packages="$packages $demo" ;;
    check) packages="$packages $demo $check" ;;
    tools) packages="$packages $tools" ;;
    ardour) packages="$packages $ardour" ;;
    window) packages="$packages $window" ;;
    slurm) packages="$packages $slurm" ;;
    onnx) # Elsewhere npm comes with Node.js
      command -v npm >/dev/null || packages="$packages $onnx"
      ;;
    leaks) packages="$packages $leaks" ;;
    bench) packages="$packages $bench" ;;
    fuzz) packages="$packages $fuzz" ;;
    sanitizers) packages="$packages $sanitizers" ;;
    lint) packages="$packages $demo $check $lint" ;;
    picture) packages="$packages $picture" ;;
    browser) packages="$packages $browser" ;;
    recordings) packages="$packages $recordings" ;;
    *)
      echo "$0: unknown job '$job'" >&2
      exit 2
      ;;
  esac
done

explain() {
  cat >&2 <<END
$1  Timbrel needs (Debian 12 names; these versions or later):
  a C11 compiler, GNU make 4, pkg-config
  FFTW 3.3 (single and double precision, threads), jansson 2.14, LV2 1.18,
  libsndfile 1.2, OpenBLAS 0.3, libcsv 3.0, nettle 3.8, libzip 1.7,
  protobuf-c 1.4, libcurl 7.85, FluidSynth 2.3 (for timbrel corpus render)
  optional: FFmpeg 5.1 (libavformat, for M4A, WMA and the sound of films)
  for make demo: lilv 0.24
  for make check: cmocka 1.1, libsamplerate 0.2, sord, binutils, Jalv, JACK 2,
  gnuplot 5.4, NumPy 1.24, onnx 1.12, jsonschema 4.10, mido 1.2, xmllint
  for make check-hosts: ffmpeg 5.1 with LV2, lilv's tools, Ardour 7.3
  for make check-slurm: Slurm 22.05, munge, GNU parallel
  for make check-onnx: Node.js 18 with npm; for make check-report: Chromium
packages:
END
  # shellcheck disable=SC2086 # one word a package
  printf '  %s\n' $packages >&2
}

if ! command -v dpkg-query >/dev/null; then
  explain "This is not a Debian system: install the packages by hand, then run
make directly."
  # What is here may be enough; the build says what is not
  exit 0
fi

missing=
for package in $packages; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
  # libcurl's flavours exclude each other, and any will do
  case $package in
    libcurl4-*) pkg-config --exists libcurl 2>/dev/null && continue ;;
  esac
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root='env DEBIAN_FRONTEND=noninteractive'
elif command -v sudo >/dev/null; then
  as_root='sudo env DEBIAN_FRONTEND=noninteractive'
else
  explain "Packages are missing:$missing.
Run as root, or install sudo."
  exit 1
fi

echo "Installing:$missing" >&2
# jackd2 asks whether to allow real-time priority; the tests need none
if command -v debconf-set-selections >/dev/null; then
  echo 'jackd2 jackd/tweak_rt_limits boolean false' |
    $as_root debconf-set-selections
fi
# shellcheck disable=SC2086 # one word a package
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
  $as_root apt-get update -qq
  $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
