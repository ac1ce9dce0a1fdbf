#!/bin/sh
# One ssh_config, four readers: OpenSSH 9.2p1, npm ssh-config 5.3.0, net-ssh 7.0.1 (Capistrano's), paramiko 2.12.0
# (Fabric's). A comment after a value belongs to the value for net-ssh and paramiko: the host name is "10.0.0.5 # new
# rack". A # inside a word begins a comment for npm ssh-config, for OpenSSH it does not: the user team#ops becomes team.
# One would expect a reader of ssh_config to agree with ssh on what a comment is; each of them errs, in another
# direction. The file that ssh itself is happy with sends a deploy to a host that does not exist, or logs in as somebody
# else.
# Seen 2026-11-29:
#   ssh -G: 10.0.0.5 team#ops
#   ssh-config: 10.0.0.5 team
#   net-ssh: 10.0.0.5 # new rack team#ops
#   paramiko: 10.0.0.5 # new rack team#ops
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . ssh-config@5.3.0 >/dev/null
apt-get download -qq openssh-client=1:9.2p1-2+deb12u10 ruby-net-ssh=1:7.0.1-1 python3-paramiko=2.12.0-2 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
printf 'Host web\n  HostName 10.0.0.5 # new rack\n  User team#ops\n' > conf
a=$(x/usr/bin/ssh -TG -F conf web | awk '$1 == "hostname" { h = $2 } $1 == "user" { u = $2 } END { print h, u }')
b=$(node -p 'const c = require("ssh-config").parse(require("fs").readFileSync("conf", "utf8")).compute("web"); `${c.HostName} ${c.User}`')
c=$(ruby -I "$(echo x/usr/share/rubygems-integration/all/gems/net-ssh-7.0.1/lib)" -r net/ssh/config -e 'c = Net::SSH::Config.load("conf", "web"); puts "#{c["hostname"]} #{c["user"]}"')
p=$(PYTHONPATH=x/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore -c 'import paramiko; c = paramiko.SSHConfig.from_path("conf").lookup("web"); print(c["hostname"], c["user"])')
out=$(echo "ssh -G: $a"; echo "ssh-config: $b"; echo "net-ssh: $c"; echo "paramiko: $p"); echo "$out"
[ "$out" = "ssh -G: 10.0.0.5 team#ops
ssh-config: 10.0.0.5 team
net-ssh: 10.0.0.5 # new rack team#ops
paramiko: 10.0.0.5 # new rack team#ops" ] || { echo CHANGED; exit 1; }
