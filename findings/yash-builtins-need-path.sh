#!/bin/sh
# yash 2.52, also with --posix: its own [, test, echo and printf are "no such command" where PATH has no program of that name,
# though no program is ever started for them. $? is 127, so that an `if [ ... ]` is false without an error of its own.
# One would expect a builtin to be there whatever PATH is, as in dash, bash, mksh, ksh93, zsh and busybox. A script that
# empties PATH to be safe, or runs on when a tool's folder was removed, takes other branches under /bin/sh = yash.
# Seen 2026-12-01:
#   PATH=/none: [ 127, echo 127, printf 127, true 0, kill 0
#   PATH=/bin: [ 0, echo 0, printf 0, true 0, kill 0
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq yash=2.52-2 2>/dev/null; dpkg -x yash_*.deb x
ask() { env -i PATH="$1" x/usr/bin/yash --posix -c 's=; for c in "[ a = a ]" "echo a" "printf a" true "kill -0 $$"; do eval "$c" >/dev/null 2>&1; s="$s, ${c%% *} $?"; done; PATH=/bin; echo "${s#, }"'; }
out=$(for p in /none /bin; do echo "PATH=$p: $(ask $p)"; done); echo "$out"
[ "$out" = 'PATH=/none: [ 127, echo 127, printf 127, true 0, kill 0
PATH=/bin: [ 0, echo 0, printf 0, true 0, kill 0' ] || { echo CHANGED; exit 1; }
