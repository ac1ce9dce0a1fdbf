#!/bin/sh
# node 20.20: fetch refuses the ports that a browser may not open, with "fetch failed", cause "bad port", before it
# connects: 6000, 10080, 5060, 4190 and others, on loopback too. node's own http, curl, wait-on 9.5.1 and bun 1.4.5's
# fetch ask them like any other.
# One would expect a rule against scripts in web pages not to hold for a server, or for every fetch outside a browser.
# foreman 3.0.1 gives its process types the ports 5000, 5100, ...: the eleventh gets 6000, and a health check with fetch
# calls an app down that answers everybody else. Ports counted up per host or release get there as well.
# Seen 2026-12-01:
#   the eleventh of eleven process types listens on 6000
#   fetch: bad port; http.get: 200; curl: 200; wait-on: up; bun fetch: 200
set -eu; d=$(mktemp -d); pid=; trap 'kill -- -$pid 2>/dev/null || true; rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . foreman@3.0.1 wait-on@9.5.1 @oven/bun-linux-x64@1.4.5 >/dev/null 2>&1
for i in 1 2 3 4 5 6 7 8 9 10; do echo "p$i: sleep 60"; done > Procfile; echo 'p11: node app.js' >> Procfile; unset PORT http_proxy HTTP_PROXY || true
echo 'require("http").createServer((q, r) => r.end("ok")).listen(+process.env.PORT, "127.0.0.1", () => require("fs").writeFileSync("port", process.env.PORT));' > app.js
setsid node_modules/.bin/nf start >log 2>&1 & pid=$!; i=0; until [ -s port ] || [ $i = 150 ]; do sleep 0.2; i=$((i + 1)); done; P=$(cat port); U=http://127.0.0.1:$P/
f=$(node -p "fetch('$U').then((r) => console.log(r.status), (e) => console.log(e.cause.message)); ''" | grep .); h=$(node -e "require('http').get('$U', (r) => { console.log(r.statusCode); r.resume(); })"); c=$(curl -s -o /dev/null -w '%{http_code}' "$U")
w=down; ! node_modules/.bin/wait-on -t 10000 "http-get://127.0.0.1:$P/" >/dev/null 2>&1 || w=up; b=$(node_modules/@oven/bun-linux-x64/bin/bun -e "fetch('$U').then((r) => console.log(r.status), (e) => console.log(e.message))")
out=$(echo "the eleventh of eleven process types listens on $P"; echo "fetch: $f; http.get: $h; curl: $c; wait-on: $w; bun fetch: $b"); echo "$out"
[ "$out" = 'the eleventh of eleven process types listens on 6000
fetch: bad port; http.get: 200; curl: 200; wait-on: up; bun fetch: 200' ] || { echo CHANGED; exit 1; }
