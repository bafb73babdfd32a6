#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Reports as headless Chromium shows them, in a wide and a narrow window, light
# and dark: nothing wider than the window, every picture there, no complaint.
# The pages and pictures of them stay in BUILD/report to be looked at.
# usage: check_report.sh [BUILD]

set -u

build=$(realpath "${1:-build}") || exit 1
out=$build/report
profile=$(mktemp -d)
passed=0
failed=0
trap 'rm -rf "$profile"' EXIT
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

# browse OPTION...: its stderr goes to browser.log
browse() {
  timeout 60 chromium --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --hide-scrollbars --user-data-dir="$profile" --enable-logging=stderr \
    "$@" 2>"$out/browser.log"
}

# probe PAGE SVGS: a copy of it that tells its parent what it measures.  Cells
# that scroll by themselves are as wide as they like
probe() {
  sed '/^<\/body>/d; /^<\/html>/d' "$out/$1.html"
  cat <<'END'
<script>
addEventListener("load", () => {
  const svgs = [...document.querySelectorAll("svg")];
  const shown = svgs.filter(svg => {
    const box = svg.getBoundingClientRect();
    const drawn = svg.querySelectorAll("path, polygon, use");
    return box.width > 100 && box.height > 100 && drawn.length > 5;
  });
  const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
  const root = document.documentElement;
  parent.postMessage([
    "window", innerWidth,
    "page", Math.max(root.scrollWidth, document.body.scrollWidth),
    "dark", matchMedia("(prefers-color-scheme: dark)").matches,
    "svgs", svgs.length, "shown", shown.length,
    "doubles", ids.length - new Set(ids).size,
    "ground", getComputedStyle(document.body).backgroundColor,
    "end"].join(" "), "*");
});
</script>
</body>
</html>
END
}

# frame PAGE WIDTH HEIGHT: Chromium's windows are not as narrow as a phone
frame() {
  cat <<END
<!DOCTYPE html>
<meta name="color-scheme" content="light dark">
<style>body { margin: 0 } iframe { border: 0; display: block }</style>
<iframe src="$1" width="$2" height="$3"></iframe>
<p></p>
<script>
addEventListener("message", e => {
  document.querySelector("p").textContent = e.data;
});
</script>
END
}

# measured WORD: the value after a word of what the probe told
measured() { sed -n "s/.* $1 \(.*\)/ \1/p" <<<"$told" | cut -d ' ' -f 2; }

# look PAGE SVGS WIDTH HEIGHT light|dark
look() {
  local page=$1 svgs=$2 width=$3 height=$4 theme=$5
  local name=$page-$width-$theme scheme=1 dark=false
  [ "$theme" = light ] || { scheme=0 dark=true; }

  frame probe.html "$width" "$height" >"$out/frame.html"
  told=" $(browse --dump-dom --virtual-time-budget=5000 \
    --window-size="$width,$height" \
    --blink-settings=preferredColorScheme=$scheme "file://$out/frame.html" |
    grep -o 'window [^<]* end')"
  claim "$name: the window is as wide as that" [ "$(measured window)" = "$width" ]
  claim "$name: the page is no wider" [ "$(measured page)" = "$width" ]
  claim "$name: the theme is $theme" [ "$(measured dark)" = "$dark" ]
  claim "$name: there are $svgs pictures" [ "$(measured svgs)" = "$svgs" ]
  claim "$name: all of them show something" [ "$(measured shown)" = "$svgs" ]
  claim "$name: no id is there twice" [ "$(measured doubles)" = 0 ]
  claim "$name: Chromium has nothing to say" silent

  frame "$page.html" "$width" "$height" >"$out/frame.html"
  browse --screenshot="$out/$name.png" --window-size="$width,$height" \
    --blink-settings=preferredColorScheme=$scheme "file://$out/frame.html"
  claim "$name: a picture of it was taken" [ -s "$out/$name.png" ]
}

silent() { ! grep CONSOLE "$out/browser.log" >&2; }

# check PAGE SVGS WIDE NARROW: heights of the two windows
check() {
  claim "$1: it asks for nothing else" self_contained "$out/$1.html"
  probe "$1" >"$out/probe.html"
  for theme in light dark; do
    look "$1" "$2" 1400 "$3" "$theme"
    look "$1" "$2" 360 "$4" "$theme"
  done
}

self_contained() {
  ! sed 's/ xmlns[:a-z]*="[^"]*"//g' "$1" | grep -oE '<(script|link|img|iframe|object)|@import|src=.|url\([^#]|https?://[^"]*' >&2
}

rm -rf "$out"
mkdir -p "$out" || exit 1
"$build/tests/browser/report_files" "$out" &&
  "$build/timbrel" report "$out/evaluation.json" "$out/rate-0.001.csv" \
    presets/factory.safetensors --target 0.9 --title 'Twenty-seven instruments' \
    --plots "$out/plots" -o "$out/training.html" &&
  "$build/timbrel" report "$out"/rate-*.csv --target 0.9 \
    --title 'Learning rates' -o "$out/sweep.html" || exit 1

check training 6 4700 6900
check sweep 2 1000 1500
rm -f "$out/frame.html" "$out/probe.html" "$out/browser.log"
echo "$passed passed, $failed failed; to be looked at: $out/*.png"
[ "$failed" = 0 ]
