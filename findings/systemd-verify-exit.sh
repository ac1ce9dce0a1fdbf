#!/bin/sh
# systemd-analyze verify 252 exits 0 for lines that systemd will IGNORE: a misspelled key or value, MemoryMax=1g (only
# 1G is a unit). It says nothing at all of a comment behind a value, which becomes part of it (the folder is "/srv/app #
# live"), or of && in ExecStart=, which is handed to the program as an argument. A missing program is exit 1.
# One would expect a check to fail on what is thrown away, as it does on a missing file. A deploy that runs verify
# before it installs a unit, and looks at the exit code, starts the app without its memory limit and without a restart.
# Seen 2026-11-29 (the value, the exit code, lines of output):
#   Restart=allways: 0, 1
#   Restartt=always: 0, 1
#   MemoryMax=1g: 0, 1
#   WorkingDirectory=/tmp # live: 0, 0
#   ExecStart=/bin/true && /bin/false: 0, 0
#   ExecStart=/bin/nosuch: 1, 1
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; V=252.39-1~deb12u2
apt-get download -qq systemd=$V libsystemd-shared=$V 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done; LD_LIBRARY_PATH=$(dirname "$d"/x/usr/lib/*/systemd/libsystemd-shared-252.so); export LD_LIBRARY_PATH
try() { case $1 in ExecStart*) printf '[Service]\n%s\n' "$1";; *) printf '[Service]\nExecStart=/bin/true\n%s\n' "$1";; esac > app.service; r=0; x/usr/bin/systemd-analyze verify "$d/app.service" >o 2>&1 || r=$?; echo "$1: $r, $(grep -c app.service o || true)"; }
out=$(try Restart=allways; try Restartt=always; try MemoryMax=1g; try 'WorkingDirectory=/tmp # live'; try 'ExecStart=/bin/true && /bin/false'; try ExecStart=/bin/nosuch); echo "$out"
[ "$out" = "Restart=allways: 0, 1
Restartt=always: 0, 1
MemoryMax=1g: 0, 1
WorkingDirectory=/tmp # live: 0, 0
ExecStart=/bin/true && /bin/false: 0, 0
ExecStart=/bin/nosuch: 1, 1" ] || { echo CHANGED; exit 1; }
