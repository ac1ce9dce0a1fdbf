#!/bin/sh
# npm steno 4.0.2 and lowdb 7.0.1 (which writes with it) rename a new file over the name they are given: when that is a
# symbolic link, as linked files of a release are, the link becomes a plain file in the release, with mode 644; the
# shared file keeps the old data. write-file-atomic 8.0.0 and atomically 2.1.1 write through the link and keep the mode.
# One would expect libraries for atomic writes to agree here, or the mode at least to stay. What the app stores after a
# deploy lives in the release's own folder, and the next deploy (a new link) brings the old data back.
# Seen 2026-11-29:
#   write-file-atomic: link kept, shared {"a":2} 600
#   atomically: link kept, shared {"a":2} 600
#   steno: link gone, shared {"a":1} 600, in the release {"a":2} 644
#   lowdb: link gone, shared {"a":1} 600, in the release {"a":2} 644
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"; umask 022
npm i --silent --ignore-scripts --prefix . steno@4.0.2 lowdb@7.0.1 write-file-atomic@8.0.0 atomically@2.1.1 >/dev/null 2>&1
cat > t.mjs <<'J'
import fs from "node:fs"; import writeFileAtomic from "write-file-atomic"; import { writeFile } from "atomically"; import { Writer } from "steno"; import { JSONFilePreset } from "lowdb/node";
const data = '{"a":2}', flat = (f) => JSON.stringify(JSON.parse(fs.readFileSync(f))) + " " + (fs.statSync(f).mode & 0o777).toString(8);
const writers = { "write-file-atomic": (f) => writeFileAtomic(f, data), atomically: (f) => writeFile(f, data), steno: (f) => new Writer(f).write(data), lowdb: async (f) => { const db = await JSONFilePreset(f, {}); await db.update((x) => { x.a = 2; }); } };
for (const [name, write] of Object.entries(writers)) { fs.writeFileSync("shared.json", '{"a":1}'); fs.chmodSync("shared.json", 0o600); fs.rmSync("linked.json", { force: true }); fs.symlinkSync("shared.json", "linked.json"); await write("linked.json");
  console.log(fs.lstatSync("linked.json").isSymbolicLink() ? `${name}: link kept, shared ${flat("shared.json")}` : `${name}: link gone, shared ${flat("shared.json")}, in the release ${flat("linked.json")}`); }
J
out=$(node t.mjs); echo "$out"; [ "$out" = 'write-file-atomic: link kept, shared {"a":2} 600
atomically: link kept, shared {"a":2} 600
steno: link gone, shared {"a":1} 600, in the release {"a":2} 644
lowdb: link gone, shared {"a":1} 600, in the release {"a":2} 644' ] || { echo CHANGED; exit 1; }
