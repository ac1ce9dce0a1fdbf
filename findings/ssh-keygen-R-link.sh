#!/bin/sh
# OpenSSH 9.2p1: ssh-keygen -R on a known_hosts that is a symbolic link (to one file shared by the team or by several
# deploy users) replaces the link by a file of its own and leaves the shared file as it was; exit 0, and it
# says "updated". ssh itself appends new keys through the link.
# One would expect the file behind the link to be edited. After a host was rebuilt, the user who ran -R connects; all
# others still get the old key and "REMOTE HOST IDENTIFICATION HAS CHANGED", and later keys no longer reach them.
# Seen 2026-11-29:
#   exit 0, known_hosts is a file: db; shared file: web db
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq openssh-client=1:9.2p1-2+deb12u10 2>/dev/null; dpkg -x openssh-client_*.deb x
x/usr/bin/ssh-keygen -q -t ed25519 -N '' -f key -C ''; for h in web db; do echo "$h $(cat key.pub)"; done > shared; chmod 644 shared; ln -s shared known_hosts
r=0; x/usr/bin/ssh-keygen -R web -f known_hosts >/dev/null 2>&1 || r=$?; kind=file; [ ! -L known_hosts ] || kind=link
out="exit $r, known_hosts is a $kind: $(cut -d' ' -f1 known_hosts | paste -s -d' ' -); shared file: $(cut -d' ' -f1 shared | paste -s -d' ' -)"; echo "$out"
[ "$out" = "exit 0, known_hosts is a file: db; shared file: web db" ] || { echo CHANGED; exit 1; }
