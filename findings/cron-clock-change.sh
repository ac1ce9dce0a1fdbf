#!/bin/sh
# "30 2 * * *" in Europe/Berlin, where 02:30 does not exist on 2027-03-28 and comes twice on 2026-10-25. Six schedulers,
# five answers: npm cron-parser 5.10.6 runs at 03:30, croner 11.0.1 and cron 4.4.0 at 03:00, node-cron 4.6.0,
# @breejs/later 4.2.0 and systemd 252 leave the day out; in autumn later runs twice, node-cron the second time, all
# others the first.
# One would expect once a day, as cron(8) promises, or two schools at most. A nightly deploy, backup or renewal at half
# past two is missed, doubled, or meets the one that another tool started at "the same" time.
# Seen 2026-11-29:
#   spring: cron-parser 03:30+2, croner 03:00+2, cron 03:00+2, later none, node-cron none, systemd none
#   autumn: cron-parser 02:30+2, croner 02:30+2, cron 02:30+2, later 02:30+2 02:30+1, node-cron 02:30+1, systemd 02:30+2
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; export TZ=Europe/Berlin; V=252.39-1~deb12u2
npm i --silent --ignore-scripts --prefix . cron-parser@5.10.6 croner@11.0.1 cron@4.4.0 node-cron@4.6.0 @breejs/later@4.2.0 >/dev/null 2>&1; apt-get download -qq systemd=$V libsystemd-shared=$V 2>/dev/null; for f in *.deb; do dpkg -x "$f" x; done
cat > t.cjs <<'J'
const { CronExpressionParser } = require("cron-parser"), { Cron } = require("croner"), { CronTime } = require("cron"), nodeCron = require("node-cron"), later = require("@breejs/later"); later.date.localTime();
const tz = process.env.TZ, e = "30 2 * * *", real = Date;
const at = (from, f) => { globalThis.Date = class extends real { constructor(...a) { super(...(a.length ? a : [from])); } static now() { return +from; } }; try { return f(); } finally { globalThis.Date = real; } };
const runs = { "cron-parser": (from) => { const i = CronExpressionParser.parse(e, { currentDate: from, tz }); return [i.next(), i.next()].map((d) => d.toDate()); }, croner: (from) => new Cron(e, { timezone: tz, paused: true }).nextRuns(2, from),
  cron: (from) => { const c = new CronTime(e, tz), a = c.getNextDateFrom(from, tz).toJSDate(); return [a, c.getNextDateFrom(a, tz).toJSDate()]; }, later: (from) => later.schedule(later.parse.cron(e)).next(2, from),
  "node-cron": (from) => at(from, () => { const t = nodeCron.createTask(e, () => {}, { timezone: tz }); t.start(); const r = t.getNextRuns(2); t.destroy(); return r; }),
  systemd: (from) => [...require("child_process").execFileSync("x/usr/bin/systemd-analyze", ["calendar", "--iterations=2", `--base-time=@${+from / 1000}`, "*-*-* 02:30:00"], { encoding: "utf8" }).matchAll(/\(in UTC\): \w+ (\S+) (\S+) UTC/g)].map((m) => new real(`${m[1]}T${m[2]}Z`)) };
const show = (d) => `${new real(d).toTimeString().slice(0, 5)}+${-new real(d).getTimezoneOffset() / 60}`;
for (const [name, day] of [["spring", "2027-03-28"], ["autumn", "2026-10-25"]]) { const from = new real(`${day}T00:00:00`);
  console.log(`${name}: ` + Object.entries(runs).map(([k, f]) => `${k} ${f(from).filter((d) => new real(d).toLocaleDateString("sv") === day).map(show).join(" ") || "none"}`).join(", ")); } process.exit();
J
out=$(LD_LIBRARY_PATH=$(dirname "$d"/x/usr/lib/*/systemd/libsystemd-shared-252.so) node t.cjs); echo "$out"
[ "$out" = "spring: cron-parser 03:30+2, croner 03:00+2, cron 03:00+2, later none, node-cron none, systemd none
autumn: cron-parser 02:30+2, croner 02:30+2, cron 02:30+2, later 02:30+2 02:30+1, node-cron 02:30+1, systemd 02:30+2" ] || { echo CHANGED; exit 1; }
