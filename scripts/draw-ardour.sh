#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Draws the pictures of docs/hosts.md: Ardour's window with the plugin, and what
# the editor action has written, called by its button.
# usage: draw-ardour.sh BUILD FOLDER

set -eu

folder=$(realpath "$2")
# shellcheck source=tests/hosts/claims.sh
. tests/hosts/claims.sh "$1"
# shellcheck source=tests/hosts/ardour/session.sh
. tests/hosts/ardour/session.sh

# The session's model is another one; here one with the right programs
cp "$build/timbrel.lv2/factory.safetensors" "$dir/lv2/mine.lv2/mine.safetensors"
make_session 8.2 9

# As after a first start, with a button for the editor action
config=$XDG_CONFIG_HOME/ardour7
mkdir -p "$config/scripts"
touch "$config/.a7"
cp ardour/*.lua "$config/scripts"
cat >"$config/config" <<END
<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config>
    <Option name="hide-dummy-backend" value="0"/>
    <Option name="try-autostart-engine" value="1"/>
  </Config>
  <Extra>
    <AudioMIDISetup>
      <EngineStates>
        <State backend="None (Dummy)" driver="Normal Speed" device="Silence"
          input-device="" output-device="" sample-rate="44100" buffer-size="1024"
          n-periods="0" input-latency="0" output-latency="0" input-channels="0"
          output-channels="0" active="1" use-buffered-io="0"
          midi-option="1 in, 1 out, Silence" lru="1">
          <MIDIDevices/>
        </State>
      </EngineStates>
    </AudioMIDISetup>
  </Extra>
</Ardour>
END
ardour buttons
cat >"$config/ui_scripts" <<END
<?xml version="1.0" encoding="UTF-8"?>
<UIScripts>
  <ActionScript lua="Lua 5.3">$(base64 -w0 "$dir/buttons")</ActionScript>
  <ActionHooks/>
</UIScripts>
END

export DISPLAY=:$((90 + $$ % 1000))
Xvfb "$DISPLAY" -screen 0 1400x900x24 >"$dir/xvfb.log" 2>&1 &
pids+=($!)
patiently xdotool getdisplaygeometry
command ardour "$dir/session/session.ardour" >"$dir/window.log" 2>&1 &
pids+=($!)

window() { xdotool search --onlyvisible --name "$1"; }

# click X Y [OPTIONS]: and wait for what it does
click() {
  xdotool mousemove "$1" "$2" sleep 0.3 click "${@:3}" 1
  sleep 3
}

# is_saved: the second button saves, and markers are there
is_saved() {
  click 1053 72
  grep -q '<Location .*name="Trumpet".*flags="IsMark' "$dir/session/session.ardour"
}

for _ in $(seq 6); do
  patiently window 'session - Ardour' && break
done
sleep 10
main=$(window 'session - Ardour') || give_up "Ardour opens its window"
xdotool windowsize "$main" 1180 500
sleep 2

# The editor action: its question is answered in its own window
click 1053 43
eval "$(xdotool getwindowgeometry --shell "$(window 'Write Labels')")"
click $((X + 258)) $((Y + 78))
for key in Up Right Right Down Down Down Return; do
  xdotool key "$key" sleep 0.7
done
click $((X + WIDTH - 60)) $((Y + HEIGHT - 30))
for _ in $(seq 6); do
  patiently is_saved && break
done
is_saved || give_up "the editor action writes markers"
click 163 370 # The track's automation: show existing
click 244 410
xdotool mousemove 700 600
import -window "$main" -crop 1180x430+0+122 +repage "$folder/ardour-labels.png"

# The plugin's controls and outputs, while it plays; Alt asks for the host's own
click 1160 72 # Mixer
click 61 43   # To the start
click 157 43  # Play
xdotool mousemove 289 207 keydown alt click --repeat 2 --delay 100 1 keyup alt
xdotool mousemove 800 800
sleep 3
import -window "$(window 'Timbrel' | tail -n 1)" -crop x400+0+0 +repage \
  "$folder/ardour-plugin.png"
