#!/bin/sh
# npm bytes 3.1.2, which reads the sizes of Express 5.3.0 (body-parser 2.4.0) among others: "10m" and "10MiB" are 10 bytes, "1GiB" is 1
# byte, "5e3kb" is 5 bytes: a unit that it does not know is dropped with all behind the digits, and no error is raised ("10mb" is right).
# "10m" is how nginx and Docker write ten mebibytes, so a limit carried over from client_max_body_size turns away every
# request whose body is longer than that, with 413.
# One would expect an unknown unit to be an error when the app starts. A body of a test ({"a":1}) fits into 10 bytes, users' do not.
# Seen 2026-11-30:
#   10mb 10485760, 10m 10, 10MiB 10, 1GiB 1, 5e3kb 5
#   limit 10mb: 7 bytes 200, 21 bytes 200
#   limit 10m: 7 bytes 200, 21 bytes 413
set -eu; d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
npm i --silent --ignore-scripts --prefix . bytes@3.1.2 express@5.3.0 body-parser@2.4.0 >/dev/null
cat > t.mjs <<'J'
import bytes from "bytes";
import express from "express";
console.log(["10mb", "10m", "10MiB", "1GiB", "5e3kb"].map((size) => `${size} ${bytes.parse(size)}`).join(", "));
for (const limit of ["10mb", "10m"]) {
  const app = express();
  app.use(express.json({ limit }));
  app.post("/", (_, response) => response.send("ok"));
  app.use((error, _, response, __) => response.status(error.status).end());
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const seen = [];
  for (const body of ['{"a":1}', '{"name":"a customer"}']) {
    const { status } = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: "POST", headers: { "content-type": "application/json" }, body });
    seen.push(`${body.length} bytes ${status}`);
  }
  console.log(`limit ${limit}: ${seen.join(", ")}`);
  server.close();
}
J
out=$(NODE_ENV=production node t.mjs); echo "$out"; [ "$out" = "10mb 10485760, 10m 10, 10MiB 10, 1GiB 1, 5e3kb 5
limit 10mb: 7 bytes 200, 21 bytes 200
limit 10m: 7 bytes 200, 21 bytes 413" ] || { echo CHANGED; exit 1; }
