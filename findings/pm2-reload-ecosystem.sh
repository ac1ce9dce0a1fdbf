#!/bin/sh
# npm pm2 7.0.4, pm2 reload ecosystem.config.js --update-env of an app that runs: args and changed variables count at
# once; a changed script or cwd does not, a variable or args that are gone from the file stay. Exit 0, no word of it.
# One would expect the file to count whole, as on the first start, or the parts that cannot change to be named.
# A deploy whose ecosystem file names the release's folder (cwd or script) reloads the old release for ever, until the
# cleanup removes it; a secret taken out of the file is still in the environment of the process.
# Seen 2026-12-01 (script, cwd, arguments, A, B):
#   start:       app.js in r1, args [one], A=1 B=old
#   all changed: app.js in r1, args [two], A=2 B=old
#   args gone:   app.js in r1, args [two], A=3 B=old
#   deleted and started: next.js in r2, args [], A=3 B=undefined
set -eu; d=$(mktemp -d); trap 'PM2_HOME=$d/home pm2 kill >/dev/null 2>&1 || true; rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . pm2@7.0.4 >/dev/null 2>&1
PATH=$d/node_modules/.bin:$PATH; PM2_HOME=$d/home; export PM2_HOME; unset A B; mkdir r1 r2
echo 'require("fs").appendFileSync(__dirname + "/seen", `${require("path").basename(__filename)} in ${require("path").basename(process.cwd())}, args [${process.argv.slice(2)}], A=${process.env.A} B=${process.env.B}\n`); setInterval(() => {}, 1e6);' | tee app.js > next.js
file() { echo "module.exports = { apps: [{ name: 'app', $1 }] };" > ecosystem.config.js; }
seen() { i=0; until [ "$(grep -c . seen 2>/dev/null)" = "$2" ] || [ $i = 100 ]; do sleep 0.2; i=$((i + 1)); done; echo "$1 $(sed -n "$2p" seen)"; }
file "script: '$d/app.js', cwd: '$d/r1', args: 'one', env: { A: '1', B: 'old' }"; pm2 start ecosystem.config.js >/dev/null; a=$(seen 'start:      ' 1)
file "script: '$d/next.js', cwd: '$d/r2', args: 'two', env: { A: '2' }"; pm2 reload ecosystem.config.js --update-env >/dev/null; b=$(seen 'all changed:' 2)
file "script: '$d/next.js', cwd: '$d/r2', env: { A: '3' }"; pm2 reload ecosystem.config.js --update-env >/dev/null; c=$(seen 'args gone:  ' 3)
pm2 delete app >/dev/null; pm2 start ecosystem.config.js >/dev/null; e=$(seen 'deleted and started:' 4); out=$(echo "$a"; echo "$b"; echo "$c"; echo "$e"); echo "$out"
[ "$out" = 'start:       app.js in r1, args [one], A=1 B=old
all changed: app.js in r1, args [two], A=2 B=old
args gone:   app.js in r1, args [two], A=3 B=old
deleted and started: next.js in r2, args [], A=3 B=undefined' ] || { echo CHANGED; exit 1; }
