#!/bin/sh
# git 2.39.5: how long git rev-parse --short (and %h, git describe, export-subst) is depends on the number of objects
# in PACKS only. One repository with 20,000 loose objects says 7 digits, and after git gc 8, for the same commit.
# One would expect the short name of a commit to grow with the history, not with the housekeeping, and to be the same in
# two copies that hold the same objects. A release or a build artefact that is named by the short hash on the build
# machine is not found under the name that the deploy's mirror (packed differently) computes.
# Seen 2026-11-29:
#   loose: 7 digits; after git gc: 8 digits, the same commit
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq git=1:2.39.5-0+deb12u3 2>/dev/null; dpkg -x git_*.deb g; export GIT_EXEC_PATH="$d/g/usr/lib/git-core" PATH="$d/g/usr/bin:$PATH" HOME="$d" GIT_CONFIG_NOSYSTEM=1
git --version | grep -qx 'git version 2.39.5'; git init -q packed; git init -q loose
node -e 'const n = 20000; let s = ""; for (let i = 1; i <= n; i++) s += `blob\nmark :${i}\ndata ${String(i).length}\n${i}\n`;
s += "commit refs/heads/main\ncommitter a <a@b> 1767225600 +0000\ndata 1\nx\n"; for (let i = 1; i <= n; i++) s += `M 100644 :${i} f${i % 100}/${i}\n`; process.stdout.write(s)' | git -C packed fast-import --quiet
c=$(git -C packed rev-parse main); cd loose; git unpack-objects -q < "$(ls ../packed/.git/objects/pack/*.pack)"; git update-ref refs/heads/main "$c"
a=$(git rev-parse --short main); git gc -q; b=$(git rev-parse --short main)
same=another; [ "$(git rev-parse main)" != "$c" ] || same="the same"; out="loose: ${#a} digits; after git gc: ${#b} digits, $same commit"; echo "$out"
[ "$out" = "loose: 7 digits; after git gc: 8 digits, the same commit" ] || { echo CHANGED; exit 1; }
