#!/bin/sh
# ruby-foreman 0.87.2, foreman export systemd, read by systemd 252: foreman copies the Procfile's commands and the values
# of .env into units as they are, where % is systemd's own sign. A command with date +%F makes a unit that "will not be
# started"; URL=http://x/a%20b is dropped from the environment; for PASS=a%mb nothing is said at all: %m is the machine's id.
# foreman start takes the same files word for word. One would expect the exporter for a format to quote for it.
# A deploy that exports units on each host starts the app without a variable, or with another password on every host.
# Seen 2026-11-29:
#   app-web.1.service:10: Failed to resolve specifiers in URL=http://x/a%20b, ignoring: Invalid slot
#   app-web.1.service:12: Failed to resolve unit specifiers in exec -a "app-web.1" echo up since $(date +%F): Invalid slot
#   app-web.1.service: Unit configuration has fatal error, unit will not be started.
#   in the unit: Environment="PASS=a%mb"
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; V=252.39-1~deb12u2
apt-get download -qq ruby-foreman=0.87.2-2 ruby-thor=1.2.1-2 systemd=$V libsystemd-shared=$V 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
echo 'web: echo up since $(date +%F)' > Procfile; printf '%s\n' 'URL=http://x/a%20b' 'PASS=a%mb' > .env
G=$d/x/usr/share/rubygems-integration/all/gems; RUBYLIB=$(ls -d "$G"/*/lib "$d"/x/usr/lib/ruby/vendor_ruby 2>/dev/null | paste -s -d: -) ruby "$G"/foreman-0.87.2/bin/foreman export systemd units -a app -u root >/dev/null
sed -i '/^Standard/d' units/*.service; cd units
out=$(LD_LIBRARY_PATH=$(dirname "$d"/x/usr/lib/*/systemd/libsystemd-shared-252.so) "$d"/x/usr/bin/systemd-analyze verify "$PWD/app-web.1.service" 2>&1 | grep '^[^ ]*app-web.1' | sed "s#^$PWD/##"; echo "in the unit: $(grep PASS app-web.1.service)") || true; printf '%s\n' "$out"
[ "$out" = 'app-web.1.service:10: Failed to resolve specifiers in URL=http://x/a%20b, ignoring: Invalid slot
app-web.1.service:12: Failed to resolve unit specifiers in exec -a "app-web.1" echo up since $(date +%F): Invalid slot
app-web.1.service: Unit configuration has fatal error, unit will not be started.
in the unit: Environment="PASS=a%mb"' ] || { echo CHANGED; exit 1; }
