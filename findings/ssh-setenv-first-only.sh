#!/bin/sh
# OpenSSH 9.2p1: of several SetEnv only the FIRST counts, whether it stands in the config or in -o; its neighbour SendEnv
# adds up. ssh -o SetEnv=RELEASE=7 -o SetEnv=STAGE=live sets RELEASE alone; and where the user's config has a SetEnv for
# all hosts, -o (which comes first) takes that away instead of adding to it. Nothing is said.
# One would expect two directives for the environment, side by side in the manual, to combine in the same way.
# A deploy tool that passes variables one by one with -o SetEnv hands the remote command only the first of them.
# Seen 2026-11-29:
#   -o SetEnv twice: RELEASE=7
#   -o SendEnv twice: RELEASE STAGE
#   -o SetEnv, config SetEnv=TEAM=a: RELEASE=7
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq openssh-client=1:9.2p1-2+deb12u10 2>/dev/null; dpkg -x openssh-client_*.deb x
ask() { f=$1; k=$2; shift 2; x/usr/bin/ssh -TG -F "$f" "$@" web | sed -n "s/^$k //p" | paste -s -d' ' -; }; printf 'Host *\n  SetEnv TEAM=a\n' > conf; : > empty
out=$(echo "-o SetEnv twice: $(ask empty setenv -o SetEnv=RELEASE=7 -o SetEnv=STAGE=live)"; echo "-o SendEnv twice: $(ask empty sendenv -o SendEnv=RELEASE -o SendEnv=STAGE)"; echo "-o SetEnv, config SetEnv=TEAM=a: $(ask conf setenv -o SetEnv=RELEASE=7)"); echo "$out"
[ "$out" = "-o SetEnv twice: RELEASE=7
-o SendEnv twice: RELEASE STAGE
-o SetEnv, config SetEnv=TEAM=a: RELEASE=7" ] || { echo CHANGED; exit 1; }
