#!/bin/sh
# Two options that are said to leave out what .gitignore names, GNU tar 1.34 --exclude-vcs-ignores and rsync 3.2.7
# --filter=':- .gitignore', read the same lines in other ways than git, with exit 0:
#   build/             tar sends the folder: a pattern that ends in a slash matches nothing there
#   /dist              tar sends it: so does one that begins with a slash
#   config/local.json  rsync drops it in every folder below, where for git it is the one at the top
#   .env* !.env.dist   both drop what ! takes back
# One would expect an option made for such files to read their two commonest forms. npm pack and globby do.
# A release packed by tar carries the sender's node_modules/ and build/; one sent by rsync lacks a file that git has.
# Seen 2026-12-01 (what is sent beside app.js):
#   git: .env.dist packages/a/config/local.json
#   tar: build/x dist/x packages/a/config/local.json
#   rsync:
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq tar=1.34+dfsg-1.2+deb12u1 rsync=3.2.7-1+deb12u6 libpopt0 libxxhash0 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done; L=$(dirname "$d"/x/usr/lib/*/libxxhash.so.0)
mkdir -p app/build app/dist app/config app/packages/a/config; cd app; for f in app.js build/x dist/x .env .env.dist config/local.json packages/a/config/local.json; do echo x > $f; done
printf '%s\n' build/ /dist 'config/local.json' '.env*' '!.env.dist' .gitignore > .gitignore; git init -q
list() { echo "$1: $(sed 's#^\./##' | grep -v -e '/$' -e '^app.js$' -e '^.gitignore$' -e '^$' | LC_ALL=C sort | paste -s -d' ' -)"; }
out=$(git ls-files -o --exclude-standard | list git; ../x/bin/tar -c --exclude-vcs --exclude-vcs-ignores . | ../x/bin/tar -t | list tar
LD_LIBRARY_PATH=$L ../x/usr/bin/rsync -an --exclude=.git --filter=':- .gitignore' --out-format=%n . ../none/ | list rsync); echo "$out"
[ "$out" = "git: .env.dist packages/a/config/local.json
tar: build/x dist/x packages/a/config/local.json
rsync: " ] || { echo CHANGED; exit 1; }
