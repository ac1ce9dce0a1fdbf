#!/bin/sh
# npm tail 2.2.6 (follow: true) on current/app.log, current being the link to the live release: after the link is
# swapped it goes on in the NEW file at the position it had in the OLD one: what stands before is lost, the first line
# it emits is the rest of a line cut in two, and the reading only starts when the old file is written to once more.
# One would expect a rotated or replaced file to be read from its beginning (what follow: true is said to be for), or
# nothing. A deploy tool that waits for "listening on 3000" in the new release's log waits for a line that never comes.
# Seen 2026-11-29:
#   before the swap: ["old line"]
#   new release wrote: ["listening on 3000","ready"], emitted: []
#   old release wrote: "bye", emitted: [" on 3000","ready"]
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; npm i --silent --ignore-scripts --prefix . tail@2.2.6 >/dev/null
cat > t.js <<'J'
const fs = require("fs"), { Tail } = require("tail"); const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
for (const n of [1, 2]) fs.mkdirSync(`releases/${n}`, { recursive: true });
fs.symlinkSync("releases/1", "current"); fs.writeFileSync("releases/1/app.log", "");
let lines = []; const take = () => { const l = JSON.stringify(lines); lines = []; return l; };
const t = new Tail("current/app.log", { follow: true }); t.on("line", (l) => lines.push(l)); t.on("error", (e) => lines.push(String(e)));
(async () => { await sleep(500); fs.appendFileSync("current/app.log", "old line\n"); await sleep(1000); console.log("before the swap:", take());
  const fresh = ["listening on 3000", "ready"]; fs.symlinkSync("releases/2", "next"); fs.renameSync("next", "current");
  for (const l of fresh) { fs.appendFileSync("current/app.log", l + "\n"); await sleep(500); } await sleep(2000);
  console.log(`new release wrote: ${JSON.stringify(fresh)}, emitted: ${take()}`);
  fs.appendFileSync("releases/1/app.log", "bye\n"); await sleep(1500); console.log(`old release wrote: "bye", emitted: ${take()}`); process.exit(); })();
J
out=$(node t.js); echo "$out"; [ "$out" = 'before the swap: ["old line"]
new release wrote: ["listening on 3000","ready"], emitted: []
old release wrote: "bye", emitted: [" on 3000","ready"]' ] || { echo CHANGED; exit 1; }
