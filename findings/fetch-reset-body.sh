#!/bin/sh
# node 20.20, fetch of an answer without a length (Connection: close, as many small servers and CGI programs give it): when
# the server's connection is reset in the middle of the body, text() resolves with what came until then, status 200.
# curl exits 56. Where the end is plain instead of a reset, nobody can tell; here TCP itself says that it broke.
# One would expect ECONNRESET, as fetch gives before the first byte of the answer, and as node's own http gives it here.
# A worker that is killed while it sends makes a file that ends early, and a download of a release or a dump by fetch
# is written down as whole.
# Seen 2026-12-01:
#   fetch: status 200, resolved with "part one\n"
#   http.get: ECONNRESET
#   curl: exit 56
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
cat > t.mjs <<'J'
import http from "node:http"; import net from "node:net"; import { spawn } from "node:child_process";
const server = net.createServer((c) => c.on("error", () => {}).once("data", () => { c.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\npart one\n"); setTimeout(() => c.resetAndDestroy(), 500); }));
await new Promise((r) => server.listen(0, "127.0.0.1", r)); const url = `http://127.0.0.1:${server.address().port}/`;
const answer = await fetch(url); console.log(`fetch: status ${answer.status},`, await answer.text().then((t) => `resolved with ${JSON.stringify(t)}`, (e) => `rejected, ${e.cause?.code}`));
console.log("http.get:", await new Promise((r) => { const q = http.get(url, (a) => { a.on("error", (e) => r(e.code)).on("end", () => setTimeout(r, 500, "ended")).resume(); }); q.on("error", (e) => r(e.code)); }));
console.log("curl: exit", await new Promise((r) => spawn("curl", ["-s", url], { stdio: "ignore" }).on("close", r))); server.close(); process.exit();
J
out=$(node t.mjs); printf '%s\n' "$out"; [ "$out" = 'fetch: status 200, resolved with "part one\n"
http.get: ECONNRESET
curl: exit 56' ] || { echo CHANGED; exit 1; }
