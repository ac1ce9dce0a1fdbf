#!/bin/sh
# npm micromatch 4.0.8, whose README counts brace ranges among its features: a range is made a regular expression's
# CLASS. web{8..12} is web[8-12]: it matches web1, web2 and web8, not web9 to web12; web{01..10} matches web0 and web1
# only. bash and npm minimatch 11.0.9 match the numbers; fast-glob 3.3.3, built on micromatch, expands first and is
# right too.
# One would expect a range of numbers, or an error for what it cannot do. {1..9} hides the matter: one digit works. A
# pattern of hosts or of shards that grew beyond nine deploys to the wrong ones and leaves others out.
# Seen 2026-11-29 (of web0 web1 web2 web8 web9 web10 web12 web01 web02):
#   web{8..12}: micromatch web1 web2 web8; minimatch web8 web9 web10 web12; bash web8 web9 web10 web12
#   web{01..10}: micromatch web0 web1; minimatch web10 web01 web02; bash web10 web01 web02
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . micromatch@4.0.8 minimatch@11.0.9 >/dev/null 2>&1
H="web0 web1 web2 web8 web9 web10 web12 web01 web02"; export H
cat > t.cjs <<'J'
const micro = require("micromatch"), { minimatch } = require("minimatch"), [p] = process.argv.slice(2), hosts = process.env.H.split(" ");
console.log(`${p}: micromatch ${micro(hosts, p).join(" ")}; minimatch ${hosts.filter((h) => minimatch(h, p)).join(" ")}`);
J
try() { b=$(bash -c "for h in $H; do for p in $1; do [ \$h != \$p ] || echo \$h; done; done" | paste -s -d' ' -); echo "$(node t.cjs "$1"); bash $b"; }
out=$(try 'web{8..12}'; try 'web{01..10}'); echo "$out"
[ "$out" = "web{8..12}: micromatch web1 web2 web8; minimatch web8 web9 web10 web12; bash web8 web9 web10 web12
web{01..10}: micromatch web0 web1; minimatch web10 web01 web02; bash web10 web01 web02" ] || { echo CHANGED; exit 1; }
