#!/bin/sh
# npm sirv 3.0.2 (vite preview and SvelteKit's node adapter serve with it) lists a folder once, at the start, and keeps
# each file's size and ETag. When that folder is the link "current" and the link is swapped, it opens the NEW release's
# file and sends as many bytes as the OLD one had, status 200, with the old ETag; a file that is new is 404. The option
# dev: true and serve-static 2.2.1 look at the disk each time.
# One would expect a server that keeps metadata to keep serving the file that it belongs to, or to fail.
# Between the swap and the restart, visitors get scripts cut off in the middle, and caches keep them as whole ones.
# Seen 2026-12-01, app.js of the old release is "old();", that of the new one "newer_and_longer();":
#   sirv: 200 "old();", current is swapped: 200 "newer_", same ETag true, a new file 404
#   sirv dev: 200 "old();", current is swapped: 200 "newer_and_longer();", same ETag false, a new file 200
#   serve-static: 200 "old();", current is swapped: 200 "newer_and_longer();", same ETag false, a new file 200
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . sirv@3.0.2 serve-static@2.2.1 >/dev/null 2>&1; mkdir old new; printf 'old();' > old/app.js; printf 'newer_and_longer();' > new/app.js; echo > new/more.js
cat > t.mjs <<'J'
import fs from "node:fs"; import http from "node:http"; import sirv from "sirv"; import serveStatic from "serve-static";
const point = (to) => { fs.rmSync("current", { force: true }); fs.symlinkSync(to, "current"); };
for (const [name, make] of Object.entries({ sirv: () => sirv("current", { etag: true }), "sirv dev": () => sirv("current", { etag: true, dev: true }), "serve-static": () => serveStatic("current") })) {
  point("old"); const serve = make(), server = http.createServer((q, r) => serve(q, r, () => { r.statusCode = 404; r.end(); })).listen(0, "127.0.0.1"); await new Promise((r) => server.once("listening", r));
  const get = async (file) => { const r = await fetch(`http://127.0.0.1:${server.address().port}/${file}`); return { status: r.status, etag: r.headers.get("etag"), text: JSON.stringify(await r.text()) }; };
  const a = await get("app.js"); point("new"); const b = await get("app.js"), c = await get("more.js"); server.close();
  console.log(`${name}: ${a.status} ${a.text}, current is swapped: ${b.status} ${b.text}, same ETag ${a.etag === b.etag}, a new file ${c.status}`); }
J
out=$(node t.mjs); echo "$out"; [ "$out" = 'sirv: 200 "old();", current is swapped: 200 "newer_", same ETag true, a new file 404
sirv dev: 200 "old();", current is swapped: 200 "newer_and_longer();", same ETag false, a new file 200
serve-static: 200 "old();", current is swapped: 200 "newer_and_longer();", same ETag false, a new file 200' ] || { echo CHANGED; exit 1; }
