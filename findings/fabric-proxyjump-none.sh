#!/bin/sh
# Fabric 2.6.0 with paramiko 2.12.0: "ProxyJump none", which for ssh means "this host directly" (against a ProxyJump for all
# others below), is taken for a jump host with the name "none", and all hosts behind this one get it as well. (With Host *
# instead of *.lan even "none" has a jump host, and so on: RecursionError.) "ProxyCommand none" is understood by
# paramiko, so one would expect its twin to be.
# The bastion itself is the usual place for "ProxyJump none": ssh reaches every host with this file, a Fabric deploy none,
# and the name it fails on stands nowhere in the deploy's own files.
# Seen 2026-11-29:
#   ssh -G: bastion.lan no proxyjump, web.lan proxyjump bastion.lan
#   Fabric: bastion.lan via none, web.lan via bastion.lan via none
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq openssh-client=1:9.2p1-2+deb12u10 python3-fabric=2.6.0-1 python3-invoke=2.0.0-1 python3-paramiko=2.12.0-2 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
printf 'Host bastion.lan\n  ProxyJump none\nHost *.lan\n  ProxyJump bastion.lan\n' > conf
ask() { j=$(x/usr/bin/ssh -TG -F conf "$1" | grep '^proxyjump' || true); echo "$1 ${j:-no proxyjump}"; }
cat > t.py <<'P'
from fabric import Connection, Config
def route(c): return c.host + (" via " + route(c.gateway) if c.gateway else "")
print("Fabric: " + ", ".join(route(Connection(h, config=Config(runtime_ssh_path="conf"))) for h in ("bastion.lan", "web.lan")))
P
out=$(echo "ssh -G: $(ask bastion.lan), $(ask web.lan)"; PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore t.py); echo "$out"
[ "$out" = 'ssh -G: bastion.lan no proxyjump, web.lan proxyjump bastion.lan
Fabric: bastion.lan via none, web.lan via bastion.lan via none' ] || { echo CHANGED; exit 1; }
