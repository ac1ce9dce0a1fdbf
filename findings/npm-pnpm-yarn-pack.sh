#!/bin/sh
# One package.json with "files": ["run.sh", "link", "package-lock.json"], packed by five package managers: npm 11.6.2 and bun
# 1.4.5 leave out the link, pnpm 10.34.9 too, and it makes run.sh 644 (yarn 4.18.1 as well); the lockfile that "files"
# names is there only in the tarballs of yarn 1.22.22 and yarn 4.18.1. Exit 0 each time, and no warning.
# One would expect what is named to be in the tarball, with the mode that git keeps, or an error.
# A release sent as the tarball of "pack" cannot do npm ci, and its start script is "Permission denied", depending on who
# packed it: in CI and on a desk it may be two tools for one folder.
# Seen 2026-12-01 (mode and name):
#   npm: -rwxr-xr-x run.sh
#   bun: -rwxr-xr-x run.sh
#   pnpm: -rw-r--r-- run.sh
#   yarn 1: lrwxr-xr-x link, -rw-r--r-- package-lock.json, -rwxr-xr-x run.sh
#   yarn 4: lrw-r--r-- link, -rw-r--r-- package-lock.json, -rw-r--r-- run.sh
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; umask 022; npm i --silent --ignore-scripts --prefix t npm@11.6.2 pnpm@10.34.9 yarn1@npm:yarn@1.22.22 yarn4@npm:@yarnpkg/cli-dist@4.18.1 @oven/bun-linux-x64@1.4.5 >/dev/null 2>&1
export YARN_ENABLE_TELEMETRY=0; M=$d/t/node_modules; mkdir app; cd app; echo '{"name":"app","version":"1.0.0","license":"MIT","files":["run.sh","link","package-lock.json"]}' > package.json
echo '#!/bin/sh' > run.sh; chmod 755 run.sh; ln -s run.sh link; echo '{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{}}' > package-lock.json; : > yarn.lock
try() { name=$1; shift; rm -f ./*.tgz; "$@" >/dev/null 2>&1; echo "$name: $(tar tvzf ./*.tgz | awk '{ sub("package/", "", $6); if ($6 ~ /^(run.sh|link|package-lock.json)$/) print $1, $6 }' | LC_ALL=C sort -k2 | paste -s -d, - | sed 's/,/, /g')"; }
out=$(try npm node $M/npm/bin/npm-cli.js pack; try bun $M/@oven/bun-linux-x64/bin/bun pm pack; try pnpm node $M/pnpm/bin/pnpm.cjs pack; try 'yarn 1' node $M/yarn1/bin/yarn.js pack; try 'yarn 4' node $M/yarn4/bin/yarn.js pack); echo "$out"
[ "$out" = "npm: -rwxr-xr-x run.sh
bun: -rwxr-xr-x run.sh
pnpm: -rw-r--r-- run.sh
yarn 1: lrwxr-xr-x link, -rw-r--r-- package-lock.json, -rwxr-xr-x run.sh
yarn 4: lrw-r--r-- link, -rw-r--r-- package-lock.json, -rw-r--r-- run.sh" ] || { echo CHANGED; exit 1; }
