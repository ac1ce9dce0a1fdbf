#!/bin/sh
# ansible-core 2.14.18, INI inventory: a # INSIDE a value begins a comment, and all variables after it on the host's
# line are gone: db_pass=s3cr#t ansible_port=2222  is the password "s3cr" and no port. In [group:vars] the same text is
# kept whole. No warning. Quotes help.
# One would expect a comment to need a blank before it, as in shells and YAML, or one rule for the whole file. A tool
# that writes such an inventory for a fleet, or a user who adds a password, silently deploys to port 22.
# Seen 2026-11-29:
#   host line: db_pass "s3cr", ansible_port undefined
#   host line, quoted: db_pass "s3cr#t", ansible_port 2222
#   group vars: db_pass "s3cr#t", ansible_port 2222
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; export HOME="$d"
apt-get download -qq ansible-core=2.14.18-0+deb12u2 python3-jinja2=3.1.2-1+deb12u3 python3-markupsafe=2.1.2-1+b1 python3-yaml=6.0-3+b2 python3-packaging=23.0-1 python3-resolvelib=0.9.0-2 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
ask() { printf "$2" > inv.ini; PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 x/usr/bin/ansible-inventory -i inv.ini --host web1 2>err | node -e 'let s = ""; process.stdin.on("data", (c) => { s += c; }).on("end", () => { const v = JSON.parse(s); console.log(`${process.argv[1]}: db_pass ${JSON.stringify(v.db_pass)}, ansible_port ${v.ansible_port}`); });' "$1"; cat err >&2; }
out=$(ask 'host line' '[web]\nweb1 db_pass=s3cr#t ansible_port=2222\n'; ask 'host line, quoted' '[web]\nweb1 db_pass="s3cr#t" ansible_port=2222\n'; ask 'group vars' '[web]\nweb1\n[web:vars]\ndb_pass=s3cr#t\nansible_port=2222\n'); echo "$out"
[ "$out" = 'host line: db_pass "s3cr", ansible_port undefined
host line, quoted: db_pass "s3cr#t", ansible_port 2222
group vars: db_pass "s3cr#t", ansible_port 2222' ] || { echo CHANGED; exit 1; }
