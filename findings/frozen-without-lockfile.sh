#!/bin/sh
# No lockfile in the folder (left out of the upload, or ignored by git) and an install that must not change it: npm ci,
# pnpm 10.34.9 and yarn 4.18.1 fail. yarn 1.22.22 --frozen-lockfile, bun 1.4.5 --frozen-lockfile and even bun ci install
# what the ranges allow today, write no lockfile, and exit 0.
# One would expect the flag that CI and deploys are told to use to fail where nothing is frozen, as it does where the
# lockfile is stale: both print an error and exit 1 for that.
# Every host of a fleet may run other versions, and no output says so.
# Seen 2026-12-01 (exit code without a lockfile and what is installed for ms ^2.0.0, exit code with a stale one):
#   npm ci: 1 nothing, stale 1
#   pnpm install --frozen-lockfile: 1 nothing, stale 1
#   yarn4 install --immutable: 1 nothing, stale 1
#   yarn install --frozen-lockfile: 0 ms 2.1.3, stale 1
#   bun install --frozen-lockfile: 0 ms 2.1.3, stale 1
#   bun ci: 0 ms 2.1.3, stale 1
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix t pnpm@10.34.9 yarn@1.22.22 yarn4@npm:@yarnpkg/cli-dist@4.18.1 @oven/bun-linux-x64@1.4.5 npm@11.6.2 >/dev/null 2>&1
export YARN_ENABLE_TELEMETRY=0 YARN_NODE_LINKER=node-modules YARN_ENABLE_COLORS=0 CI=; M=$d/t/node_modules
npm() { node "$M/npm/bin/npm-cli.js" "$@"; }; pnpm() { node "$M/pnpm/bin/pnpm.cjs" "$@"; }; yarn() { node "$M/yarn/bin/yarn.js" "$@"; }; yarn4() { node "$M/yarn4/bin/yarn.js" "$@"; }; bun() { "$M/@oven/bun-linux-x64/bin/bun" "$@"; }
app() { echo "{\"name\":\"app\",\"version\":\"1.0.0\",\"license\":\"MIT\",\"dependencies\":{\"ms\":\"$1\"}}" > package.json; }
try() { rm -rf app; mkdir app; cd app; : > .yarnrc.yml; app '^2.0.0'; r=0; "$@" >/dev/null 2>&1 || r=$?; got=nothing; [ ! -d node_modules/ms ] || got="ms $(node -p 'require("./node_modules/ms/package.json").version')"
  [ ! -e yarn.lock ] && [ ! -e bun.lock ] || got="$got and a lockfile"; [ "$1" != yarn4 ] || : > yarn.lock; "$1" install >/dev/null 2>&1; app '^1.0.0'; s=0; "$@" >/dev/null 2>&1 || s=$?; echo "$*: $r $got, stale $s"; cd ..; }
out=$(try npm ci; try pnpm install --frozen-lockfile; try yarn4 install --immutable; try yarn install --frozen-lockfile; try bun install --frozen-lockfile; try bun ci); echo "$out"
[ "$out" = "npm ci: 1 nothing, stale 1
pnpm install --frozen-lockfile: 1 nothing, stale 1
yarn4 install --immutable: 1 nothing, stale 1
yarn install --frozen-lockfile: 0 ms 2.1.3, stale 1
bun install --frozen-lockfile: 0 ms 2.1.3, stale 1
bun ci: 0 ms 2.1.3, stale 1" ] || { echo CHANGED; exit 1; }
