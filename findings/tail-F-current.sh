#!/bin/sh
# GNU tail 9.1 -F on current/log/app.log, current being the link to the live release: when the link is swapped, tail
# stays with the file of the old release for good. It has told inotify to watch that release's folder, where nothing
# happens. With the hidden ---disable-inotify, and with busybox 1.35, it goes over to the new file in a few seconds.
# One would expect -F to follow the name: that is what it is for. Whoever watches a deploy with tail -F, or ships logs
# with it, sees a silent log and thinks the new release is idle.
# Seen 2026-11-29:
#   tail -F: [old]
#   tail -F ---disable-inotify: [old new]
#   busybox tail -F: [old new]
set -eu; d=$(mktemp -d); pids=; trap 'kill $pids 2>/dev/null || true; rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq coreutils=9.1-1 busybox-static=1:1.35.0-4+deb12u1+b1 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
mkdir -p releases/1/log releases/2/log; ln -s releases/1 current; echo old > current/log/app.log
follow() { out=$1; shift; "$@" current/log/app.log >"$out" 2>/dev/null & pids="$pids $!"; }
follow a x/usr/bin/tail -F; follow b x/usr/bin/tail -F ---disable-inotify; follow c x/bin/busybox tail -F; sleep 2
echo new > releases/2/log/app.log; ln -s releases/2 next; mv -T next current
i=0; while [ $i -lt 30 ] && ! { grep -q new b && grep -q new c; }; do i=$((i+1)); sleep 1; done; sleep 3
say() { echo "$1: [$(paste -s -d' ' "$2")]"; }
out=$(say 'tail -F' a; say 'tail -F ---disable-inotify' b; say 'busybox tail -F' c); echo "$out"
[ "$out" = "tail -F: [old]
tail -F ---disable-inotify: [old new]
busybox tail -F: [old new]" ] || { echo CHANGED; exit 1; }
