#!/bin/sh
# YAML's merge key BELOW an explicit key: { port: 22, <<: *defaults } with port: 80 in the defaults. PyYAML 6.0 (and the
# text of the merge type) keeps 22, wherever the << stands. Ruby's Psych 4.0.3 (Kamal, Capistrano, Rails) goes from top
# to bottom, so the defaults win: 80. npm yaml 2.9.1 and js-yaml 5.5.0 do not merge at all: there is a key named "<<".
# One would expect Psych to follow the rule that makes << useful, or << to matter in no reader. A key moved up by a
# formatter or by hand changes what a Ruby deploy tool does, and nothing for the Python one beside it.
# Seen 2026-11-29:
#   port first: pyyaml {"port":22}, psych {"port":80}
#   << first: pyyaml {"port":22}, psych {"port":22}
#   port first: yaml {"port":22,"<<":{"port":80}}, js-yaml {"port":22,"<<":{"port":80}}
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . yaml@2.9.1 js-yaml@5.5.0 >/dev/null
apt-get download -qq python3-yaml=6.0-3+b2 2>/dev/null; dpkg -x python3-yaml_*.deb x
printf 'defaults: &d\n  port: 80\nweb:\n  port: 22\n  <<: *d\n' > a; printf 'defaults: &d\n  port: 80\nweb:\n  <<: *d\n  port: 22\n' > b
cat > t.mjs <<'J'
import fs from "node:fs"; import * as js from "js-yaml"; import yaml from "yaml"; const t = fs.readFileSync("a", "utf8"); console.log(`port first: yaml ${JSON.stringify(yaml.parse(t).web)}, js-yaml ${JSON.stringify(js.load(t).web)}`);
J
[ "$(/usr/bin/ruby -rpsych -e "print Psych::VERSION")" = 4.0.3 ] || { echo "needs the ruby of Debian 12 (Psych 4.0.3)"; exit 2; }
two() { p=$(PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 -c 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))["web"], separators=(",", ":")))' "$2")
  r=$(/usr/bin/ruby -ryaml -rjson -e 'puts YAML.load_file(ARGV[0], aliases: true)["web"].to_json' "$2"); echo "$1: pyyaml $p, psych $r"; }
out=$(two 'port first' a; two '<< first' b; node t.mjs); echo "$out"
[ "$out" = 'port first: pyyaml {"port":22}, psych {"port":80}
<< first: pyyaml {"port":22}, psych {"port":22}
port first: yaml {"port":22,"<<":{"port":80}}, js-yaml {"port":22,"<<":{"port":80}}' ] || { echo CHANGED; exit 1; }
