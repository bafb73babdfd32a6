# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Put a Turtle file together from its template: a line "@include FILE" stands
# for what FILE in the same folder holds below its comment, @INDEX@ for the
# index of one port after the other, @MINOR@ and @MICRO@ for the version.
#
#   awk -v minor=1 -v micro=0 -f expand.awk ttl/mono.ttl.in

function expand(file, is_part,    line, is_open) {
  is_open = !is_part
  while ((found = (getline line < file)) > 0) {
    is_open = is_open || (line !~ /^#/ && line != "")
    if (line ~ /^@include /) {
      expand(folder substr(line, 10), 1)
    } else if (is_open) {
      n_ports += sub(/@INDEX@/, n_ports + 0, line)
      sub(/@MINOR@/, minor, line)
      sub(/@MICRO@/, micro, line)
      print line
    }
  }
  if (found < 0) {
    print file " can't be read" > "/dev/stderr"
    exit 1
  }
  close(file)
}

BEGIN {
  folder = ARGV[1]
  sub(/[^\/]*$/, "", folder)
  expand(ARGV[1], 0)
}
