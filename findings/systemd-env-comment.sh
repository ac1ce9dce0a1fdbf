#!/bin/sh
# systemd 252 (Debian 12), env files (environment.d; EnvironmentFile= shares the parser): a comment that ends in a
# backslash goes on in the next line, so the variable below it is lost. sh and npm dotenv end a comment at the newline.
# One would expect comments to end with their line, as in all other readers. A note such as  # C:\app\  or a disabled
# first line of a continued value unsets the setting after it, only for what systemd starts. No message.
# Seen 2026-11-29:
#   systemd: [B=2] sh: [1 2] dotenv: [{"A":"1","B":"2"}]
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . dotenv@18.0.10 >/dev/null
V=252.39-1~deb12u2; apt-get download -qq systemd=$V libsystemd-shared=$V 2>/dev/null; dpkg -x systemd_*.deb x; mkdir environment.d
printf '%s\n' '# shares are under C:\app\' 'A=1' 'B=2' > .env; cp .env environment.d/a.conf
s=$(XDG_CONFIG_HOME=$d LD_LIBRARY_PATH=$(dirname x/usr/lib/*/systemd/libsystemd-shared-252.so) x/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator | grep '^[AB]=' | paste -s -d' ' -)
h=$(. ./.env; echo "${A-unset} ${B-unset}"); n=$(node -p 'JSON.stringify(require("dotenv").parse(require("fs").readFileSync(".env")))')
out="systemd: [$s] sh: [$h] dotenv: [$n]"; printf "%s\n" "$out"
[ "$out" = 'systemd: [B=2] sh: [1 2] dotenv: [{"A":"1","B":"2"}]' ] || { echo CHANGED; exit 1; }
