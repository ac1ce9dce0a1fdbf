#!/bin/sh
# Debian's start-stop-daemon 1.21.23, --exec /srv/app/current/bin/app: after current was swapped it does not find the
# daemon that runs any more: --stop with pid file and --exec says "none killed", exit 1 (0 with --oknodo, as init
# scripts have it), and --start would start a second one. It compares the file of the process with the file that the
# path leads to NOW. busybox 1.35's compares what was typed, and finds it. --pidfile alone finds it in both.
# One would expect the pid file to decide, or the two tools of that name to agree. An init script through current
# restarts nothing after a deploy: the old release goes on serving, beside the new one or in its place.
# Seen 2026-11-29:
#   dpkg: before the swap found; after it: stop exits 1, process alive, start exits 0
#   busybox: before the swap found; after it: stop exits 0, process ended, start exits 0
set -eu; d=$(mktemp -d); p=; trap 'kill $p 2>/dev/null || true; rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq dpkg=1.21.23 busybox-static=1:1.35.0-4+deb12u1+b1 coreutils=9.1-1 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
for n in 1 2; do mkdir -p releases/$n/bin; cp x/bin/sleep releases/$n/bin/app 2>/dev/null || cp x/usr/bin/sleep releases/$n/bin/app; done
try() { name=$1; shift; rm -f current pid; ln -s releases/1 current; app=$d/current/bin/app
  "$@" --start --background --make-pidfile --pidfile "$d/pid" --exec "$app" -- 30 >/dev/null; sleep 1; p=$(cat pid)
  seen=missed; "$@" --start --test --pidfile "$d/pid" --exec "$app" -- 30 >/dev/null 2>&1 || seen=found
  ln -s releases/2 next; mv -T next current; a=0; "$@" --stop --pidfile "$d/pid" --exec "$app" >/dev/null 2>&1 || a=$?; sleep 1; alive=alive; case $(cut -d" " -f3 "/proc/$p/stat" 2>/dev/null) in ""|Z) alive=ended;; esac
  b=0; "$@" --start --test --pidfile "$d/pid" --exec "$app" -- 30 >/dev/null 2>&1 || b=$?; kill "$p" 2>/dev/null || true
  echo "$name: before the swap $seen; after it: stop exits $a, process $alive, start exits $b"; }
out=$(try dpkg "$(ls x/sbin/start-stop-daemon)"; try busybox x/bin/busybox start-stop-daemon); echo "$out"
[ "$out" = "dpkg: before the swap found; after it: stop exits 1, process alive, start exits 0
busybox: before the swap found; after it: stop exits 0, process ended, start exits 0" ] || { echo CHANGED; exit 1; }
