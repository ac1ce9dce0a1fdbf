#!/bin/sh
# npm send 1.2.1 (what express.static answers with) makes a file's ETag of its size and its time. npm pack (10.9.4) gives
# all files the time 1985-10-26, so a changed file of the same length has the SAME ETag in the next release: clients
# that ask with If-None-Match get 304 and keep the old file, and Last-Modified never changes either.
# One would expect a new release to be a new ETag. Deployed from a tarball of npm pack (or any other with fixed
# times), an asset with a stable name is never refreshed in a browser or CDN that holds the old one.
# Seen 2026-11-29:
#   release 1: 200 W/"12-7438674ba0" [exports.rate = 10]
#   release 2, If-None-Match: 304 W/"12-7438674ba0" []; plain: 200 [exports.rate = 25]
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . npm@10.9.4 send@1.2.1 >/dev/null
release() { mkdir -p p "$1"; echo "{\"name\":\"a\",\"version\":\"1.0.$1\"}" > p/package.json; echo "exports.rate = $2" > p/a.js; (cd p; ../node_modules/.bin/npm pack --silent --pack-destination .. >/dev/null); tar xzf "a-1.0.$1.tgz" -C "$1"; }
release 1 10; release 2 25
cat > serve.js <<'J'
const http = require("http"), send = require("send"); let root = "1/package";
const server = http.createServer((req, res) => send(req, "/a.js", { root }).pipe(res)).listen(0, "127.0.0.1", async () => {
  const get = (headers) => new Promise((done) => http.get({ port: server.address().port, headers }, (res) => { let text = ""; res.on("data", (c) => { text += c; }).on("end", () => done({ code: res.statusCode, tag: res.headers.etag, text: `[${text.trim()}]` })); }));
  const a = await get({}); root = "2/package"; const b = await get({ "if-none-match": a.tag }), c = await get({});
  console.log(`release 1: ${a.code} ${a.tag} ${a.text}\nrelease 2, If-None-Match: ${b.code} ${b.tag} ${b.text}; plain: ${c.code} ${c.text}`); server.close(); });
J
out=$(node serve.js); echo "$out"; [ "$out" = 'release 1: 200 W/"12-7438674ba0" [exports.rate = 10]
release 2, If-None-Match: 304 W/"12-7438674ba0" []; plain: 200 [exports.rate = 25]' ] || { echo CHANGED; exit 1; }
