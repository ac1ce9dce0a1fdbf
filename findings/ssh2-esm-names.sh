#!/bin/sh
# npm ssh2 1.17.0 in an ES module of node 20.20: import { Client } from "ssh2" works, import { utils } or { Server } is a
# SyntaxError. node guesses the names of a CommonJS module from its text, and of ssh2's one list it reads the first ones
# only, up to a value that is a call. tsc (@types/ssh2 has them all) and a bundle of esbuild 0.28.2 take every name.
# One would expect all names of one list to be there, or none. A tool that is tested as source (vitest, tsx and bundlers
# load as esbuild does) fails at its first line on the host where node alone runs it. The default import works everywhere.
# Seen 2026-12-01:
#   node, names found: AgentProtocol BaseAgent Client createAgent default
#   node, utils: SyntaxError; bundled: function; default import: function
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . ssh2@1.17.0 esbuild@0.28.2 >/dev/null 2>&1
echo 'import { utils } from "ssh2"; console.log(typeof utils.parseKey);' > a.mjs; echo 'import ssh2 from "ssh2"; console.log(typeof ssh2.utils.parseKey);' > b.mjs
echo 'import * as all from "ssh2"; console.log(Object.keys(all).filter((n) => n !== "module.exports").sort().join(" "));' > c.mjs
node_modules/.bin/esbuild --bundle --platform=node --format=esm --external:cpu-features '--external:*.node' --banner:js='import { createRequire } from "module"; import { fileURLToPath } from "url"; const require = createRequire(import.meta.url), __filename = fileURLToPath(import.meta.url), __dirname = ".";' a.mjs --outfile=bundled.mjs --log-level=error
out=$(echo "node, names found: $(node c.mjs)"; echo "node, utils: $(node a.mjs 2>&1 | sed -n 's/^\(SyntaxError\):.*/\1/p'); bundled: $(node bundled.mjs); default import: $(node b.mjs)"); echo "$out"
[ "$out" = 'node, names found: AgentProtocol BaseAgent Client createAgent default
node, utils: SyntaxError; bundled: function; default import: function' ] || { echo CHANGED; exit 1; }
