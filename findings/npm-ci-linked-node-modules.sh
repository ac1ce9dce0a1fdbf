#!/bin/sh
# npm 10.9.4, node_modules being a symbolic link to a folder shared by all releases (Capistrano's linked_dirs):
#   npm ci       empties the shared folder, then puts a real folder in the place of the link; exit 0, no warning
#   npm install  leaves the shared folder alone, and puts a real folder in the place of the link as well
# pnpm 10.34.9 and yarn 1.22.22 install through the link. One would expect npm to do that too, or to refuse.
# The release that is still live loads its modules from the shared folder: npm ci for the NEXT release removes them,
# and the new release does not share anything any more.
# Seen 2026-11-29:
#   npm ci: exit 0, node_modules is a folder, shared folder:
#   npm install: exit 0, node_modules is a folder, shared folder: used-by-the-live-release
#   yarn install: exit 0, node_modules is a link, shared folder: .yarn-integrity ms
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix tools npm@10.9.4 yarn@1.22.22 >/dev/null; PATH=$d/tools/node_modules/.bin:$PATH; npm --version | grep -qx 10.9.4
try() {
  rm -rf app; mkdir -p app/shared/nm/used-by-the-live-release app/release; cd app/release
  echo '{"name":"app","version":"1.0.0","dependencies":{"ms":"2.1.3"}}' > package.json; npm i --silent --package-lock-only
  ln -s ../shared/nm node_modules; r=0; "$@" >/dev/null 2>&1 || r=$?
  kind=folder; [ ! -L node_modules ] || kind=link
  echo "$*: exit $r, node_modules is a $kind, shared folder: $(ls -A ../shared/nm | paste -s -d' ' -)"; cd ../..
}
out=$(try npm ci; try npm install; try yarn install); echo "$out"
[ "$out" = "npm ci: exit 0, node_modules is a folder, shared folder: 
npm install: exit 0, node_modules is a folder, shared folder: used-by-the-live-release
yarn install: exit 0, node_modules is a link, shared folder: .yarn-integrity ms" ] || { echo CHANGED; exit 1; }
