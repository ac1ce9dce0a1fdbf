#!/bin/sh
# "0 4 1 * 1": cron runs it on the 1st AND on each Monday (either field matches), and so do npm cron-parser 5.10.6,
# croner 11.0.1 and cron 4.4.0. npm @breejs/later 4.2.0 (Bree) and systemd-cron 1.15.19 (Debian's cron on timers) run it
# only when the 1st IS a Monday: once or twice in a year (systemd-cron's own crontab(5) says "either"). With "0 4 1-31 *
# 1" the first three split as well: cron takes 1-31 for a star and runs on Mondays, the other two run daily, as cron
# does.
# One would expect what is made to read crontabs to share its one famous rule. A backup or a renewal of certificates
# that moves from a crontab into the deployed app, or to a host with systemd-cron, stops for months without an error.
# Seen 2026-11-29 (the next two runs after that day):
#   cron-parser, croner, cron: 2026-11-30 2026-12-01
#   @breejs/later: 2027-02-01 2027-03-01
#   1-31: cron 2026-11-30 2026-12-07, cron-parser 2026-11-30 2026-12-01
#   systemd-cron: OnCalendar=Mon *-*-1 4:0:00
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; export TZ=UTC
npm i --silent --ignore-scripts --prefix . cron-parser@5.10.6 croner@11.0.1 cron@4.4.0 @breejs/later@4.2.0 >/dev/null 2>&1
cat > t.cjs <<'J'
const from = new Date("2026-11-29T12:00:00Z"), day = (d) => new Date(d).toISOString().slice(0, 10);
const { CronExpressionParser } = require("cron-parser"), { Cron } = require("croner"), { CronTime } = require("cron"), later = require("@breejs/later");
const parser = (e) => { const i = CronExpressionParser.parse(e, { currentDate: from, tz: "UTC" }); return [day(i.next()), day(i.next())].join(" "); };
const kelektiv = (e) => { const t = new CronTime(e, "UTC"), a = t.getNextDateFrom(from, "UTC"); return [a, t.getNextDateFrom(a.toJSDate(), "UTC")].map((d) => day(d.toMillis())).join(" "); };
const e = "0 4 1 * 1", all = { "cron-parser": parser(e), croner: new Cron(e, { timezone: "UTC", paused: true }).nextRuns(2, from).map(day).join(" "), cron: kelektiv(e), "@breejs/later": later.schedule(later.parse.cron(e)).next(2, from).map(day).join(" ") };
const by = {}; for (const k in all) (by[all[k]] ??= []).push(k); for (const k in by) console.log(`${by[k].join(", ")}: ${k}`);
console.log(`1-31: cron ${kelektiv("0 4 1-31 * 1")}, cron-parser ${parser("0 4 1-31 * 1")}`); process.exit();
J
apt-get download -qq systemd-cron=1.15.19-5 2>/dev/null; dpkg -x systemd-cron_*.deb x; echo '0 4 1 * 1 root echo' > crontab; mkdir units
sed "s#/etc/crontab#$d/crontab#; s#/etc/cron.d#$d/none#; s#/etc/anacrontab#$d/none#; s#/var/spool/cron/crontabs#$d/none#" x/lib/systemd/system-generators/systemd-crontab-generator > generate
/usr/bin/python3 generate units 2>/dev/null; out=$(node t.cjs; echo "systemd-cron: $(grep -h OnCalendar units/*.timer)"); echo "$out"
[ "$out" = "cron-parser, croner, cron: 2026-11-30 2026-12-01
@breejs/later: 2027-02-01 2027-03-01
1-31: cron 2026-11-30 2026-12-07, cron-parser 2026-11-30 2026-12-01
systemd-cron: OnCalendar=Mon *-*-1 4:0:00" ] || { echo CHANGED; exit 1; }
