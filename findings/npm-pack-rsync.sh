#!/bin/sh
# npm pack gives every file the same time, 1985-10-26 08:15 UTC, and tar restores it. rsync compares size and time. So
# rsync -a of version 1.0.2 over version 1.0.1, both unpacked from npm's tarballs, sends NOTHING for files whose length
# did not change: not the code, not even package.json with the new version in it. Exit 0.
# One would expect rsync -a to bring the target up to date, as it does from a checkout. A deploy that unpacks a release's
# tarball and syncs it to hosts keeps old code running and finds the old version number there. rsync -c sends it.
# npm 10.9.4, rsync 3.5.0 (Debian 12). Seen 2026-11-29:
#   rsync -a: nothing sent; target: 1.0.1 exports.rate = 10
#   rsync -ac: a.js package.json sent; target: 1.0.2 exports.rate = 25
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix tools npm@10.9.4 >/dev/null; apt-get download -qq rsync=3.5.0+ds1-0+deb12u1 2>/dev/null; dpkg -x rsync_*.deb x
release() { mkdir -p p "$1"; echo "{\"name\":\"a\",\"version\":\"$1\"}" > p/package.json; echo "exports.rate = $2" > p/a.js; (cd p; "$d"/tools/node_modules/.bin/npm pack --silent --pack-destination .. >/dev/null); tar xzf "a-$1.tgz" -C "$1"; }
release 1.0.1 10; release 1.0.2 25; x/usr/bin/rsync -a 1.0.1/package/ target/
sync() { s=$(x/usr/bin/rsync "$1" --out-format=%n 1.0.2/package/ target/ | grep -v '/$' | sort | paste -s -d' ' -); echo "rsync $1: ${s:-nothing} sent; target: $(node -p 'require("./target/package.json").version') $(cat target/a.js)"; }
out=$(sync -a; sync -ac); echo "$out"
[ "$out" = "rsync -a: nothing sent; target: 1.0.1 exports.rate = 10
rsync -ac: a.js package.json sent; target: 1.0.2 exports.rate = 25" ] || { echo CHANGED; exit 1; }
