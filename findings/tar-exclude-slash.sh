#!/bin/sh
# tar --exclude, GNU tar 1.34 and bsdtar 3.6.2 (the tar of macOS and FreeBSD): ./log leaves out the top folder alone
# with GNU, and every folder log at any depth with bsdtar; log/ leaves out nothing with GNU, and every folder log with
# bsdtar. Names without a slash at either end mean the same. Neither says anything.
# One would expect ./log to be the anchored form in both: it is the path that "tar -c ." prints. A release packed on a
# Mac with --exclude=./log lacks src/log and its code; the same command in CI ships it.
# Seen 2026-11-29 (of keep, log/l, src/log/m):
#   --exclude=./log: GNU keep src/log/m; bsdtar keep
#   --exclude=log/: GNU keep log/l src/log/m; bsdtar keep
#   --exclude=log: GNU keep; bsdtar keep
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq tar=1.34+dfsg-1.2+deb12u1 libarchive-tools=3.6.2-1+deb12u5 libarchive13=3.6.2-1+deb12u5 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
mkdir -p r/log r/src/log; touch r/keep r/log/l r/src/log/m; G=$(ls x/bin/tar x/usr/bin/tar 2>/dev/null | head -1); L=$(dirname x/usr/lib/*/libarchive.so.13)
list() { tar -tf - | grep -v '/$' | sed 's#^\./##' | sort | paste -s -d' ' -; }
try() { echo "--exclude=$1: GNU $("$G" -c -f - --exclude="$1" -C r . | list); bsdtar $(LD_LIBRARY_PATH=$L x/usr/bin/bsdtar -c -f - --exclude="$1" -C r . | list)"; }
out=$(try ./log; try log/; try log); echo "$out"
[ "$out" = "--exclude=./log: GNU keep src/log/m; bsdtar keep
--exclude=log/: GNU keep log/l src/log/m; bsdtar keep
--exclude=log: GNU keep; bsdtar keep" ] || { echo CHANGED; exit 1; }
