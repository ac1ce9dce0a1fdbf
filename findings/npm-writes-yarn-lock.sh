#!/bin/sh
# npm 11.6.2, npm install in a project that has a yarn.lock (of yarn 1.22.22): npm reads it, and writes it. Each "resolved"
# goes to registry.npmjs.org and loses the hash behind it, and the project has two lockfiles afterwards. Exit 0, no word of
# it. With --no-package-lock, which names another file, both stay away.
# One would expect a tool to leave the lockfile of another one alone.
# A build step with one npm install in it dirties the checkout, so that a deploy that looks at git status stops, or the
# rewritten lockfile is committed; what tells the package manager by its lockfile says npm the next time.
# Seen 2026-12-01:
#   before: https://registry.yarnpkg.com/ms/-/ms-2.1.3.tgz#574c8138ce1d2b5861f0b44579dbadd60c6615b2, files: package.json yarn.lock
#   npm install: https://registry.npmjs.org/ms/-/ms-2.1.3.tgz, files: package-lock.json package.json yarn.lock
#   npm install --no-package-lock: https://registry.yarnpkg.com/ms/-/ms-2.1.3.tgz#574c8138ce1d2b5861f0b44579dbadd60c6615b2, files: package.json yarn.lock
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix tools npm@11.6.2 yarn@1.22.22 >/dev/null 2>&1; PATH=$d/tools/node_modules/.bin:$PATH; npm_config_userconfig=$d/npmrc; export npm_config_userconfig
mkdir app; cd app; echo '{"name":"app","version":"1.0.0","license":"MIT","dependencies":{"ms":"^2.1.3"}}' > package.json; yarn -s; cp yarn.lock ..
tell() { echo "$1: $(sed -n 's/^ *resolved "\(.*\)"/\1/p' yarn.lock), files: $(ls | grep -v node_modules | LC_ALL=C sort | paste -s -d' ' -)"; }
try() { rm -rf node_modules package-lock.json; cp ../yarn.lock .; "$@" >/dev/null 2>&1; tell "$*"; }; out=$(tell before; try npm install; try npm install --no-package-lock); echo "$out"
[ "$out" = 'before: https://registry.yarnpkg.com/ms/-/ms-2.1.3.tgz#574c8138ce1d2b5861f0b44579dbadd60c6615b2, files: package.json yarn.lock
npm install: https://registry.npmjs.org/ms/-/ms-2.1.3.tgz, files: package-lock.json package.json yarn.lock
npm install --no-package-lock: https://registry.yarnpkg.com/ms/-/ms-2.1.3.tgz#574c8138ce1d2b5861f0b44579dbadd60c6615b2, files: package.json yarn.lock' ] || { echo CHANGED; exit 1; }
