#!/bin/sh
# "1h30": npm parse-duration 2.1.9 reads 90 minutes. OpenSSH 9.2p1 (ConnectTimeout and every other time of its config)
# and systemd 252 read 1 hour and 30 SECONDS: a last number without a unit counts in their base unit. npm ms 2.1.3 reads
# undefined.
# One would expect either a next-smaller unit everywhere, as parse-duration has it, or an error. A timeout that a deploy
# tool reads with such a library and hands on to ssh -o or to a unit as the user wrote it ends half an hour earlier
# there.
# Seen 2026-11-29 (seconds):
#   1h30: parse-duration 5400, ssh 3630, systemd 3630, ms undefined
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . parse-duration@2.1.9 ms@2.1.3 >/dev/null; V=252.39-1~deb12u2
apt-get download -qq openssh-client=1:9.2p1-2+deb12u10 systemd=$V libsystemd-shared=$V 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
echo 'import parse from "parse-duration"; console.log(parse("1h30", "s"));' > t.mjs; p=$(node t.mjs); m=$(node -p 'require("ms")("1h30")')
s=$(x/usr/bin/ssh -TG -F none -o ConnectTimeout=1h30 web | sed -n 's/^connecttimeout //p')
u=$(LD_LIBRARY_PATH=$(dirname x/usr/lib/*/systemd/libsystemd-shared-252.so) x/usr/bin/systemd-analyze timespan 1h30 | sed -n 's/.*s: \([0-9]*\)000000$/\1/p')
out="1h30: parse-duration $p, ssh $s, systemd $u, ms $m"; echo "$out"; [ "$out" = "1h30: parse-duration 5400, ssh 3630, systemd 3630, ms undefined" ] || { echo CHANGED; exit 1; }
