#!/bin/sh
# npm @breejs/later 4.2.0 (the scheduler in Bree): a cron line for weekday 7 runs on SATURDAY, and 5-7 on Friday and Saturday
# only. 7 is Sunday in cron, and in cron-parser 5.10.6; 0 is Sunday in both.
# One would expect Sunday, or an error for a number it does not know.
# "Deploy on Sunday night" written as  0 2 * * 7  in the app's jobs happens a day early, while users are there.
# Seen 2026-11-29:
#   0 2 * * 7: later Sat, cron-parser Sun
#   0 2 * * 5-7: later Fri Sat Fri, cron-parser Fri Sat Sun
#   0 2 * * 0: later Sun, cron-parser Sun
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; export TZ=UTC
npm i --silent --ignore-scripts --prefix . cron-parser@5.10.6 @breejs/later@4.2.0 >/dev/null
cat > t.cjs <<'J'
const later = require("@breejs/later"), { CronExpressionParser } = require("cron-parser"), from = new Date("2026-11-29T12:00:00Z"), day = (d) => new Date(d).toUTCString().slice(0, 3);
for (const [e, n] of [["0 2 * * 7", 1], ["0 2 * * 5-7", 3], ["0 2 * * 0", 1]]) { const i = CronExpressionParser.parse(e, { currentDate: from, tz: "UTC" });
  console.log(`${e}: later ${[later.schedule(later.parse.cron(e)).next(n, from)].flat().map(day).join(" ")}, cron-parser ${Array.from({ length: n }, () => day(i.next())).join(" ")}`); }
J
out=$(node t.cjs); echo "$out"; [ "$out" = "0 2 * * 7: later Sat, cron-parser Sun
0 2 * * 5-7: later Fri Sat Fri, cron-parser Fri Sat Sun
0 2 * * 0: later Sun, cron-parser Sun" ] || { echo CHANGED; exit 1; }
