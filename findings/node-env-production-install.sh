#!/bin/sh
# NODE_ENV=production and a plain install: npm, yarn 1.22.22 and pnpm 9.15.9 leave the devDependencies out; pnpm 10.34.9,
# yarn 4.18.1 and bun 1.4.5 install them, without a word.
# One would expect the variable to mean the same to all, or at least to two versions of one tool.
# A deploy that sets it for every command either builds without its compiler, or ships test tools to production,
# depending on the package manager; an upgrade of pnpm moves a project from the one to the other.
# Seen 2026-12-01:
#   npm 10.9.4: ms
#   npm 11.6.2: ms
#   yarn 1.22.22: ms
#   pnpm 9.15.9: ms
#   pnpm 10.34.9: escape-html ms
#   yarn 4.18.1: escape-html ms
#   bun 1.4.5: escape-html ms
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix t npm10@npm:npm@10.9.4 npm11@npm:npm@11.6.2 yarn1@npm:yarn@1.22.22 pnpm9@npm:pnpm@9.15.9 pnpm10@npm:pnpm@10.34.9 yarn4@npm:@yarnpkg/cli-dist@4.18.1 @oven/bun-linux-x64@1.4.5 >/dev/null 2>&1
export YARN_ENABLE_TELEMETRY=0 YARN_NODE_LINKER=node-modules CI= NODE_ENV=production; M=$d/t/node_modules
try() { name=$1; shift; rm -rf app; mkdir app; cd app; [ "$name" != 'yarn 4.18.1' ] || : > yarn.lock; echo '{"name":"app","version":"1.0.0","license":"MIT","dependencies":{"ms":"2.1.3"},"devDependencies":{"escape-html":"1.0.3"}}' > package.json; "$@" install >/dev/null 2>&1; echo "$name: $(ls node_modules | paste -s -d' ' -)"; cd ..; }
out=$(try 'npm 10.9.4' node $M/npm10/bin/npm-cli.js; try 'npm 11.6.2' node $M/npm11/bin/npm-cli.js; try 'yarn 1.22.22' node $M/yarn1/bin/yarn.js; try 'pnpm 9.15.9' node $M/pnpm9/bin/pnpm.cjs; try 'pnpm 10.34.9' node $M/pnpm10/bin/pnpm.cjs; try 'yarn 4.18.1' node $M/yarn4/bin/yarn.js; try 'bun 1.4.5' $M/@oven/bun-linux-x64/bin/bun); echo "$out"
[ "$out" = "npm 10.9.4: ms
npm 11.6.2: ms
yarn 1.22.22: ms
pnpm 9.15.9: ms
pnpm 10.34.9: escape-html ms
yarn 4.18.1: escape-html ms
bun 1.4.5: escape-html ms" ] || { echo CHANGED; exit 1; }
