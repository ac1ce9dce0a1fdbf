#!/bin/sh
# YAML "at: 12:30": PyYAML 6.0 (Ansible) reads 750, Ruby's Psych 4.0.3 (Kamal, Capistrano) reads 45000: both take it for
# a number to the base of 60 (YAML 1.1), and then Psych counts the last part as minutes where PyYAML counts units; with
# three parts (1:30:00) they agree on 5400. npm yaml 2.9.1 and js-yaml 5.5.0 keep the text. So does PyYAML for 08:30,
# Psych does not.
# One would expect the two readers of YAML 1.1 to read one number. "ports: 22:22" or a window of maintenance in a config
# shared by a Ruby and a Python tool is off by a factor of 60, not merely "a number instead of a text".
# Seen 2026-11-29:
#   12:30: pyyaml 750, psych 45000, yaml "12:30", js-yaml "12:30"
#   08:30: pyyaml "08:30", psych 30600, yaml "08:30", js-yaml "08:30"
#   1:30:00: pyyaml 5400, psych 5400, yaml "1:30:00", js-yaml "1:30:00"
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . yaml@2.9.1 js-yaml@5.5.0 >/dev/null
apt-get download -qq python3-yaml=6.0-3+b2 2>/dev/null; dpkg -x python3-yaml_*.deb x
cat > t.mjs <<'J'
import * as js from "js-yaml"; import yaml from "yaml"; const t = "at: " + process.argv[2] + "\n"; console.log(`yaml ${JSON.stringify(yaml.parse(t).at)}, js-yaml ${JSON.stringify(js.load(t).at)}`);
J
[ "$(/usr/bin/ruby -rpsych -e "print Psych::VERSION")" = 4.0.3 ] || { echo "needs the ruby of Debian 12 (Psych 4.0.3)"; exit 2; }
try() { p=$(PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 -c 'import json, sys, yaml; print(json.dumps(yaml.safe_load("at: " + sys.argv[1])["at"]))' "$1")
  r=$(/usr/bin/ruby -ryaml -rjson -e 'puts YAML.safe_load("at: " + ARGV[0])["at"].to_json' "$1"); echo "$1: pyyaml $p, psych $r, $(node t.mjs "$1")"; }
out=$(try 12:30; try 08:30; try 1:30:00); echo "$out"
[ "$out" = '12:30: pyyaml 750, psych 45000, yaml "12:30", js-yaml "12:30"
08:30: pyyaml "08:30", psych 30600, yaml "08:30", js-yaml "08:30"
1:30:00: pyyaml 5400, psych 5400, yaml "1:30:00", js-yaml "1:30:00"' ] || { echo CHANGED; exit 1; }
