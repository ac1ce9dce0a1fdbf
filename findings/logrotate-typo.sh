#!/bin/sh
# logrotate 3.21.0: a directive it does not know is "ignored", and the log is rotated all the same. When that was the
# line with the count (rotatee 14), the default count holds, 0: the log is DELETED, no copy is kept, exit 0. A count it
# cannot read (rotate 14 # two weeks: comments do not go after values) is treated in the other way: the log is left
# alone.
# One would expect both mistakes to stop the section, as the second does, or to keep logs rather than to remove them. A
# template of a logrotate file with one wrong letter, deployed to a fleet, empties all of its logs at night.
# Seen 2026-11-29:
#   rotate 14: exit 0, app.log.1 is there
#   rotatee 14: exit 0, no log is there; error: app.conf:2 unknown option 'rotatee' -- ignoring line
#   rotate 14 # two weeks: exit 1, app.log is there; error: app.conf:2 bad rotation count '14 # two weeks'
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; umask 022
apt-get download -qq logrotate=3.21.0-1 2>/dev/null; dpkg -x logrotate_*.deb x
try() { rm -f app.log* state; echo line > app.log; printf '%s/app.log {\n  %s\n}\n' "$d" "$1" > app.conf; r=0
  x/usr/sbin/logrotate -s "$d/state" -f app.conf >/dev/null 2>err || r=$?; l=$(ls app.log* 2>/dev/null || echo 'no log'); e=$(grep -m1 app.conf: err || true); echo "$1: exit $r, $l is there${e:+; $e}"; }
out=$(try 'rotate 14'; try 'rotatee 14'; try 'rotate 14 # two weeks'); echo "$out"
[ "$out" = "rotate 14: exit 0, app.log.1 is there
rotatee 14: exit 0, no log is there; error: app.conf:2 unknown option 'rotatee' -- ignoring line
rotate 14 # two weeks: exit 1, app.log is there; error: app.conf:2 bad rotation count '14 # two weeks'" ] || { echo CHANGED; exit 1; }
