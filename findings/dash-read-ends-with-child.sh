#!/bin/sh
# dash 0.5.12 and busybox sh 1.35: where SIGCHLD has a trap, a `read` that waits comes back with status 1 when any child ends, as at
# the end of its input. A `while read line` beside a background job is over with the first job, and the rest is never read.
# One would expect it to go on waiting, as in bash, mksh, ksh93, yash and zsh, or a status above 128, as `wait` has then. A script
# that counts its workers with a trap on CHLD and reads their orders from a pipe works in bash, and loses lines under /bin/sh.
# Seen 2026-12-01 (two lines half a second apart, a job of 0.2 s beside the loop):
#   dash: 1 of 2 lines, then status 1
#   busybox: 1 of 2 lines, then status 1
#   yash: 2 of 2 lines, then status 1
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq dash=0.5.12-2 busybox=1:1.35.0-4+deb12u1+b1 yash=2.52-2 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
find_one() { find x -name "$1" -type f -perm -100 | head -n 1; }
text='trap : CHLD; n=0; sleep 0.2 & while read -r line || { last=$?; false; }; do n=$((n + 1)); done; echo "$n of 2 lines, then status $last"'
lines() { echo a; sleep 0.5; echo b; }
out=$(echo "dash: $(lines | "$(find_one dash)" -c "$text")"; echo "busybox: $(lines | "$(find_one busybox)" sh -c "$text")"; echo "yash: $(lines | "$(find_one yash)" -c "$text")"); echo "$out"
[ "$out" = 'dash: 1 of 2 lines, then status 1
busybox: 1 of 2 lines, then status 1
yash: 2 of 2 lines, then status 1' ] || { echo CHANGED; exit 1; }
