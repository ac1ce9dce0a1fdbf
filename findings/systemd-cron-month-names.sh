#!/bin/sh
# systemd-cron 1.15.19 (Debian 12), which turns crontabs into timers: month names after September are one too early:
# "0 4 1 nov *" becomes a timer for the 1st of October and dec one for November; a line with oct is "garbled" and makes no
# timer. Numbers are right. One would expect a package that stands in for cron ("Provides: cron-daemon") to know its months.
# A range of days that ends with Sunday, 5-7, comes out as EVERY day: the error is logged, and the
# timer is written all the same, without a weekday.
# A yearly job of an app (rotate keys in december) in the crontab that its deploy writes runs a month early on such a host.
# Seen 2026-11-29:
#   sep: *-9-1 4:0:00; oct: none; nov: *-10-1 4:0:00; dec: *-11-1 4:0:00; 12: *-12-1 4:0:00; 5-7: *-*-* 4:0:00
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
apt-get download -qq systemd-cron=1.15.19-5 2>/dev/null; dpkg -x systemd-cron_*.deb x
sed "s#/etc/crontab#$d/crontab#; s#/etc/cron.d#$d/none#; s#/etc/anacrontab#$d/none#; s#/var/spool/cron/crontabs#$d/none#" x/lib/systemd/system-generators/systemd-crontab-generator > generate
timer() { echo "$1 root echo" > crontab; rm -rf units; mkdir units; /usr/bin/python3 generate units 2>/dev/null; t=$(sed -n 's/^OnCalendar= *//p' units/*.timer 2>/dev/null) || true; echo "${t:-none}"; }
out=$(for m in sep oct nov dec 12; do printf '%s: %s; ' $m "$(timer "0 4 1 $m *")"; done; echo "5-7: $(timer '0 4 * * 5-7')"); echo "$out"
[ "$out" = "sep: *-9-1 4:0:00; oct: none; nov: *-10-1 4:0:00; dec: *-11-1 4:0:00; 12: *-12-1 4:0:00; 5-7: *-*-* 4:0:00" ] || { echo CHANGED; exit 1; }
