#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Reports and a summary as headless Chromium shows them, in a wide and a narrow window, light
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

is_told() { [[ $told == *"$1;"* ]]; }

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
  ! sed 's/ xmlns[:a-z]*="[^"]*"//g' "$1" | grep -oE '<(link|img|iframe|object)|@import|src=.|url\([^#]|https?://[^"]*' >&2
}

no_script() { ! grep -q '<script' "$1"; }

# use PAGE: a copy of it that tells what a reader who searches and sorts finds
use() {
  sed '/^<\/body>/d; /^<\/html>/d' "$out/$1.html"
  cat <<'END'
<p id="told"></p>
<script>
const at = id => document.getElementById(id);
const cell = i =>
  document.querySelector(`#list tbody tr td:nth-child(${i})`).textContent;
const told = [];
const tell = (name, value) => told.push(`${name}=${value}`);
const lines = () => document.querySelectorAll("#list tbody tr").length;
const sort = i => document.querySelectorAll("#list th button")[i].click();
const search = text => {
  at("find").value = text;
  at("find").dispatchEvent(new Event("input"));
  return new Promise(done => setTimeout(done, 100));
};
addEventListener("load", async () => {
  tell("all", at("found").textContent);
  tell("lines", lines());
  at("more").click();
  tell("more", lines());
  sort(0);
  tell("last", cell(1));
  sort(4);
  sort(4);
  tell("notes", cell(5));
  await search("TAPE 150 side");
  tell("found", at("found").textContent);
  await search("permission");
  tell("reason", cell(2));
  await search("<b>");
  tell("none", lines());
  tell("markup", document.querySelectorAll("main b, main img").length);
  at("told").textContent = told.join("; ") + ";";
});
</script>
</body>
</html>
END
}

rm -rf "$out"
mkdir -p "$out" || exit 1
"$build/tests/browser/report_files" "$out" &&
  "$build/timbrel" report "$out/evaluation.json" "$out/rate-0.001.csv" \
    presets/factory.safetensors --target 0.9 --title 'Twenty-seven instruments' \
    --plots "$out/plots" -o "$out/training.html" &&
  "$build/timbrel" report "$out"/rate-*.csv --target 0.9 \
    --title 'Learning rates' -o "$out/sweep.html" &&
  "$build/timbrel" summary "$out/results.jsonl" --html "$out/summary.html" \
    >/dev/null || exit 1

check training 6 4700 6900
check sweep 2 1000 1500
check summary 3 7000 8500
claim "training: no script runs" no_script "$out/training.html"
claim "sweep: no script runs" no_script "$out/sweep.html"

use summary >"$out/probe.html"
told=$(browse --dump-dom --virtual-time-budget=5000 "file://$out/probe.html" |
  sed -n 's/.*<p id="told">\(.*\)<\/p>.*/\1/p')
claim "summary: all files are told" is_told 'all=301 of 301 files'
claim "summary: a hundred of them are shown" is_told 'lines=100'
claim "summary: a button shows a hundred more" is_told 'more=200'
claim "summary: files are sorted as people count" \
  is_told 'last=archive/tape 150/side 2.flac'
claim "summary: the most notes come first when asked for" is_told 'notes=118'
claim "summary: all words are searched for" is_told 'found=2 of 301 files'
claim "summary: so are reasons" is_told 'reason=Permission denied'
claim "summary: markup is searched for as text" is_told 'none=1'
claim "summary: markup in a name is text" is_told 'markup=0'
rm -f "$out/frame.html" "$out/probe.html" "$out/browser.log"
echo "$passed passed, $failed failed; to be looked at: $out/*.png"
[ "$failed" = 0 ]
