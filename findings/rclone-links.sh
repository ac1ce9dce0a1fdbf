#!/bin/sh
# rclone 1.60.1 (Debian 12), copying a built app between two folders: links are left out, with exit 0, also by sync --checksum; only a
# NOTICE on stderr tells it. rclone check, which is asked whether both sides are the same, then leaves the links out as well: "0
# differences", exit 0. So are empty folders by copy. diff -r finds what is missing.
# One would expect check, at least, to find what copy did not bring. An app sent so runs until somebody needs node_modules/.bin, or the
# linked package of a workspace.
# Seen 2026-11-30:
#   copy exit 0, check exit 0: 0 differences found, sync exit 0
#   ./a.js Only in app/bin;Only in app/logs;Only in app/packages;   (a link, an empty folder, a link to a folder)
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq rclone=1.60.1+dfsg-2+b5 2>/dev/null; dpkg -x rclone_*.deb x; PATH=$d/x/usr/bin:$PATH; export RCLONE_CONFIG=/dev/null
mkdir -p app/bin app/logs app/packages; echo 1 > app/a.js; ln -s ../a.js app/bin/tool; ln -s .. app/packages/self
try() { "$@" > said 2>&1 && echo "exit 0" || echo "exit $?"; }
out=$(echo "copy $(try rclone copy app there), check $(try rclone check app there): $(grep -o '[0-9]* differences found' said), sync $(try rclone sync --checksum app there)"
  cd there; find . ! -type d | sort | tr '\n' ' '; cd ..; diff -r app there | sed 's/: /\//' | sort | tr '\n' ';' || true); echo "$out"
[ "$out" = "copy exit 0, check exit 0: 0 differences found, sync exit 0
./a.js Only in app/bin;Only in app/logs;Only in app/packages;" ] || { echo CHANGED; exit 1; }
