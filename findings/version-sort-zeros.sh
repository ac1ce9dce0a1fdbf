#!/bin/sh
# git 2.39.5 --sort=version:refname and busybox 1.35 sort -V read digits after a leading zero as a FRACTION: 2026.09.1
# comes before 2026.8.2, and v1.09 before v1.2. GNU sort -V (coreutils 9.1), systemd-analyze compare-versions and npm
# compare-versions 6.1.1 read 09 as 9. One would expect all "version" sorts to agree on two plain numbers; it is what
# they are for. A team whose tags became 2026.09 after 2026.8 (or a date format with a zero) deploys "the newest tag" of
# git or of an Alpine host, and gets the one from August.
# Seen 2026-11-29 (the last of 2026.09.1 and 2026.8.2):
#   git: 2026.8.2; busybox: 2026.8.2; GNU: 2026.09.1; systemd: 2026.8.2 < 2026.09.1; compare-versions: 2026.09.1
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . compare-versions@6.1.1 >/dev/null; V=252.39-1~deb12u2
apt-get download -qq git=1:2.39.5-0+deb12u3 busybox-static=1:1.35.0-4+deb12u1+b1 coreutils=9.1-1 systemd=$V libsystemd-shared=$V 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
export GIT_EXEC_PATH="$d/x/usr/lib/git-core" HOME="$d"; printf '2026.09.1\n2026.8.2\n' > tags; G=x/usr/bin/git
$G init -q r; $G -C r -c user.name=a -c user.email=a@b commit -q --allow-empty -m x; while read -r t; do $G -C r tag "$t"; done < tags
a=$($G -C r tag --sort=version:refname | tail -1); b=$(x/bin/busybox sort -V tags | tail -1); c=$(x/usr/bin/sort -V tags | tail -1)
s=$(LD_LIBRARY_PATH=$(dirname x/usr/lib/*/systemd/libsystemd-shared-252.so) x/usr/bin/systemd-analyze compare-versions 2026.8.2 2026.09.1) || true
n=$(node -p 'require("compare-versions").compareVersions("2026.09.1", "2026.8.2") > 0 ? "2026.09.1" : "2026.8.2"')
out="git: $a; busybox: $b; GNU: $c; systemd: $s; compare-versions: $n"; echo "$out"
[ "$out" = "git: 2026.8.2; busybox: 2026.8.2; GNU: 2026.09.1; systemd: 2026.8.2 < 2026.09.1; compare-versions: 2026.09.1" ] || { echo CHANGED; exit 1; }
