#!/bin/sh
# net-ssh 7.0.1 (what Capistrano connects with) and ssh_config: a setting ABOVE the first Host, which for OpenSSH 9.2p1
# beats all that follows (the first value counts), is beaten by a Host block; within blocks the first one counts for both.
# "Match user" and "Match originalhost" blocks are never applied, without a word, while "Match host" is compared with the
# alias and not, as in ssh, with the HostName.
# One would expect one rule for the whole file. The same config and alias log in as two users with ssh and with cap.
# Seen 2026-11-29:
#   User top; Host web, User block: ssh top, net-ssh block
#   Match originalhost web, User m: ssh m, net-ssh -
#   HostName 10.0.0.5; Match host 10.0.0.5, User m: ssh m, net-ssh -
#   HostName 10.0.0.5; Match host web, User m: ssh -, net-ssh m
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq openssh-client=1:9.2p1-2+deb12u10 ruby-net-ssh=1:7.0.1-1 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done; me=$(id -un)
try() { printf "$2" > conf; a=$(x/usr/bin/ssh -TG -F conf web | sed -n "s/^user $me$/-/p; s/^user //p" | head -1)
  b=$(ruby -I x/usr/share/rubygems-integration/all/gems/net-ssh-7.0.1/lib -r net/ssh/config -e 'puts Net::SSH::Config.load("conf", "web")["user"] || "-"'); echo "$1: ssh $a, net-ssh $b"; }
out=$(try 'User top; Host web, User block' 'User top\nHost web\n  User block\n'; try 'Match originalhost web, User m' 'Match originalhost web\n  User m\n'
try 'HostName 10.0.0.5; Match host 10.0.0.5, User m' 'Host web\n  HostName 10.0.0.5\nMatch host 10.0.0.5\n  User m\n'; try 'HostName 10.0.0.5; Match host web, User m' 'Host web\n  HostName 10.0.0.5\nMatch host web\n  User m\n'); echo "$out"
[ "$out" = "User top; Host web, User block: ssh top, net-ssh block
Match originalhost web, User m: ssh m, net-ssh -
HostName 10.0.0.5; Match host 10.0.0.5, User m: ssh m, net-ssh -
HostName 10.0.0.5; Match host web, User m: ssh -, net-ssh m" ] || { echo CHANGED; exit 1; }
