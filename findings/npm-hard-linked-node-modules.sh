#!/bin/sh
# npm 11.6.2 (10.9.4 too), node_modules of the new release hard-linked from the last one (cp -al): npm install renames new
# folders into place, but writes node_modules/.package-lock.json where it is, so through the link into the OLD release.
# npm ls and npm outdated believe that file and do not look into the folders: in the release that is live they now tell
# the versions of the new one. yarn 1.22.22 leaves the old release as it was.
# One would expect the file to be replaced as the folders are. After a rollback, the list of what runs is that of the
# release that was taken back, with a fixed version that is not there.
# Seen 2026-12-01 (the old release, with ms 2.1.2, after npm install of ms 2.1.3 in the new one):
#   before: npm ls: ms@2.1.2, outdated: 2.1.2, on disk: 2.1.2
#   after: npm ls: ms@2.1.3 invalid: "2.1.2" from the root project, outdated: 2.1.3, on disk: 2.1.2
#   yarn: the file that yarn keeps in the old release is as before: yes
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix tools npm@11.6.2 yarn@1.22.22 >/dev/null 2>&1; PATH=$d/tools/node_modules/.bin:$PATH; npm --version | grep -qx 11.6.2
app() { echo "{\"name\":\"app\",\"version\":\"1.0.0\",\"license\":\"MIT\",\"dependencies\":{\"ms\":\"$1\"}}" > package.json; }
tell() { echo "$1: npm ls: $(npm ls 2>/dev/null | sed -n 's/^[^a-z]*\(ms@.*\)/\1/p'), outdated: $(npm outdated --json 2>/dev/null | sed -n 's/.*"current": "\(.*\)".*/\1/p'), on disk: $(node -p 'require("./node_modules/ms/package.json").version')"; }
mkdir old new; cd old; app 2.1.2; npm i --silent; out=$(tell before); cp -al node_modules ../new/; cp package-lock.json ../new/; cd ../new; app 2.1.3; npm i --silent; cd ../old; out="$out
$(tell after)"
cd ..; rm -rf old new; mkdir old new; cd old; app 2.1.2; yarn -s; cp -al node_modules ../new/; cp yarn.lock ../new/; cp node_modules/.yarn-integrity ..; cd ../new; app 2.1.3; yarn -s; same=no; ! cmp -s ../.yarn-integrity ../old/node_modules/.yarn-integrity || same=yes
out="$out
yarn: the file that yarn keeps in the old release is as before: $same"; echo "$out"
[ "$out" = 'before: npm ls: ms@2.1.2, outdated: 2.1.2, on disk: 2.1.2
after: npm ls: ms@2.1.3 invalid: "2.1.2" from the root project, outdated: 2.1.3, on disk: 2.1.2
yarn: the file that yarn keeps in the old release is as before: yes' ] || { echo CHANGED; exit 1; }
