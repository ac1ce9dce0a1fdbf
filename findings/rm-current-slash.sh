#!/bin/sh
# rm -rf current/ with the slash that completion adds, current being the link to the live release. GNU rm 9.1: exit 0,
# no message, the link is still there, and the release it points to is EMPTY. busybox 1.35 and toybox 0.8.9: exit 0, the
# link is gone, the release is whole.
# One would expect a slash to mean one of the two things everywhere, and "rm -rf" that succeeded to have removed its
# argument. A cleanup that removes the link in order to make it anew empties the live release on Debian, and goes on;
# tested on Alpine it did what was meant.
# Seen 2026-11-29:
#   GNU: exit 0, link there, files in the release: 0
#   busybox: exit 0, link gone, files in the release: 1
#   toybox: exit 0, link gone, files in the release: 1
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq coreutils=9.1-1 busybox-static=1:1.35.0-4+deb12u1+b1 toybox=0.8.9+dfsg-1 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
R=$(ls x/bin/rm x/usr/bin/rm 2>/dev/null | head -1); T=$(find x -name toybox -type f -perm -1 | head -1)
try() { name=$1; shift; rm -rf releases current; mkdir -p releases/1; echo app > releases/1/app; ln -s releases/1 current; r=0; "$@" -rf current/ || r=$?
  l=gone; [ ! -L current ] || l=there; echo "$name: exit $r, link $l, files in the release: $(ls releases/1 2>/dev/null | wc -l | tr -d ' ')"; }
out=$(try GNU "$R"; try busybox x/bin/busybox rm; try toybox "$T" rm); echo "$out"
[ "$out" = "GNU: exit 0, link there, files in the release: 0
busybox: exit 0, link gone, files in the release: 1
toybox: exit 0, link gone, files in the release: 1" ] || { echo CHANGED; exit 1; }
