#!/bin/sh
# prometheus-node-exporter 1.5.0, textfile collector: two *.prom files have series of one metric with different labels,
# and HELP texts that differ. The series of the second file vanish from /metrics; the answer is 200 and
# node_textfile_scrape_error is 0. With the same HELP in both, both are there.
# One would expect HELP, a comment for people, to be of no effect, or the error metric to tell: it is what alerts watch.
# Two apps on a host that write deploy_success of their own, with deploy tools of two versions (the wording changed),
# hide each other's failed deploys.
# Seen 2026-11-29:
#   same HELP: deploy_success{app="a"} 1 deploy_success{app="b"} 0 node_textfile_scrape_error 0 200
#   other HELP: deploy_success{app="a"} 1 node_textfile_scrape_error 0 200
set -eu; d=$(mktemp -d); pid=; trap 'kill $pid 2>/dev/null || true; rm -rf "$d"' EXIT; cd "$d"; mkdir text
apt-get download -qq prometheus-node-exporter=1.5.0-1+b6 2>/dev/null; dpkg -x prometheus-*.deb x
port=$(node -p 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close(); }); ""' | grep .)
x/usr/bin/prometheus-node-exporter --web.listen-address=127.0.0.1:$port --collector.disable-defaults --collector.textfile --collector.textfile.directory="$d/text" --web.disable-exporter-metrics 2>log & pid=$!
file() { printf '# HELP deploy_success %s\n# TYPE deploy_success gauge\ndeploy_success{app="%s"} %s\n' "$3" "$1" "$2" > "text/$1.prom"; }
ask() { curl -s -w '%{http_code}\n' "http://127.0.0.1:$port/metrics" | grep -E '^(deploy_success|node_textfile_scrape_error|[0-9]+$)' | paste -s -d' ' -; }
i=0; until curl -s -o /dev/null "http://127.0.0.1:$port/"; do i=$((i+1)); [ $i -lt 100 ] || exit 2; sleep 0.1; done
file a 1 'Whether the last deploy succeeded'; file b 0 'Whether the last deploy succeeded'; s=$(ask)
file b 0 'Whether the last deploy was a success'; o=$(ask); echo "same HELP: $s"; echo "other HELP: $o"
[ "$s|$o" = 'deploy_success{app="a"} 1 deploy_success{app="b"} 0 node_textfile_scrape_error 0 200|deploy_success{app="a"} 1 node_textfile_scrape_error 0 200' ] || { echo CHANGED; exit 1; }
