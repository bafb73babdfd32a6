#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The built plugin and its scripts in Ardour, without sound hardware or screen:
# makes a session, plays music in it while MIDI is recorded, and reloads it.
# usage: check_ardour.sh [BUILD]

set -u

here=$(dirname "$0")
# shellcheck source=tests/hosts/claims.sh
. "$here/claims.sh" "${1:-build}"

# shellcheck source=tests/hosts/ardour/session.sh
. "$here/ardour/session.sh"

make_session 2.6 3.1
ardour play
claim "the lane is saved" grep -q 'AutomationList.*automation-id="parameter-4".*state="Play"' \
  "$dir/session/session.ardour"
finish
